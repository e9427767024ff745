import { describe, expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const FILES = {
  "valohai.yaml": `
- step:
    name: train
    image: x
    environment: local
    command: python3 train.py {parameters}
    parameters:
      - {name: rate, type: float, default: 0.5}
- step:
    name: silent
    image: x
    environment: local
    command: echo nothing
`,
  "train.py": `
import json, sys
rate = float(sys.argv[1].split("=")[1])
for epoch in range(1, 5):
    print(json.dumps({"epoch": epoch, "loss": rate / epoch, "note": 'a, "b"'}))
print(json.dumps({"auc": 0.9}))
`,
};

describe("headrace metrics", () => {
  test("shows, draws and exports what runs printed", async () => {
    await using project = new ProjectRig(FILES);
    await project.json(0, "run", "train");
    await project.json(0, "run", "train", "--rate=4");

    expect((await project.headrace("metrics", "1")).stdout).toBe(
      [
        "train #2",
        "KEY    POINTS   FIRST    LAST       MIN     MAX",
        "epoch       4       1       4      1 @1    4 @4",
        "loss        4     0.5   0.125  0.125 @4  0.5 @1",
        'note        4  a, "b"  a, "b"         –       –',
        "auc         1     0.9     0.9       0.9     0.9",
        "",
      ].join("\n"),
    );
    const drawn = (await project.headrace("metrics", "loss", "--with", "1")).stdout.split("\n");
    expect(drawn[0]).toBe("loss over epoch");
    expect(drawn.slice(-3)).toEqual([
      "  ── train #4  4 points · last 1 · min 1 @4 · max 4 @1",
      "  ── train #2  4 points · last 0.125 · min 0.125 @4 · max 0.5 @1",
      "",
    ]);
    expect(await project.json(0, "metrics", "1", "loss")).toMatchObject([
      {
        execution: 2,
        node: "train",
        key: "loss",
        axis: "epoch",
        count: 4,
        points: [{ x: 1, value: 0.5 }, { x: 2 }, { x: 3 }, { x: 4 }],
      },
    ]);
    const csv = (await project.headrace("metrics", "1", "--csv")).stdout
      .replaceAll(/\d{4}-[^,]*Z/g, "TIME")
      .split("\n");
    expect([csv[0], csv[1], csv[5], csv.length]).toEqual([
      "execution,node,index,at,epoch,loss,note,auc",
      '2,train,0,TIME,1,0.5,"a, ""b""",',
      "2,train,4,TIME,,,,0.9",
      7,
    ]);
    const some = (await project.headrace("metrics", "1", "auc", "--csv")).stdout.replaceAll(/\d{4}-[^,]*Z/g, "TIME");
    expect(some).toBe("execution,node,index,at,auc\n2,train,4,TIME,0.9\n");
  });

  test("says what is not there", async () => {
    await using project = new ProjectRig(FILES);
    await project.json(0, "run", "silent");
    expect((await project.headrace("metrics")).stdout).toBe(
      'No metadata was printed.\nA step prints JSON objects: print(json.dumps({"loss": 0.4})).\n',
    );
    expect(await project.headrace("metrics", "1", "loss")).toMatchObject({
      code: 2,
      stderr:
        'error: no metric "loss" was printed [HR_NOT_FOUND]\nhint: `headrace metrics N` lists the metrics of a run\n',
    });
    expect((await project.headrace("metrics", "--csv", "--json")).stdout).toContain(
      "--csv and --json exclude each other",
    );
  });
});
