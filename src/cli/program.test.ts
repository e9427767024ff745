import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { ANSWERS, WITHOUT_JSON } from "../api/index.ts";
import type { Cli } from "./cli.ts";
import { examplesOf } from "./examples.ts";
import { buildProgram, runProgram } from "./program.ts";
import { TestScreen } from "./terminal/test-screen.ts";

class TestCli implements Cli {
  readonly cwd = "/";
  readonly env = {};
  readonly out = new TestScreen();
  readonly err = new TestScreen();
  readonly now = Date.now;
  exitCode = 0;
}

const program = buildProgram(new TestCli());
const commands = program.commands.map((command) => [command.name(), command] as const);

describe("the examples of the help", () => {
  const examples = [...examplesOf(program), ...commands.flatMap(([, command]) => examplesOf(command))].map(
    ([line]) => line,
  );

  it.each(examples)("%s", async (line) => {
    const fresh = buildProgram(new TestCli());
    const called: string[] = [];
    for (const command of fresh.commands) command.action(() => void called.push(command.name()));
    const args = wordsOf(line);
    await fresh.parseAsync(args, { from: "user" });
    expect(called).toEqual([args[0]]);
  });

  it.each(commands)("%s has some", (_name, command) => {
    expect(examplesOf(command).length).toBeGreaterThan(0);
  });
});

describe("docs/cli.md", () => {
  const manual = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
  const sections = new Map(
    manual.split(/^### /m).map((section) => [/^`headrace (\S+?)[ `]/.exec(section)?.[1] ?? "", section] as const),
  );

  it.each(commands)("describes %s with each of its options and arguments", (name, command) => {
    const section = sections.get(name) ?? "";
    const usage = [name, ...command.registeredArguments.map(argumentText)].join(" ");
    // Without a target, `run` says which there are, but asks for one all the same.
    expect(section.split("\n")[0]).toBe(
      `\`headrace ${name === "run" ? usage.replace("[target]", "<target>") : usage}\``,
    );
    for (const { flags } of command.options) expect(section).toContain(`| \`${flags}\` |`);
    for (const alias of command.aliases()) expect(section).toContain(`headrace ${alias}`);
    for (const { argChoices } of command.options)
      for (const choice of argChoices ?? []) expect(section).toContain(`\`${choice}\``);
  });

  it("describes the common options, and no command that is not there", () => {
    for (const { flags } of program.options) expect(sections.get("")).toContain(`\`${flags}\``);
    const described = [...sections.keys()].filter((name) => name !== "");
    expect(described.sort()).toEqual(commands.map(([name]) => name).sort());
  });

  it("has the answer of each command in src/api", () => {
    const known = new Set([...ANSWERS, ...WITHOUT_JSON].map(({ command }) => command.split(" ")[0]));
    expect([...known].toSorted()).toEqual(commands.map(([name]) => name).toSorted());
  });
});

describe("runProgram", () => {
  async function run(
    ...args: string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const cli = new TestCli();
    const code = await runProgram(args, cli);
    return { code, out: cli.out.written, err: cli.err.written };
  }

  it("shows the help when nothing is asked, and exits with 0", async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: headrace \[options\] \[command\]\n/);
    expect(out).toContain("\nRun:\n  init [dir] ");
    expect((await run("--help")).out).toBe(out);
    expect((await run("help", "ls")).out).toBe((await run("ls", "--help")).out);
  });

  it("prints the version of package.json", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(await run("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it.each([
    [["lss"], "error: unknown command 'lss' [HR_USAGE]\nhint: did you mean ls?\n"],
    [["ls", "--limt", "3"], "error: unknown option '--limt' [HR_USAGE]\nhint: did you mean --limit?\n"],
    [
      ["ls", "--limit", "many"],
      'error: --limit "many" is no whole number from 1 up [HR_USAGE]\nhint: write for example --limit 10\n',
    ],
    [
      ["ls", "--limit"],
      "error: option '-n, --limit <count>' argument missing [HR_USAGE]\nhint: `headrace --help` lists the commands, `headrace COMMAND --help` their options\n",
    ],
    [["ls", "--state", "eror"], 'error: --state "eror" is not known [HR_USAGE]\nhint: did you mean error?\n'],
    [
      ["stop"],
      "error: missing required argument 'number' [HR_USAGE]\nhint: write headrace stop <number>; `headrace stop --help` has its options and examples\n",
    ],
    [
      ["compare", "latest"],
      "error: there is only latest to compare [HR_USAGE]\nhint: name another, e.g. `headrace compare 12 latest`\n",
    ],
    [
      ["outputs", "1", "--overwrite"],
      "error: --overwrite goes with --download [HR_USAGE]\nhint: write --download DIR --overwrite\n",
    ],
    [["graph", "--format", "svgg"], 'error: --format "svgg" is not known [HR_USAGE]\nhint: did you mean svg?\n'],
    [
      ["completion", "powershell"],
      'error: shell "powershell" is not known [HR_USAGE]\nhint: it is one of bash, zsh, fish\n',
    ],
    [
      ["run", "--rate=1", "train"],
      "error: option --rate=1 stands before the name of a step or pipeline [HR_USAGE]\nhint: write headrace run NAME --rate=1\n",
    ],
    [
      ["run", "x", "--step", "--pipeline"],
      "error: option '--step' cannot be used with option '--pipeline' [HR_USAGE]\nhint: `headrace --help` lists the commands, `headrace COMMAND --help` their options\n",
    ],
  ])("%j is a usage error", async (args, shown) => {
    expect(await run(...args)).toEqual({ code: 2, out: "", err: shown });
  });

  it("prints errors as JSON on stdout with --json", async () => {
    const { code, out, err } = await run("ls", "--limt", "--json");
    expect([code, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: "HR_USAGE",
        message: "unknown option '--limt'",
        hint: "did you mean --limit?",
        advice: ["did you mean --limit?"],
        details: [],
      },
    });
  });

  it("keeps every line of the help within 80 columns", async () => {
    for (const name of ["", ...commands.map(([each]) => each)]) {
      const { out } = await run(...(name === "" ? [] : [name]), "--help");
      for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });
});

function argumentText(argument: Command["registeredArguments"][number]): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** The words after `headrace`, without what belongs to the shell. */
function wordsOf(line: string): readonly string[] {
  const command = /headrace ([^)|<>]*)/.exec(line)?.[1] ?? "";
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}
