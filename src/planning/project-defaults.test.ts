import { describe, expect, it } from "vitest";
import { parseConfig } from "../config/index.ts";
import { planRun } from "./plan-run.ts";

const FILE = `
- project: { python: { requirements: shared.txt } }
- step: { name: plain, image: i, command: c }
- step: { name: own, image: i, command: c, python: { packages: [numpy] } }
`;

describe("defaults of the project", () => {
  it.each([
    ["plain", { requirements: "shared.txt", packages: [] }],
    ["own", { packages: ["numpy"] }],
  ])("step %s runs with its own Python, else the project's", (target, python) => {
    const { config } = parseConfig({ file: "valohai.yaml", text: FILE });
    if (config === undefined) throw new Error("the file should be valid");
    const result = planRun(config, { target, parameters: [], inputs: [], environmentVariables: {} });
    expect(result.ok && result.plan.nodes[0]?.step.python).toEqual(python);
  });
});
