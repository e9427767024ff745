import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const step = (input: string) => `
- step:
    name: s
    image: x
    environment: local
    command: "true"
    environment-variable-groups: [secrets]
    inputs: [{name: data, default: ${input}}]
`;

let rig: ProjectRig;
beforeEach(() => {
  rig = new ProjectRig({ "valohai.yaml": step("a.csv"), "a.csv": "1\n" });
});
afterEach(() => rig[Symbol.asyncDispose]());

/** Both before the project has any records, and after. */
describe.each([
  ["in a new project", false],
  ["after a run", true],
])("a dry run %s", (_, hasRun) => {
  beforeEach(async () => {
    if (hasRun) await rig.json(0, "run", "s");
  });

  test.each([
    ["gone.csv", "HR_INPUT_UNAVAILABLE"],
    ["s3://d/v", "HR_NOT_SUPPORTED"],
    ["model://d/v", "HR_INPUT_UNAVAILABLE"],
    ["datum://none", "HR_INPUT_UNAVAILABLE"],
  ])("refuses the input %s as the run does", async (input, code) => {
    rig.write("valohai.yaml", step(input));
    const dry = await rig.headrace("run", "s", "--dry-run", "--json");
    const real = await rig.headrace("run", "s", "--json");
    expect(dry.code).toBe(real.code);
    expect(dry.code).not.toBe(0);
    expect(JSON.parse(dry.stdout)).toEqual(JSON.parse(real.stdout));
    expect(dry.stdout).toContain(code);
  });

  test("says the warnings of the run, and so does the JSON of both", async () => {
    const warning = expect.stringContaining("there is no group of variables");
    expect((await rig.headrace("run", "s", "--dry-run")).stderr).toContain("warning: ");
    const dry = await rig.json<{ readonly warnings: readonly string[] }>(0, "run", "s", "--dry-run");
    const real = await rig.json<{ readonly warnings: readonly string[] }>(0, "run", "s", "--fresh");
    expect(dry.warnings).toEqual(expect.arrayContaining([warning]));
    expect(real.warnings).toEqual(dry.warnings);
  });
});

test("a dry run records nothing", async () => {
  await rig.json(0, "run", "s", "--dry-run");
  expect(existsSync(join(rig.root, ".headrace/headrace.db"))).toBe(false);
});

test("warnings of other steps and pipelines are not those of this run", async () => {
  const other = "- step: {name: other, image: x, environment: local, command: python3 gone.py}\n";
  const pipeline = "- pipeline: {name: p, nodes: [{name: other, type: execution, step: other}], edges: []}\n";
  rig.write("valohai.yaml", `${step("a.csv")}${other}${pipeline}`);
  const warnings = async (...target: readonly string[]) =>
    (await rig.json<{ readonly warnings: readonly string[] }>(0, "run", ...target, "--dry-run")).warnings.join("\n");
  expect(await warnings("s")).not.toContain("gone.py");
  expect(await warnings("other")).toContain("gone.py");
  expect(await warnings("p")).toContain("gone.py");
});
