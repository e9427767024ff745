import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../program.ts";
import { TestScreen } from "../terminal/test-screen.ts";
import { type CompletionSources, completionCandidates } from "./candidates.ts";
import { completionScript } from "./scripts.ts";

const program = buildProgram({
  cwd: "/",
  env: {},
  out: new TestScreen(),
  err: new TestScreen(),
  now: Date.now,
  exitCode: 0,
});
const named = (...texts: string[]) => texts.map((text) => ({ text, description: "" }));
const SOURCES: CompletionSources = {
  runs: async () => named("latest", "12", "3"),
  steps: async () => named("train", "prepare"),
  pipelines: async () => named("flights"),
  tasks: async () => [],
  settables: async (target, kind) =>
    target === "train" ? (kind === "parameter" ? named("rate", "epochs") : named("images")) : [],
};

const complete = async (...words: string[]): Promise<readonly string[]> =>
  (await completionCandidates(program, words, SOURCES)).map(({ text }) => text);

describe("completion", () => {
  it.each([
    [["comp"], ["compare", "completion"]],
    [
      ["run", ""],
      ["flights", "train", "prepare"],
    ],
    [["run", "tr"], ["train"]],
    [["run", "train", ""], []],
    [
      ["run", "train", "--t"],
      ["--trials", "--title", "--tag", "--task"],
    ],
    [["run", "train", "--r"], ["--rate="]],
    [["run", "train", "--im"], ["--images="]],
    [
      ["run", "train", "--param", ""],
      ["rate=", "epochs="],
    ],
    [["run", "train", "-p", "r"], ["rate="]],
    [["run", "train", "--input", ""], ["images="]],
    [
      ["run", "--sandbox", ""],
      ["auto", "bubblewrap", "unshare", "off"],
    ],
    [["run", "--jobs", "2", "fl"], ["flights"]],
    [["-C", "dir", "graph", ""], ["flights"]],
    [["step", "p"], ["prepare"]],
    [["dev", "t"], ["train"]],
    [["shell", "t"], ["train"]],
    [
      ["shell", ""],
      ["train", "prepare", "latest", "12", "3"],
    ],
    [
      ["shell", "12", "--sandbox", ""],
      ["auto", "bubblewrap", "unshare", "off"],
    ],
    [
      ["run", "train", "--from", ""],
      ["latest", "12", "3"],
    ],
    [
      ["reproduce", ""],
      ["latest", "12", "3"],
    ],
    [
      ["logs", ""],
      ["latest", "12", "3"],
    ],
    [
      ["list", "--state", "c"],
      ["created", "complete"],
    ],
    [
      ["compare", "12", ""],
      ["latest", "3"],
    ],
    [["completion", "z"], ["zsh"]],
    [["help", "logs"], ["logs"]],
    [["logs", "12", "--st"], ["--stream"]],
    [
      ["logs", "12", "--s"],
      ["--stream", "--since"],
    ],
    [
      ["logs", "12", "--stream", ""],
      ["stdout", "stderr"],
    ],
    [["ls", "--j"], ["--json"]],
    [["lint", ""], []],
    [["--v"], ["--version"]],
    [["nonsense", ""], []],
  ])("%j offers %j", async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });
});

describe("the scripts", () => {
  it.each(["bash", "zsh", "fish"] as const)("of %s asks the program", (shell) => {
    expect(completionScript(shell)).toContain("__complete");
  });

  it("of bash is one that bash takes, and fills its answers", () => {
    const script = `headrace() { printf 'train\\tstep\\nflights\\tpipeline\\n'; }
${completionScript("bash")}
COMP_WORDS=(headrace run ""); COMP_CWORD=2; _headrace_complete; printf '%s,' "\${COMPREPLY[@]}"`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" })).toBe("train,flights,");
  });

  it("of bash quotes what the shell would run", () => {
    const script = `headrace() { printf '%s\\n' 'my step' 'x;$(touch y)' '--lr='; }
${completionScript("bash")}
COMP_WORDS=(headrace run ""); COMP_CWORD=2; _headrace_complete; printf '%s,' "\${COMPREPLY[@]}"`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" })).toBe("my\\ step,x\\;\\$\\(touch\\ y\\),--lr=,");
  });
});
