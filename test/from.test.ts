import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ReproductionView, RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: prepare
    image: ""
    command: [mkdir -p /valohai/outputs/deep, "cat /valohai/inputs/raw/* > /valohai/outputs/deep/clean.txt", echo side > /valohai/outputs/side.txt]
    inputs: [{ name: raw, default: raw.txt }]
- step:
    name: train
    image: ""
    command: sh train.sh {parameters}
    parameters: [{ name: rate, type: float, default: 0.5 }, { name: fast, type: flag }, { name: names, type: string, multiple: repeat, optional: true }]
    inputs: [{ name: data, keep-directories: full }]
- step:
    name: evaluate
    image: ""
    command: "cat /valohai/inputs/model/* /valohai/inputs/side/* | tee /valohai/outputs/report.txt"
    inputs: [{ name: model }, { name: side }]
- pipeline:
    name: all
    nodes:
      - { name: prepare, step: prepare, type: execution }
      - { name: train, step: train, type: execution }
      - { name: evaluate, step: evaluate, type: execution }
    edges:
      - [prepare.output.deep/*, train.input.data]
      - [train.output.model.txt, evaluate.input.model]
      - [prepare.output.side.txt, evaluate.input.side]
`;

const TRAIN = `cd /valohai/inputs/data; find . -type f | sort > /valohai/outputs/model.txt; cat deep/clean.txt >> /valohai/outputs/model.txt; echo "$@" >> /valohai/outputs/model.txt\n`;

async function ranOnce(): Promise<ProjectRig> {
  const rig = new ProjectRig({ "valohai.yaml": YAML, "train.sh": TRAIN, "raw.txt": "raw\n" });
  await rig.json<RunDetailView>(0, "run", "all", "--train.rate=0.125");
  return rig;
}

function executionOf(run: RunDetailView, node: string) {
  const execution = run.nodes.find(({ name }) => name === node)?.execution;
  if (execution === null || execution === undefined) throw new Error(`node ${node} has no execution`);
  return execution;
}

async function outputOf(rig: ProjectRig, execution: number, name: string): Promise<string> {
  const folder = `out-${execution}`;
  await rig.json(0, "outputs", String(execution), "--download", folder, "--overwrite");
  return rig.read(join(folder, name));
}

describe("run --from", () => {
  test("runs one step with today's code on what it got, under the same names", async () => {
    await using rig = await ranOnce();
    rig.write("train.sh", `${TRAIN}echo new >> /valohai/outputs/model.txt\n`);
    const run = await rig.json<RunDetailView>(0, "run", "train", "--from", "1");
    expect([run.kind, run.nodes.map(({ name, state }) => [name, state])]).toEqual(["step", [["train", "complete"]]]);
    const execution = executionOf(run, "train");
    expect(execution.parameters).toEqual({ rate: 0.125 });
    expect(await outputOf(rig, execution.number, "model.txt")).toBe("./deep/clean.txt\nraw\n--rate=0.125\nnew\n");
  });

  test("takes what the request says before what was recorded", async () => {
    await using rig = await ranOnce();
    rig.write("other.txt", "other\n");
    rig.write(
      "train.sh",
      "cat /valohai/inputs/data/* > /valohai/outputs/model.txt; echo $@ >> /valohai/outputs/model.txt\n",
    );
    const run = await rig.json<RunDetailView>(
      0,
      "run",
      "train",
      "--from=1",
      "--rate=2",
      "--fast",
      "--names=a",
      "--names=b c",
      "--data=other.txt",
    );
    const { parameters, number } = executionOf(run, "train");
    expect(parameters).toEqual({ rate: 2, fast: true, names: ["a", "b c"] });
    expect(await outputOf(rig, number, "model.txt")).toBe("other\n--rate=2.0 --fast --names=a --names=b c\n");
  });

  test("with --downstream runs what follows, on the earlier results of the others", async () => {
    await using rig = await ranOnce();
    rig.write("train.sh", "echo better > /valohai/outputs/model.txt\n");
    rig.write("raw.txt", "changed: not read again\n");
    const run = await rig.json<RunDetailView>(0, "run", "train", "--from", "latest", "--downstream");
    expect(run.nodes.map(({ name, state, reused, execution }) => [name, state, reused, execution?.number])).toEqual([
      ["prepare", "complete", true, 2],
      ["train", "complete", false, 6],
      ["evaluate", "complete", false, 7],
    ]);
    expect(await outputOf(rig, 7, "report.txt")).toBe("better\nside\n");
    // The results that were given belong to the earlier run, which is kept as long as this one.
    const gc = await rig.json<{ readonly runs: readonly { readonly number: number }[] }>(0, "gc", "--keep-last", "1");
    expect(gc.runs).toEqual([]);
  });

  test("shows what it would do", async () => {
    await using rig = await ranOnce();
    const { stdout, code } = await rig.headrace("run", "train", "--from", "1", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toContain("deep/clean.txt as before");
    expect((await rig.json<readonly unknown[]>(0, "ls")).length).toBe(1);
  });

  test.each<[string, readonly string[], string, string]>([
    ["a number that is none", ["train", "--from", "99"], "HR_NOT_FOUND", "there is no run or execution 99"],
    [
      "a step that the run has not",
      ["evaluate", "--from", "3"],
      "HR_USAGE",
      "execution 3 is one of step train, not of evaluate",
    ],
    ["a node that is not there", ["other", "--from", "1"], "HR_NOT_FOUND", "run 1 (all) has no execution of other"],
    ["--downstream alone", ["train", "--downstream"], "HR_USAGE", "--downstream goes with --from"],
    ["--from in the background", ["train", "--from", "1", "--detach"], "HR_USAGE", "--from does not go with --detach"],
  ])("refuses %s", async (_, call, code, message) => {
    await using rig = await ranOnce();
    const result = await rig.headrace("run", ...call, "--json");
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code, message } });
    expect(result.code).toBe(2);
  });

  test("says what no longer fits: a parameter's type, an input that is gone, a file that is gone", async () => {
    await using rig = await ranOnce();
    rig.write(
      "valohai.yaml",
      YAML.replace("{ name: rate, type: float, default: 0.5 }", "{ name: rate, type: integer, default: 5 }"),
    );
    const misfit = await rig.headrace("run", "train", "--from", "1");
    expect([misfit.code, misfit.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error: parameters of execution 3 no longer fit the step \[HR_PLAN_INVALID\]\n {2}rate: .*\nhint: give them with `--param`\n$/,
      ),
    ]);
    rig.write("valohai.yaml", YAML);
    const { inputs } = executionOf((await rig.json<{ readonly run: RunDetailView }>(0, "info", "1")).run, "train");
    const sha256 = inputs[0]?.sha256 ?? "";
    if (process.env.HEADRACE_BLOBS === undefined) {
      rmSync(join(rig.root, ".headrace", "blobs", "sha256", sha256.slice(0, 2), sha256));
      const gone = await rig.headrace("run", "train", "--from", "1");
      expect([gone.code, gone.stderr]).toEqual([
        1,
        "error: the inputs of execution 3 can no longer be had: deep/clean.txt [HR_BLOB_MISSING]\nhint: `headrace verify` tells what is missing; bring it back from a backup, or start from another run\n",
      ]);
      const verify = await rig.headrace("verify");
      expect([verify.code, verify.stdout]).toEqual([1, expect.stringContaining(`missing ${sha256}`)]);
    }
  });
});

describe("reproduce", () => {
  test("executes a run as it was recorded, whatever has become of the working tree", async () => {
    await using rig = await ranOnce();
    rig.write("train.sh", "exit 1\n");
    rig.write("raw.txt", "changed\n");
    rig.write("valohai.yaml", YAML.replace("0.5", "0.75"));
    const view = await rig.json<ReproductionView>(0, "reproduce", "1");
    expect(view).toMatchObject({ original: 1, state: "complete", equal: true });
    expect(
      view.nodes.map(({ node, original, files }) => [
        node,
        original,
        files.map(({ name, verdict }) => `${name} ${verdict}`),
      ]),
    ).toEqual([
      ["prepare", 2, ["deep/clean.txt equal", "side.txt equal"]],
      ["train", 3, ["model.txt equal"]],
      ["evaluate", 4, ["report.txt equal"]],
    ]);
    const one = await rig.json<ReproductionView>(0, "reproduce", "1.train");
    expect([one.equal, one.original, one.nodes.length]).toEqual([true, 3, 1]);
    const { stdout } = await rig.headrace("reproduce", "1.train");
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^✓ run \d+ is byte for byte what 3 was: 1 file$/);
  });

  test("tells each file that is not what it was, and exits with 1", async () => {
    const yaml = `
- step:
    name: a
    image: ""
    command: ["date +%s%N > /valohai/outputs/different", "echo x > /valohai/outputs/equal", "date +%s%N > /valohai/outputs/n$(date +%s%N)"]
`;
    await using rig = new ProjectRig({ "valohai.yaml": yaml });
    await rig.json(0, "run", "a");
    const view = await rig.json<ReproductionView>(1, "reproduce", "1");
    expect(view.equal).toBe(false);
    expect(view.nodes[0]?.files.map(({ verdict }) => verdict).sort()).toEqual(["different", "equal", "missing", "new"]);
    const { code, stdout } = await rig.headrace("reproduce", "2");
    expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([
      1,
      expect.stringMatching(/^✗ run \d+ is not what 2 was: 3 of 4 files differ$/),
    ]);
  });

  test("of a failed run: failing again is equal, succeeding is not", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": '- step: { name: a, image: "", command: "test -e /tmp/x-$PPID-never" }\n',
    });
    await rig.json(1, "run", "a");
    expect(await rig.json<ReproductionView>(0, "reproduce", "1")).toMatchObject({ equal: true, state: "error" });
  });
});
