import { describe, expect, test } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const MANY = `
- step:
    name: train
    image: x
    environment: local
    command: python3 train.py
- step:
    name: report
    image: x
    environment: local
    command: echo {parameters}
    parameters:
      - {name: loss, type: float}
      - {name: table}
      - {name: rmse, type: float}
- step: {name: after, image: x, environment: local, command: "true"}
- pipeline:
    name: p
    nodes:
      - name: train
        type: execution
        step: train
        actions: [{when: node-complete, if: metadata.val_loss < 0.3, then: stop-pipeline}]
      - {name: report, type: execution, step: report}
    edges:
      - [train.metadata.val_loss, report.parameter.loss]
      - [train.metadata.table, report.parameter.table]
      - [train.metadata.nested.rmse, report.parameter.rmse]
- pipeline:
    name: q
    nodes:
      - {name: train, type: execution, step: train}
      - {name: report, type: execution, step: report}
    edges:
      - [train.metadata.val_loss, report.parameter.loss]
      - [train.metadata.table, report.parameter.table]
      - [train.metadata.nested.rmse, report.parameter.rmse]
`;

const TRAIN = `
import json
print(json.dumps({f"k{i}": i for i in range(1200)}))
print(json.dumps({"val_loss": 0.5}))
print(json.dumps({"val_loss": 0.25, "nested": {"rmse": 1.5}}))
print(json.dumps({"table": "x" * 70000}))
`;

describe("metadata beyond what a record holds", () => {
  test("reaches edges and conditions, and views say what they leave out", async () => {
    await using project = new ProjectRig({ "valohai.yaml": MANY, "train.py": TRAIN });
    const run = (await project.json(0, "run", "q")) as RunDetailView;
    const [train, report] = run.nodes;
    expect(report?.execution?.parameters).toEqual({ loss: 0.25, table: "x".repeat(70_000), rmse: 1.5 });
    expect(Object.keys(train?.execution?.metadata ?? {})).toHaveLength(1000);
    expect(train?.execution?.metadataLeftOut).toContain("val_loss");
    expect((await project.headrace("info", "2")).stdout).toMatch(
      /left out here +k1000 and others: headrace metrics 2 shows all keys\n/,
    );
    // Reused, the same values decide.
    const stopped = (await project.json(1, "run", "p")) as RunDetailView;
    expect(stopped).toMatchObject({ state: "stopped", reason: "stopped by an action of train (node-complete)" });
    expect(stopped.nodes[0]).toMatchObject({ reused: true });
  });
});

describe("conditions", () => {
  test("see the parameters of their node", async () => {
    await using project = new ProjectRig({
      "valohai.yaml": `
- step:
    name: s
    image: x
    environment: local
    command: echo '{"seen":{"x":1}}'; sleep 0.1
    parameters: [{name: x, type: integer, default: 1}]
- step: {name: after, image: x, environment: local, command: echo after}
- pipeline:
    name: p
    parameters: [{name: x, targets: [s.parameter.x], default: 1}]
    nodes:
      - name: s
        type: execution
        step: s
        actions:
          - {when: node-complete, if: [parameter.x == 2, parameters.x == 2, seen.x == 1], then: stop-pipeline}
      - {name: after, type: execution, step: after}
    edges: [[s.dependency.x, after.dependency.x]]
`,
    });
    const passed = (await project.json(0, "run", "p")) as RunDetailView;
    expect(passed.state).toBe("complete");
    expect(passed.nodes[0]?.execution?.metadata).toEqual({ "seen.x": 1 });
    const stopped = (await project.json(1, "run", "p", "--param", "x=2")) as RunDetailView;
    expect(stopped).toMatchObject({ state: "stopped", reason: "stopped by an action of s (node-complete)" });
  });
});
