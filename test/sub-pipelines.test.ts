import { describe, expect, it } from "vitest";
import type { DatumView, RunDetailView, WhyView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `- step:
    name: load
    image: ""
    command: 'for side in north south; do echo "rows of $side" > $VH_OUTPUTS_DIR/$side.csv; done'
- step:
    name: clean
    image: ""
    command: 'cat $VH_INPUTS_DIR/raw/* > $VH_OUTPUTS_DIR/clean.csv; echo "{parameter-value:season}" >> $VH_OUTPUTS_DIR/clean.csv'
    inputs: [{ name: raw }]
    parameters: [{ name: season, type: string }]
- step:
    name: train
    image: ""
    command: 'grep -q broken $VH_INPUTS_DIR/data/* && exit 3; cp $VH_INPUTS_DIR/data/clean.csv $VH_OUTPUTS_DIR/model-{parameter-value:size}.txt; printf "{\\"score\\": %s}\\n" {parameter-value:size}'
    inputs: [{ name: data }]
    parameters: [{ name: size, type: integer, default: 1 }]
- step:
    name: compare
    image: ""
    command: 'cat $VH_INPUTS_DIR/models/* > $VH_OUTPUTS_DIR/all.txt; echo "scores {parameter-value:scores}"'
    inputs: [{ name: models, optional: true }]
    parameters: [{ name: scores, type: integer, multiple: separate, optional: true }]
- pipeline:
    name: region
    inputs: [{ name: raw, target: clean.input.raw }]
    parameters:
      - { name: season, target: clean.parameter.season, default: summer }
      - { name: sizes, target: train.parameter.size, default: [1] }
    outputs:
      - { name: models, source: "train.output.model-*" }
      - { name: scores, source: train.metadata.score }
    nodes:
      - { name: clean, type: execution, step: clean }
      - { name: train, type: task, step: train, for-each: size }
    edges:
      - [clean.output.*, train.input.data]
- pipeline:
    name: world
    title: "Southern {parameter-value:south}"
    tags: ["south-{parameter-value:south}"]
    parameters:
      - { name: south, target: south.parameter.season, default: winter }
      - { name: sizes, targets: [north.parameter.sizes], default: [1, 2] }
    outputs:
      - { name: everything, source: compare.output.all.txt, description: all models }
      - { name: north, source: north.output.models }
      - { name: scores, source: north.metadata.scores }
    nodes:
      - { name: load, type: execution, step: load }
      - { name: north, type: pipeline, pipeline: region }
      - { name: south, type: pipeline, pipeline: region, on-error: stop-next }
      - { name: compare, type: execution, step: compare }
    edges:
      - [load.output.north.csv, north.input.raw]
      - [load.output.south.csv, south.input.raw]
      - [north.output.models, compare.input.models]
      - [south.output.models, compare.input.models]
      - [north.metadata.scores, compare.parameter.scores]
`;

const states = ({ nodes }: RunDetailView): Readonly<Record<string, string>> =>
  Object.fromEntries(nodes.map(({ name, state, reused }) => [name, reused ? "reused" : state]));

describe("a pipeline within a pipeline", () => {
  it("runs with its values, hands on its outputs, is reused node by node, and shows as one", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const first = await rig.json<RunDetailView>(0, "run", "world");
    expect([first.title, first.tags]).toEqual(["Southern winter", ["south-winter"]]);
    expect(first.groups).toEqual([
      { name: "north", pipeline: "region", commit: null, parent: null },
      { name: "south", pipeline: "region", commit: null, parent: null },
    ]);
    expect(first.nodes.map(({ name, group }) => [name, group])).toEqual([
      ["load", null],
      ["north.clean", "north"],
      ["north.train", "north"],
      ["south.clean", "south"],
      ["south.train", "south"],
      ["compare", null],
    ]);
    expect(first.parameters).toMatchObject({ south: "winter", "north.season": "summer", "south.season": "winter" });
    expect(
      first.outputs.map(({ name, source, files, value }) => [name, source, files.map((file) => file.name), value]),
    ).toEqual([
      ["everything", "compare.output.all.txt", ["all.txt"], null],
      ["north", "north.train.output.model-*", ["model-1.txt", "model-2.txt"], null],
      ["scores", "north.train.metadata.score", [], [1, 2]],
    ]);
    const info = (await rig.headrace("info")).stdout;
    expect(info).toMatch(/north +– .*pipeline region, 2 nodes\n +north\.clean/);
    expect(info).toMatch(
      /outputs +everything = \d+\/all\.txt .*\n +north = \d+\/model-1\.txt and 1 more file\n +scores = 1, 2/,
    );
    expect((await rig.headrace("logs", "1.compare")).stdout).toContain("[1, 2]");

    // The outputs by name, as a list and as files.
    const named = await rig.json<readonly DatumView[]>(0, "outputs", "1", "--name", "north");
    expect(named.map(({ node, name }) => [node, name])).toEqual([
      ["north.train", "model-1.txt"],
      ["north.train", "model-2.txt"],
    ]);
    await rig.headrace("outputs", "1", "--name", "everything", "--download", "out");
    const all = rig.read("out/all.txt").trim().split("\n").sort();
    expect(all).toEqual([...["rows of north", "rows of north", "rows of south", "summer", "summer", "winter"]]);
    const nothing = (await rig.headrace("outputs", "1", "--name", "nothing")).stderr;
    expect(nothing).toMatch(/run 1 has no output nothing .*\n.*its outputs are everything, north, scores/);
    const group = (await rig.headrace("info", "1.north")).stderr;
    expect(group).toMatch(
      /north of run 1 runs the pipeline region, and is several nodes[\s\S]*north\.clean, north\.train/,
    );

    // Another value for the inner parameter: what does not depend on it is used again.
    const second = await rig.json<RunDetailView>(0, "run", "world", "--south.season=spring", "--title", "Mine");
    expect(second.title).toBe("Mine");
    expect(states(second)).toMatchObject({ load: "reused", "north.clean": "reused", "south.clean": "complete" });
    const why = await rig.json<readonly WhyView[]>(0, "why", "latest.south.clean");
    expect(JSON.stringify(why)).toContain("season");
    const compared = (await rig.headrace("compare", "1", String(second.number))).stdout;
    expect(compared).toContain("south.season");
    const lineage = (await rig.headrace("lineage", "1.compare/all.txt")).stdout;
    expect(lineage).toContain("north.train");
  });

  it("keeps its failures to itself as its node says, and its nodes can be run from", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const run = await rig.json<RunDetailView>(1, "run", "world", "--south=broken");
    expect(states(run)).toMatchObject({
      ...{ "north.train": "complete", "south.clean": "complete", "south.train": "error", compare: "skipped" },
    });
    const from = await rig.json<RunDetailView>(0, "run", "clean", "--from", "1.south.clean", "--param", "season=dry");
    expect(from.nodes[0]?.execution?.parameters).toEqual({ season: "dry" });
  });
});
