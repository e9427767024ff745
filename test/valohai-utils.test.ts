import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: make
    image: i
    command: echo 1,2 > /valohai/outputs/a.csv
- step:
    name: use
    image: i
    python: { packages: [valohai-utils==0.7.0] }
    command: python use.py
    inputs:
      - name: table
    parameters:
      - { name: epochs, type: integer, default: 3 }
      - { name: rate, type: float, default: 1 }
      - { name: verbose, type: flag, default: true }
      - { name: label, type: string, default: "two words" }
- pipeline:
    name: p
    nodes:
      - { name: make, step: make, type: execution }
      - { name: use, step: use, type: execution }
    edges:
      - [make.output.a.csv, use.input.table]
`;

const SCRIPT = `
import valohai

for name in ("epochs", "rate", "verbose", "label"):
    print(name, repr(valohai.parameters(name).value))
print("input", valohai.inputs("table").path(), open(valohai.inputs("table").path()).read().strip())
with valohai.logger() as logger:
    logger.log("epoch", 1)
    logger.log("loss", 0.5)
path = valohai.outputs().path("model.txt")
with open(path, "w") as out:
    out.write("weights")
valohai.outputs().live_upload("model.txt")
`;

describe("the unmodified valohai-utils package", () => {
  it("finds inputs, parameters, logger and outputs in a step", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "use.py": SCRIPT });
    const run = await rig.json<RunDetailView>(0, "run", "p");
    const logs = await rig.headrace("logs", "latest.use");
    for (const line of [
      "epochs 3",
      "rate 1.0",
      "verbose True",
      "label 'two words'",
      "input /valohai/inputs/table/a.csv 1,2",
    ])
      expect(logs.stdout).toContain(line);
    const execution = run.nodes[1]?.execution;
    expect(execution?.metadata).toMatchObject({ epoch: 1, loss: 0.5 });
    expect(execution?.outputs.map((file) => file.name)).toEqual(["model.txt"]);
    expect(execution?.runtimeFacts).toMatchObject({ executor: "local", pythonVersion: expect.stringMatching(/^3\./) });
  });
});
