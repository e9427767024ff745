import { describe, expect, it } from "vitest";
import type { RunDetailView, TaskView, WhyView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const STEPS = `- step:
    name: split
    image: ""
    command: 'for i in 1 2 3; do echo "part $i" > $VH_OUTPUTS_DIR/p$i.txt; done; echo "{\\"regions\\": [\\"north\\", \\"south\\", \\"north\\"]}"'
- step:
    name: work
    image: ""
    command: 'sh work.sh'
    inputs: [{ name: data, default: "data/*.txt" }]
- step:
    name: name
    image: ""
    command: 'echo {parameter-value:region} > $VH_OUTPUTS_DIR/result.txt'
    parameters: [{ name: region, type: string }]
- step:
    name: gather
    image: ""
    command: 'cat $VH_CONFIG_DIR/inputs.json; cat $VH_INPUTS_DIR/all/* ; echo "sizes {parameter-value:sizes}"'
    inputs: [{ name: all, optional: true }]
    parameters: [{ name: sizes, type: integer, multiple: separate, optional: true }]
`;

const WORK = `ls $VH_INPUTS_DIR/data | wc -l | grep -q '^ *1$' || exit 9
cat $VH_INPUTS_DIR/data/* > $VH_OUTPUTS_DIR/result.txt
wc -c < $VH_OUTPUTS_DIR/result.txt | awk '{ print "{\\"size\\": " $1 "}" }'`;

const FAN = `- pipeline:
    name: fan
    nodes:
      - { name: split, type: execution, step: split }
      - { name: work, type: task, step: work, for-each: data }
      - { name: name, type: task, step: name, for-each: region }
      - { name: gather, type: execution, step: gather }
    edges:
      - [split.output.*, work.input.data]
      - [split.metadata.regions, name.parameter.region]
      - [work.output.*, gather.input.all]
      - [name.output.*, gather.input.all]
      - [work.metadata.size, gather.parameter.sizes]
`;

function rigOf(yaml: string, files: Readonly<Record<string, string>> = {}): ProjectRig {
  return new ProjectRig({ "valohai.yaml": `${STEPS}${yaml}`, "work.sh": WORK, ...files });
}

async function taskOf(rig: ProjectRig, ref: string): Promise<TaskView> {
  return (await rig.json<{ readonly task: TaskView }>(0, "info", ref)).task;
}

const filesOf = (task: TaskView): readonly unknown[] => task.trials.map(({ file }) => file);

describe("for-each", () => {
  it("runs once for each file and each value, hands all on in order, and takes all of it from before when asked again", async () => {
    await using rig = rigOf(FAN);
    await rig.json<RunDetailView>(0, "run", "fan");
    const work = await taskOf(rig, "1.work");
    expect([work.forEach, filesOf(work)]).toEqual(["file of data", ["p1.txt", "p2.txt", "p3.txt"]]);
    const name = await taskOf(rig, "1.name");
    expect([name.forEach, name.trials.map(({ values }) => values.region)]).toEqual([
      "value of region",
      ["north", "south", "north"],
    ]);
    const log = (await rig.headrace("logs", "1.gather")).stdout;
    expect(log).toContain("[7, 7, 7]");
    const names = [...log.matchAll(/"name": "(result[^"]*)"/g)].map(([, file]) => file);
    expect(new Set(names).size).toBe(6);
    expect((await rig.headrace("info", "1.work")).stdout).toMatch(/FILE.*\n.*p1\.txt/);
    await rig.json<RunDetailView>(0, "run", "fan");
    const why = await rig.json<readonly WhyView[]>(0, "why", "latest");
    expect(why.map(({ node, text }) => [node, text])).toEqual([
      ["split", expect.stringContaining("nothing that counts has changed")],
      ["work", "3 trials: 3 reused, 0 ran"],
      ["name", "3 trials: 3 reused, 0 ran"],
      ["gather", expect.stringContaining("nothing that counts has changed")],
    ]);
    expect(filesOf(await taskOf(rig, "latest.work"))).toEqual(["p1.txt", "p2.txt", "p3.txt"]);
  });

  it("goes over the files of the input that the command line names, by its own option", async () => {
    await using rig = rigOf("", { "data/b.txt": "b\n", "data/a.txt": "a\n", "more/c.txt": "c\n" });
    const plan = (await rig.headrace("run", "work", "--for-each", "data", "--dry-run")).stdout;
    expect(plan).toContain("for each  file of data");
    await rig.json<RunDetailView>(0, "run", "work", "--for-each", "data");
    expect(filesOf(await taskOf(rig, "1.work"))).toEqual(["data/a.txt", "data/b.txt"]);
    await rig.json<RunDetailView>(0, "run", "work", "--for-each", "data", "--input", "data=**/*.txt", "--jobs", "1");
    const again = await taskOf(rig, "latest.work");
    expect(again.trials.map(({ file, reused }) => [file, reused])).toEqual([
      ["data/a.txt", true],
      ["data/b.txt", true],
      ["more/c.txt", false],
    ]);
  });

  it.each([
    ["continue-and-complete", "complete", "1 of 3 trials failed"],
    ["continue-and-error", "error", "1 of 3 trials failed"],
    ["stop-all-and-error", "error", "trial 2 failed (on-child-error: stop-all-and-error)"],
  ])("ends by the rule %s where the file of one is bad", async (rule, state, reason) => {
    const yaml = `- task: { name: each, step: work, for-each: data, on-child-error: ${rule} }\n`;
    await using rig = rigOf(yaml, {
      "data/1.txt": "1",
      "data/2.txt": "bad",
      "data/3.txt": "3",
      "work.sh": `grep -q bad $VH_INPUTS_DIR/data/* && exit 4; ${WORK}`,
    });
    const { nodes } = await rig.json<RunDetailView>(state === "complete" ? 0 : 1, "run", "each", "--jobs", "1");
    expect(nodes).toMatchObject([{ state, reason }]);
  });

  it("is complete without an execution where an optional input or parameter brings nothing, and an error else", async () => {
    const step = (name: string, keys: string): string =>
      `- step: { name: ${name}, image: "", command: echo, ${keys} }\n`;
    const nodes = ["files", "values", "some-files", "some-values"].map((name) => {
      const each = name.endsWith("files") ? "data" : "n";
      return `      - { name: ${name}, type: task, step: ${name}, for-each: ${each}, on-error: continue }\n`;
    });
    await using rig = rigOf(
      [
        `- step: { name: none, image: "", command: 'echo "{\\"ns\\": []}"' }\n`,
        step("files", "inputs: [{ name: data, optional: true }]"),
        step("values", "parameters: [{ name: n, type: integer, optional: true }]"),
        step("some-files", "inputs: [{ name: data }]"),
        step("some-values", "parameters: [{ name: n, type: integer }]"),
        "- pipeline:\n    name: p\n    nodes:\n      - { name: none, type: execution, step: none }\n",
        ...nodes,
        "    edges:\n      - [none.output.*, files.input.data]\n      - [none.metadata.ns, values.parameter.n]\n",
        "      - [none.output.*, some-files.input.data]\n      - [none.metadata.ns, some-values.parameter.n]\n",
      ].join(""),
    );
    const run = await rig.json<RunDetailView>(0, "run", "p");
    expect(run.nodes.map(({ name, state, reason }) => [name, state, reason]).slice(1)).toEqual([
      ["files", "complete", "there is no file of data to run for"],
      ["values", "complete", "there is no value of n to run for"],
      ["some-files", "error", 'edge none.output.* → some-files.input.data brings no file: node "none" has no output'],
      ["some-values", "error", "`n` has no values"],
    ]);
  });

  it("counts thousands of values and refuses them, unless there is a limit", async () => {
    const yaml = `- step: { name: many, image: "", command: 'seq 12000 | paste -sd, | sed "s/.*/{\\"ns\\": [&]}/"' }
- step: { name: one, image: "", command: echo, parameters: [{ name: n, type: integer }] }
- task: { name: few, step: one, for-each: n, execution-count: 2 }
- pipeline:
    name: p
    nodes:
      - { name: many, type: execution, step: many }
      - { name: all, type: task, step: one, for-each: n, on-error: continue }
      - { name: few, type: task, task: few }
    edges:
      - [many.metadata.ns, all.parameter.n]
      - [many.metadata.ns, few.parameter.n]
`;
    await using rig = rigOf(yaml);
    const { nodes } = await rig.json<RunDetailView>(0, "run", "p");
    expect(nodes.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ["many", "complete", null],
      [
        "all",
        "error",
        "the task has 12000 values to run for, and without a limit at most 10000 are run: set the number of executions (`execution-count`), or give fewer values",
      ],
      ["few", "complete", null],
    ]);
    expect((await taskOf(rig, "1.few")).trials.map(({ values }) => values.n)).toEqual([1, 2]);
  });

  it.each([
    ["an unknown name", "gone", "work", "step work: the step `work` has no input and no parameter `gone`"],
    ["a parameter without values", "region", "name", "step name: `region` has no values"],
  ])("refuses %s before anything runs", async (_, each, step, message) => {
    await using rig = rigOf("", { "data/a.txt": "a" });
    const { code, stderr } = await rig.headrace("run", step, "--for-each", each);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(await rig.json<readonly unknown[]>(0, "ls")).toEqual([]);
  });
});
