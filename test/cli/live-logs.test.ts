import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ProjectRig } from "../rig.ts";

const COMMAND = join(
  dirname(fileURLToPath(import.meta.url)),
  "../..",
  process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
);

const PIPELINE = `
- step: { name: a, image: "", command: ["echo from a", "echo sorry >&2"] }
- step: { name: bb, image: "", command: echo from bb }
- pipeline:
    name: p
    nodes:
      - { name: a, type: execution, step: a }
      - { name: bb, type: execution, step: bb }
    edges: [[a.output.*, bb.input.x]]
`.replace("command: echo from bb", "inputs: [{ name: x, optional: true }], command: echo from bb");

const without = (output: string): readonly string[] =>
  output
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("  headrace"))
    .map((line) => line.replace(/^\d\d:\d\d:\d\d/, "T").replace(/after [\d.]+s/, "after N"));

describe("in a pipe", () => {
  test("what a step prints comes as it is printed, each stream on its own", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: ["echo one", "echo two >&2", "while [ ! -e /valohai/outputs/../inputs/go ]; do sleep 0.1; done"] }`,
    });
    const command = rig.start("run", "s");
    await command.sees("one\n");
    command.child.kill("SIGINT");
    const { stdout, stderr } = await command.result;
    expect(without(stdout).slice(0, 3)).toEqual(["T    run #1 s", "T s  started (#2)", "one"]);
    expect(stderr).toBe("two\n");
  });

  test("stands before the end of the step, and its end is not said again where it fails", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: ["printf '10%%\\\\r20%%\\\\r100%%\\\\n'", "echo '{\\"loss\\": 0.5}'", "printf last", "exit 3"] }`,
    });
    const { code, stdout, stderr } = await rig.headrace("run", "s");
    expect([code, stderr]).toEqual([1, ""]);
    expect(without(stdout)).toEqual([
      "T    run #1 s",
      "T s  started (#2)",
      "100%",
      '{"loss": 0.5}',
      "last",
      "T s  error (#2) after N: it exited with code 3",
      "✗ s #2: it exited with code 3",
      "✗ step s #1 failed after N: s failed",
    ]);
  });

  test("keeps every line of a step that prints fast", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: "", command: seq 300000 }` });
    const { stdout } = await rig.headrace("run", "s");
    const numbers = stdout.split("\n").filter((line) => /^\d+$/.test(line));
    expect(numbers.length).toBe(300_000);
    expect(numbers.at(-1)).toBe("300000");
  });

  test("--no-logs leaves it out, and then a failed step shows its end", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: ["echo why", "exit 3"] }`,
    });
    const { stdout } = await rig.headrace("run", "s", "--no-logs");
    expect(without(stdout)).toEqual([
      "T    run #1 s",
      "T s  started (#2)",
      "T s  error (#2) after N: it exited with code 3",
      "✗ s #2: it exited with code 3",
      "  │ why",
      "✗ step s #1 failed after N: s failed",
    ]);
  });

  test("a pipeline shows it with --logs only, under the names of its nodes", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE });
    const quiet = await rig.headrace("run", "p");
    expect(quiet.stdout).not.toContain("from a");
    const { stdout, stderr } = await rig.headrace("run", "p", "--logs", "--fresh");
    expect(without(stdout)).toEqual(expect.arrayContaining(["a  │ from a", "bb │ from bb"]));
    expect(stderr).toBe("a  │ sorry\n");
  });

  test("--json is JSON and nothing else", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE });
    const run = await rig.json<{ readonly state: string }>(0, "run", "p", "--logs");
    expect(run.state).toBe("complete");
  });

  test("a reader that has gone does not end the run", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: ["seq 200000", "sleep 1", "seq 200000"] }`,
    });
    const child = spawn("sh", ["-c", '"$0" "$1" run s | head -n 5 > /dev/null', process.execPath, COMMAND], {
      cwd: rig.root,
    });
    await new Promise((resolve) => child.on("close", resolve));
    const [run] = await rig.json<readonly { readonly state: string }[]>(0, "ls");
    expect(run?.state).toBe("complete");
  });
});
