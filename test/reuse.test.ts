import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunDetailView, WhyView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const FILES = {
  "valohai.yaml": `
- step:
    name: extract
    image: python:3.12
    command: python3 extract.py {parameters}
    parameters: [{name: rows, type: integer, default: 3}]
- step:
    name: train
    image: python:3.12
    command: python3 train.py {parameters}
    parameters: [{name: rate, type: float, default: 0.5}]
    inputs: [{name: table}]
- step:
    name: evaluate
    image: python:3.12
    command: python3 evaluate.py
    inputs: [{name: model}, {name: limits, default: limits.json}]
- pipeline:
    name: flights
    nodes:
      - {name: extract, type: execution, step: extract}
      - {name: train, type: execution, step: train}
      - {name: evaluate, type: execution, step: evaluate}
    edges:
      - [extract.output.*.csv, train.input.table]
      - [train.output.*.txt, evaluate.input.model]
`,
  "extract.py": `import os, sys
rows = int(sys.argv[1].split("=")[1])
with open(os.environ["VH_OUTPUTS_DIR"] + "/table.csv", "w") as file:
    file.writelines(f"{row}\\n" for row in range(rows))
`,
  "scaling.py": "FACTOR = 2\n",
  "train.py": `import os, sys
from scaling import FACTOR
rate = float(sys.argv[1].split("=")[1])
total = sum(int(line) for line in open(os.environ["VH_INPUTS_DIR"] + "/table/table.csv"))
with open(os.environ["VH_OUTPUTS_DIR"] + "/model.txt", "w") as file:
    file.write(str(total * rate * FACTOR))
`,
  "evaluate.py": `import json, os
model = float(open(os.environ["VH_INPUTS_DIR"] + "/model/model.txt").read())
print(json.dumps({"auc": model}))
`,
  "limits.json": "{}",
  "README.md": "flights",
};

