import { expect, test } from "vitest";
import type { ModelVersionDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const STEP = `
- model:
    name: delay
    description: Will it leave late?
    approve: {require: ["metadata.auc >= 0.7", "metadata.auc >= champion.auc - 0.005"]}
- step:
    name: evaluate
    environment: local
    command:
      - printf '{"auc":%s}\\n' {parameter-value:auc}
      - echo model of {parameter-value:auc} > $VH_OUTPUTS_DIR/model.pkl
    parameters: [{name: auc, type: float, default: 0.8}]
    inputs: [{name: holdout, default: holdout.csv}]
    outputs: [{name: "*.pkl", model: delay}]
- step:
    name: predict
    environment: local
    command: cat $VH_INPUTS_DIR/model/model.pkl
    inputs: [{name: model, default: "model://delay/champion"}]
`;

test("versions are made and judged, a person overrules, and an input gets the champion of its moment", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": STEP, "holdout.csv": "1" });
  const info = (version: string): Promise<ModelVersionDetailView> => rig.json(0, "model", "info", `delay/${version}`);
  const refusal = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await rig.headrace(...args);
    expect(code).not.toBe(0);
    return stderr;
  };
  await rig.json(0, "run", "evaluate");
  expect(await info("latest")).toMatchObject({
    ...{ version: 1, state: "approved", metrics: { auc: 0.8 }, contents: [{ name: "model.pkl" }] },
    inputs: [{ name: "holdout", files: 1 }],
    history: [{ evidence: { verdict: "approved" } }],
  });
  await rig.json(0, "model", "alias", "delay/champion", "1", "--reason", "the first");
  await rig.json(0, "run", "predict");
  await rig.json(0, "run", "evaluate", "--auc", "0.75");
  expect(await info("2")).toMatchObject({
    state: "rejected",
    history: [{ evidence: { verdict: "rejected", champion: 1, evaluation: { inputs: ["holdout"], isSame: true } } }],
  });
  expect(await refusal("run", "predict", "--input", "model=model://delay/2")).toContain(
    "input model://delay/2: version 2 was rejected",
  );
  rig.write("holdout.csv", "2");
  await rig.json(0, "run", "evaluate", "--auc", "0.9");
  expect(await info("3")).toMatchObject({
    state: "pending",
    history: [{ evidence: { evaluation: { isSame: false, message: expect.stringContaining("holdout differs") } } }],
  });
  const silent = await refusal("model", "approve", "delay/2");
  expect(silent).toContain("delay/2 is rejected: to overrule that takes a reason");
  await rig.json(0, "model", "approve", "delay/2", "--reason", "good enough");
  await rig.json(0, "model", "approve", "delay/3");
  await rig.json(0, "model", "alias", "delay/champion", "3");
  expect(await refusal("model", "reject", "delay/3", "--reason", "x")).toContain("delay/3 is champion");
  await rig.json(0, "run", "predict");
  expect((await rig.headrace("logs", "latest")).stdout).toContain("model of 0.9");
  const { stdout: card } = await rig.headrace("model", "info", "delay/2", "--card");
  for (const line of ["# delay 2", "Will it leave late?", "| auc | 0.75 |", "Verdict: rejected.", "good enough"])
    expect(card).toContain(line);
  expect(await rig.json(0, "model", "diff", "delay/1", "delay/3")).toMatchObject({
    metrics: [{ name: "auc", before: 0.8, after: 0.9 }],
    inputs: [{ name: "holdout" }],
    files: [{ name: "model.pkl" }],
  });
  expect(await rig.json(0, "model", "alias", "delay")).toMatchObject([
    { name: "champion", version: 3, history: [{ version: 3 }, { version: 1, comment: "the first" }] },
  ]);
  expect(await rig.json(0, "model", "ls")).toMatchObject([{ name: "delay", versions: 3, champion: 3 }]);
});
