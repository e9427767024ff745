import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogLine } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const CONFIG = `
- step:
    name: say
    image: ""
    environment: local
    command: python3 say.py {parameters}
    parameters: [{name: who, default: a}]
- pipeline:
    name: both
    nodes: [{name: one, type: execution, step: say}, {name: two, type: execution, step: say}]
    edges: [[one.parameter.who, two.parameter.who]]
`;
const SCRIPT = `import sys, time
print("loss NaN")
print("epoch 1")
time.sleep(0.3)
print("a warning", file=sys.stderr)
print("x" * 70000 + " Error " + "y" * 70000)
print("loss 0.5 (fine)")
`;

describe("headrace logs", () => {
  let rig: ProjectRig;
  let all: readonly LogLine[];
  beforeAll(async () => {
    rig = new ProjectRig({ "valohai.yaml": CONFIG, "say.py": SCRIPT });
    await rig.json(0, "run", "both");
    all = lines(await logs("1.one", "--json"));
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const lines = (text: string): readonly LogLine[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  async function logs(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await rig.headrace("logs", ...args);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  }

  test.each([
    [["--grep", "loss"], "loss NaN\nloss 0.5 (fine)\n"],
    [["--grep", "nan"], "loss NaN\n"],
    [["--grep", "Nan"], ""],
    [["-g", "^epoch|WARNING"], "epoch 1\n"],
    [["-g", "warning|epoch", "--stream", "stderr"], "a warning\n"],
    [["-g", "loss", "--tail", "1"], "loss 0.5 (fine)\n"],
    [["-g", "loss", "--tail", "0"], ""],
    [["--grep", "\\(fine\\)$", "-f"], "loss 0.5 (fine)\n"],
    [["--since", "2001-01-01", "-g", "epoch"], "epoch 1\n"],
    [["--since", "2901-01-01"], ""],
    [["--since", "2901-01-01T10:00:00Z"], ""],
    [["--since", "1h", "-g", "epoch"], "epoch 1\n"],
  ])("%j", async (args, text) => {
    expect(await logs("1.one", ...args)).toBe(text);
  });

  test("a line in pieces comes from the piece on that matches", async () => {
    const found = lines(await logs("1.one", "--grep", "Error", "--json"));
    const whole = all.map(({ text }) => text).join("");
    expect(found.at(-1)?.continues).toBe(false);
    expect(whole).toContain(found.map(({ text }) => text).join(""));
    expect(found.map(({ text }) => text).join("")).toMatch(/Error y+$/);
  });

  test("--since takes the time that a line has", async () => {
    const at = all.find(({ text }) => text === "a warning")?.at ?? "";
    const before = all.filter((line) => Date.parse(line.at) < Date.parse(at));
    expect(before.map(({ text }) => text)).toContain("epoch 1");
    expect(lines(await logs("1.one", "--since", at, "--json"))).toHaveLength(all.length - before.length);
  });

  test("of a run, each execution has its own last lines", async () => {
    expect(await logs("1", "-g", "loss", "-n", "1")).toBe("one │ loss 0.5 (fine)\ntwo │ loss 0.5 (fine)\n");
  });

  test.each([
    [["--grep", "("], 'error: --grep "(" is no regular expression: Unterminated group [HR_USAGE]'],
    [["--since", "yesterday"], 'error: --since "yesterday" is no time [HR_USAGE]'],
    [["--since", "2026-13-45"], 'error: --since "2026-13-45" is no time [HR_USAGE]'],
    [["-f", "--tail", "3", "--grep", "x"], "error: --tail does not go with --follow and --grep [HR_USAGE]"],
  ])("%j is refused", async (args, message) => {
    const { code, stderr } = await rig.headrace("logs", "1.one", ...args);
    expect(code).toBe(2);
    expect(stderr.split("\n")[0]).toBe(message);
  });
});
