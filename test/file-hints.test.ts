import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { ExecutionView, RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const step = (name: string, command: string, more = ""): string =>
  `- step: { name: ${name}, image: "", command: ${JSON.stringify(command)}${more} }\n`;

describe("a step that writes to its working folder and makes no outputs", () => {
  const YAML = `${step("write", "mkdir -p out __pycache__; for n in 1 2 3; do echo $n > out/$n.csv; done; echo x > result.csv; touch __pycache__/a.pyc .cache")}
${step("use", "true", ", inputs: [{ name: data }]")}
${step("keep", "echo x > scratch.txt; echo y > /valohai/outputs/y.txt")}
${step("nothing", "echo nothing; echo more >> lib/a.txt")}
- pipeline:
    name: p
    nodes:
      - { name: write, type: execution, step: write }
      - { name: use, type: execution, step: use }
    edges: [[write.output.*, use.input.data]]
`;

  it("is told so, and so is who expects a file of it, also where its result is reused", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "lib/a.txt": "a" });
    const alone = await rig.headrace("run", "write");
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain(
      "hint: write made no outputs, but wrote out/1.csv, out/2.csv, out/3.csv and 1 more to its working folder, which is not kept: write to /valohai/outputs what is to be\n",
    );
    const { execution } = await rig.json<{ readonly execution: ExecutionView }>(0, "info", "2");
    expect(execution.runtimeFacts.notKept).toBe("out/1.csv, out/2.csv, out/3.csv and 1 more");
    const run = await rig.json<RunDetailView>(1, "run", "p");
    expect(run.nodes.map(({ reused, reason }) => [reused, reason])).toEqual([
      [true, null],
      [
        false,
        'edge write.output.* → use.input.data brings no file: node "write" has no output; its step wrote out/1.csv, out/2.csv, out/3.csv and 1 more to its working folder, and only what is in /valohai/outputs is kept',
      ],
    ]);
  });

  it("is none where it made outputs, or wrote nothing that is new", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "lib/a.txt": "a" });
    for (const name of ["keep", "nothing"]) {
      const { code, stdout } = await rig.headrace("run", name);
      expect([code, stdout]).toEqual([0, expect.not.stringContaining("hint")]);
    }
  });
});

describe("a file that a step does not find", () => {
  it("is named where the project's folder has it, and git ignores it", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml":
        step("read", "python3 -c \"open('data/raw.csv')\"") +
        step("shell", "cat ./data/raw.csv") +
        step("typo", "cat data/rwa.csv valohai.yml"),
      ".gitignore": "data/\n",
      "data/raw.csv": "1",
    });
    spawnSync("git", ["init", "--quiet"], { cwd: rig.root });
    for (const name of ["read", "shell"]) {
      expect((await rig.headrace("run", name)).stdout).toContain(
        "  hint: data/raw.csv lies in the project's folder, but is no part of the code, since .gitignore names it: make it an input of the step (`headrace docs inputs`)\n",
      );
    }
    expect((await rig.headrace("run", "typo")).stdout).not.toContain("hint");
  });

  it("is named without git, too", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": step("shell", "cat big/raw.csv"),
      ".headraceignore": "big/\n",
      "big/raw.csv": "1",
    });
    expect((await rig.headrace("run", "shell")).stdout).toContain(
      "hint: big/raw.csv lies in the project's folder, but is no part of the code that ran: make it an input",
    );
  });
});