/** The day of a data scientist: one thing is changed after the other, and only what it touches runs again. */
describe("a pipeline that is run again and again", () => {
  let rig: ProjectRig;
  const { PATH } = process.env;
  beforeAll(async () => {
    // The system's own Python: through the script that a version manager puts first nobody can see.
    process.env.PATH = "/usr/bin:/bin";
    rig = new ProjectRig(FILES);
    expect(await ran()).toEqual({ extract: "ran", train: "ran", evaluate: "ran" });
  });
  afterAll(async () => {
    process.env.PATH = PATH;
    await rig[Symbol.asyncDispose]();
  });

  async function ran(...args: readonly string[]): Promise<Record<string, string>> {
    const run = await rig.json<RunDetailView>(0, "run", "flights", ...args);
    return Object.fromEntries(run.nodes.map((node) => [node.name, node.reused ? "reused" : "ran"]));
  }
  async function why(node: string): Promise<WhyView> {
    const [view] = await rig.json<readonly WhyView[]>(0, "why", `latest.${node}`);
    if (view === undefined) throw new Error("no answer");
    return view;
  }
  const all = { extract: "reused", train: "reused", evaluate: "reused" };

  test("nothing changed: nothing runs, and the results are those of before", async () => {
    const run = await rig.json<RunDetailView>(0, "run", "flights");
    expect(run).toMatchObject({ state: "complete" });
    expect(run.nodes.map((node) => [node.state, node.reused, node.execution?.run])).toEqual(
      Array(3).fill(["complete", true, 1]),
    );
    expect(run.nodes[2]?.execution?.metadata).toEqual({ auc: 3 });
    expect(await why("train")).toMatchObject({
      outcome: "reused",
      comparedWith: 3,
      text: "nothing that counts has changed since execution 3",
      code: "the code is the same version",
      changes: [],
    });
    expect((await rig.headrace("outputs", "latest")).stdout).toContain("model.txt");
  });

  test("README.md and a new file that nobody reads: nothing runs", async () => {
    rig.write("README.md", "flights, and more of them");
    rig.write("notes.py", "print('later')\n");
    expect(await ran()).toEqual(all);
    expect((await why("train")).code).toBe("what the step was seen to use of the code counts: 2 files");
  });

  test("the training script: train runs, and what follows where its result differs", async () => {
    rig.write("train.py", FILES["train.py"].replace("* FACTOR", "* FACTOR + 1"));
    expect(await ran()).toEqual({ extract: "reused", train: "ran", evaluate: "ran" });
    const view = await why("train");
    expect(view).toMatchObject({
      outcome: "ran",
      reason: "code-changed",
      comparedWith: 3,
      text: "changed code file train.py",
    });
    expect(view.changes[0]?.diff).toEqual([
      "@@ -3,4 +3,4 @@",
      ' rate = float(sys.argv[1].split("=")[1])',
      ' total = sum(int(line) for line in open(os.environ["VH_INPUTS_DIR"] + "/table/table.csv"))',
      ' with open(os.environ["VH_OUTPUTS_DIR"] + "/model.txt", "w") as file:',
      "-    file.write(str(total * rate * FACTOR))",
      "+    file.write(str(total * rate * FACTOR + 1))",
    ]);
    expect((await why("evaluate")).text).toMatch(/^changed input file model\/model\.txt \(made by train #\d+\)$/);
  });

  test("a comment in it: train runs, and equal results spare what follows", async () => {
    rig.write("train.py", `${rig.read("train.py")}# the end\n`);
    expect(await ran()).toEqual({ extract: "reused", train: "ran", evaluate: "reused" });
  });

  test("a module that it imports", async () => {
    rig.write("scaling.py", "FACTOR = 3\n");
    expect(await ran()).toEqual({ extract: "reused", train: "ran", evaluate: "ran" });
    expect((await why("train")).text).toBe("changed code file scaling.py");
  });

  test("the default of a parameter: the step that takes it", async () => {
    rig.write("valohai.yaml", rig.read("valohai.yaml").replace("default: 0.5", "default: 0.25"));
    expect(await ran()).toEqual({ extract: "reused", train: "ran", evaluate: "ran" });
    expect((await why("train")).text).toBe("parameter rate: 0.5 → 0.25; the command differs");
  });

  test("a local input file", async () => {
    rig.write("limits.json", '{"auc": 1}');
    expect(await ran()).toEqual({ extract: "reused", train: "reused", evaluate: "ran" });
    expect((await why("evaluate")).text).toMatch(/^changed input file limits\/limits\.json \(from .*limits\.json\)$/);
  });

  test("back to a state of before: its results are still there", async () => {
    rig.write("scaling.py", FILES["scaling.py"]);
    rig.write("train.py", FILES["train.py"]);
    rig.write("valohai.yaml", FILES["valohai.yaml"]);
    rig.write("limits.json", FILES["limits.json"]);
    expect(await ran()).toEqual(all);
    expect((await why("train")).comparedWith).toBe(3);
  });

  test("--fresh runs one node, or all", async () => {
    expect(await ran("--fresh=train")).toEqual({ ...all, train: "ran" });
    expect((await why("train")).text).toBe("it was to run afresh, whatever there was before");
    const summary = await rig.headrace("run", "flights");
    expect(summary.stdout).toContain("3 nodes: 3 reused, 0 ran");
  });

  test("an output that is gone is made again", async () => {
    const outputs = await rig.json<readonly { readonly sha256: string }[]>(0, "outputs", "latest.extract");
    for (const { sha256 } of outputs) rmSync(join(rig.root, ".headrace/blobs/sha256", sha256.slice(0, 2), sha256));
    expect(await ran()).toEqual({ ...all, extract: "ran" });
    expect(await why("extract")).toMatchObject({
      reason: "outputs-gone",
      text: "nothing has changed, but output table.csv of the earlier execution is no longer stored whole",
    });
  });
});
