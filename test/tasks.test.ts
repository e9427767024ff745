import { beforeAll, describe, expect, it } from "vitest";
import type { LineageView, RunDetailView, TaskView, WhyView } from "../src/api/index.ts";
import { isOnPostgres, ProjectRig } from "./rig.ts";

/** Its metric is best at x = 3; `auc` is what `$1` makes of x. */
const STEP = `- step:
    name: train
    image: ""
    command: 'sh train.sh {parameter-value:x} {parameter-value:kind}'
    parameters:
      - { name: x, type: integer, default: 1 }
      - { name: kind, type: string, default: plain }
`;

const SCRIPT = `echo "model $1 $2" > $VH_OUTPUTS_DIR/model.txt
awk "BEGIN { printf \\"{\\\\\\"auc\\\\\\": %g}\\n\\", 1 - ($1 - 3) ^ 2 / 100 }"
`;

function rigOf(yaml: string, script = SCRIPT): ProjectRig {
  return new ProjectRig({ "valohai.yaml": `${STEP}${yaml}`, "train.sh": script });
}

function taskOf(keys: string, values = "[1, 2, 3, 4]"): string {
  return `- task:
    name: tune
    step: train
    ${keys.replaceAll("; ", "\n    ")}
    parameters:
      - { name: x, style: multiple, rules: { items: ${values} } }
`;
}

async function run(rig: ProjectRig, code: number, ...args: readonly string[]): Promise<RunDetailView> {
  return await rig.json<RunDetailView>(code, "run", ...args);
}

async function infoOf(rig: ProjectRig, ref: string): Promise<TaskView> {
  return (await rig.json<{ readonly task: TaskView }>(0, "info", ref)).task;
}

/** A task stands for the executions of its trials, and `.best` for the best of them. */
async function showsAllExecutions(rig: ProjectRig, ref: string): Promise<void> {
  const trials = (await infoOf(rig, ref)).trials.map(({ execution }) => execution);
  const ofEach = async (...args: readonly string[]): Promise<readonly unknown[]> =>
    (await rig.json<readonly { readonly execution: number }[]>(0, ...args)).map(({ execution }) => execution);
  expect(await ofEach("outputs", ref)).toEqual(trials);
  expect(await ofEach("metrics", ref)).toEqual(trials);
  const logs = (await rig.headrace("logs", ref)).stdout;
  expect(logs.split("\n").map((line) => /^search #(\d+) +│ /.exec(line)?.[1])).toEqual([
    ...trials.map(String),
    undefined,
  ]);
  for (const [from, starts] of [[ref, 4] as const, ["1", 5] as const]) {
    const { start, nodes } = await rig.json<LineageView>(0, "lineage", from);
    expect([from, start.length, nodes.length]).toEqual([from, starts, 9]);
  }
  // Each wrote a file of that name: none takes the place of another.
  expect(await rig.headrace("outputs", ref, "--download", "got")).toMatchObject({ code: 0 });
  expect(await rig.headrace("outputs", "1", "--download", "all")).toMatchObject({ code: 0 });
  for (const trial of trials)
    expect(rig.read(`got/${trial}/model.txt`)).toBe(rig.read(`all/search/${trial}/model.txt`));
  expect((await rig.headrace("cat", `${ref}.best/model.txt`)).stdout).toBe("model 3 plain\n");
  expect(await ofEach("why", `${ref}.best`)).toEqual([trials[2]]);
  expect((await rig.headrace("why", ref)).stdout).toContain(`in full: headrace why ${trials[0]}\n`);
  expect((await rig.headrace("checkout", ref, "code")).stderr).toContain("1.search.best is the best");
}

const outcomes = (task: TaskView): readonly string[] => task.trials.map(({ outcome }) => outcome);
const xs = (task: TaskView): readonly unknown[] => task.trials.map(({ values }) => values.x);

describe("a task", () => {
  it("runs each set of values once, and its best result and all its results flow on", async () => {
    await using rig = rigOf(`${taskOf("goal: max:auc")}
- step:
    name: report
    image: ""
    command: 'cat $VH_INPUTS_DIR/best/model.txt; ls $VH_INPUTS_DIR/all | wc -l; echo "{parameter-value:x} {parameter-value:aucs}"'
    inputs: [{ name: best }, { name: all }]
    parameters: [{ name: x, type: integer }, { name: aucs, type: float, multiple: separate }]
- pipeline:
    name: p
    nodes:
      - { name: search, type: task, task: tune }
      - { name: report, type: execution, step: report }
    edges:
      - [search.best.output.model.txt, report.input.best]
      - [search.output.*, report.input.all]
      - [search.best.parameter.x, report.parameter.x]
      - [search.metadata.auc, report.parameter.aucs]
`);
    const first = await run(rig, 0, "p");
    expect(first.nodes.map(({ name, kind, state }) => [name, kind, state])).toEqual([
      ["search", "task", "complete"],
      ["report", "execution", "complete"],
    ]);
    expect(first.nodes[0]?.task).toMatchObject({
      planned: 4,
      complete: 4,
      best: { trial: 3, metric: "auc", value: 1 },
    });
    const log = (await rig.headrace("logs", "1.report")).stdout;
    expect(log).toContain("model 3 plain");
    expect(log).toContain("4\n");
    expect(log).toContain("3 '[0.96, 0.99, 1.0, 0.99]'");
    const task = await infoOf(rig, "1.search");
    expect(task.trials.map(({ trial, rank, isBest }) => [trial, rank, isBest])).toEqual([
      [1, 4, false],
      [2, 2, false],
      [3, 1, true],
      [4, 3, false],
    ]);
    expect((await rig.headrace("info", "1.search")).stdout).toContain("★ 1");
    await showsAllExecutions(rig, "1.search");
    // The lines and files of a run include those of its trials.
    expect((await rig.headrace("logs", "1")).stdout.match(/auc/g)).toHaveLength(4);
    expect(await rig.json<readonly unknown[]>(0, "outputs", "1")).toHaveLength(4);
    expect((await rig.headrace("reproduce", "1")).stderr).toContain("run 1 has the task search");
    // Nothing has changed: each trial is one of before.
    const again = await run(rig, 0, "p");
    expect(again.nodes[0]?.task).toMatchObject({ complete: 4, best: { execution: task.trials[2]?.execution } });
    expect((await infoOf(rig, "latest.search")).trials.every(({ reused }) => reused)).toBe(true);
    const why = await rig.json<readonly WhyView[]>(0, "why", "latest");
    expect(why.map(({ node, reason, text }) => [node, reason, text])).toEqual([
      ["search", "task", "4 trials: 4 reused, 0 ran"],
      ["report", "reused", expect.stringContaining("nothing that counts has changed")],
    ]);
    expect(await rig.json<readonly WhyView[]>(0, "why", "1.search")).toMatchObject([
      { trial: 1, reason: "first-time" },
      { trial: 2 },
      { trial: 3 },
      { trial: 4 },
    ]);
  });

  it("is run by its name, with other values and with parameters for all of its executions", async () => {
    await using rig = rigOf(taskOf("goal: max:auc; reuse-children: false"));
    const { kind, nodes } = await run(rig, 0, "tune", "--param", "kind=fancy", "--sweep", "x=3,9");
    expect([kind, nodes.map(({ name }) => name)]).toEqual(["task", ["tune"]]);
    expect(xs(await infoOf(rig, "latest.tune"))).toEqual([3, 9]);
    expect((await rig.headrace("logs", "2")).stdout).not.toContain("error");
    await run(rig, 0, "tune", "--param", "kind=fancy", "--sweep", "x=3,9");
    expect((await infoOf(rig, "latest.tune")).trials.map(({ reused }) => reused)).toEqual([false, false]);
    expect(await rig.json<readonly WhyView[]>(0, "why", "latest.tune")).toMatchObject([
      { reason: "off", text: "the task has `reuse-children: false`" },
      {},
    ]);
  });

  it("takes a list that an edge brings as the values to vary", async () => {
    await using rig = rigOf(`- step:
    name: list
    image: ""
    command: 'echo "{\\"xs\\": [2, 3, 5]}"'
- pipeline:
    name: p
    nodes:
      - { name: list, type: execution, step: list }
      - { name: each, type: task, step: train }
    edges: [[list.metadata.xs, each.parameter.x]]
`);
    await run(rig, 0, "p");
    expect(xs(await infoOf(rig, "latest.each"))).toEqual([2, 3, 5]);
    // The node before it is reused now, and the task begins all the same.
    await run(rig, 0, "p");
    const again = await infoOf(rig, "latest.each");
    expect([xs(again), again.trials.map(({ reused }) => reused)]).toEqual([
      [2, 3, 5],
      [true, true, true],
    ]);
  });
});

describe("a failed execution of a task", () => {
  const FAILING = `test $1 = 2 && exit 7; ${SCRIPT}`;
  it.each([
    ["continue-and-complete", "complete", ["complete", "failed", "complete", "complete"], "1 of 4 trials failed"],
    ["continue-and-error", "error", ["complete", "failed", "complete", "complete"], "1 of 4 trials failed"],
    ["stop-all-and-error", "error", ["complete", "failed"], "trial 2 failed (on-child-error: stop-all-and-error)"],
  ])("with on-child-error: %s", async (rule, state, expected, reason) => {
    await using rig = rigOf(taskOf(`on-child-error: ${rule}`), FAILING);
    const { nodes } = await run(rig, state === "complete" ? 0 : 1, "tune", "--jobs", "1");
    expect(nodes).toMatchObject([{ state, reason }]);
    expect(outcomes(await infoOf(rig, "1.tune"))).toEqual(expected);
  });

  it("is tried again as its step says, and the trial keeps its values", async () => {
    await using rig = rigOf(
      taskOf("goal: max:auc").replace("step: train", "step: again") +
        STEP.replace("name: train", "name: again\n    retry: { limit: 1, backoff: 0 }"),
      `if test $1 = 2 && ! test -e $XDG_CACHE_HOME/tried; then touch $XDG_CACHE_HOME/tried; exit 7; fi; ${SCRIPT}`,
    );
    const shared = { XDG_CACHE_HOME: rig.root, HEADRACE_STEP_CACHE: rig.root };
    expect((await rig.startIn(rig.root, shared, "run", "tune").result).code).toBe(0);
    const task = await infoOf(rig, "1.tune");
    expect(task.trials.map(({ attempt, outcome, values }) => [attempt, outcome, values.x])).toEqual([
      [1, "complete", 1],
      [2, "complete", 2],
      [1, "complete", 3],
      [1, "complete", 4],
    ]);
  });

  it("leaves a task in error where none is complete", async () => {
    await using rig = rigOf(taskOf("goal: max:auc"), "exit 3");
    expect((await run(rig, 1, "tune")).nodes).toMatchObject([{ state: "error", reason: "4 of 4 trials failed" }]);
  });
});

describe("a task ends early", () => {
  it("once an execution meets its stop-condition", async () => {
    await using rig = rigOf(taskOf("stop-condition: auc >= 0.99"));
    const { nodes } = await run(rig, 0, "tune", "--jobs", "1");
    expect(nodes).toMatchObject([{ state: "complete", reason: "the stop-condition was met by trial 2" }]);
    expect(xs(await infoOf(rig, "1.tune"))).toEqual([1, 2]);
  });

  it("once it has reached the value of its goal", async () => {
    await using rig = rigOf(
      taskOf("type: bayesian_tpe; execution-count: 4; optimization-target-metric: auc; optimization-target-value: 0.5"),
    );
    const { nodes } = await run(rig, 0, "tune", "--sweep", "x=3", "--goal", "max:auc", "--jobs", "1");
    expect(nodes).toMatchObject([{ state: "complete", reason: "trial 1 reached auc 1" }]);
  });

  it("by pruning what does worse at the same step", async () => {
    await using rig = rigOf(
      taskOf("goal: max:auc; early-stopping: { step: epoch, factor: 2 }", "[9, 8, 1, 2]"),
      `for epoch in 1 2 3 4; do echo "{\\"epoch\\": $epoch, \\"auc\\": $1}"; done
test $1 -lt 5 && sleep 600; exit 0`,
    );
    await run(rig, 0, "tune", "--jobs", "1");
    const task = await infoOf(rig, "1.tune");
    expect(outcomes(task)).toEqual(["complete", "complete", "pruned", "pruned"]);
    expect(task.trials[2]?.reason).toMatch(/^pruned: auc 1 at step \d+ is not among the best \d of \d$/);
  });
});

describe("metrics that cannot be compared", () => {
  it("give a trial no place, and say why", async () => {
    await using rig = rigOf(
      taskOf("goal: max:auc", "[1, 2, 3, 4]"),
      `case $1 in 1) echo '{"other": 1}';; 2) echo '{"auc": NaN}';; 3) echo '{"auc": "high"}';; 4) echo '{"auc": 0.5}';; esac`,
    );
    await run(rig, 0, "tune");
    const task = await infoOf(rig, "1.tune");
    expect(task.trials.map(({ rank, problem }) => [rank, problem])).toEqual([
      [null, "it printed no auc"],
      [null, expect.stringMatching(/^its auc is (NaN|nan), which cannot be compared$|^it printed no auc$/)],
      [null, 'its auc is the text "high"'],
      [1, null],
    ]);
    expect(task.notes).toEqual(["3 of 4 complete trials have no number for auc, and no place among the others"]);
  });

  it("refuse what follows from the best, where there is none", async () => {
    await using rig = rigOf(
      `${taskOf("goal: max:auc", "[1]")}
- step: { name: after, image: "", command: "true", inputs: [{ name: best }] }
- pipeline:
    name: p
    nodes: [{ name: tune, type: task, task: tune }, { name: after, type: execution, step: after }]
    edges: [[tune.best.output.*, after.input.best]]
`,
      "echo nothing > $VH_OUTPUTS_DIR/nothing",
    );
    expect((await run(rig, 1, "p")).nodes[1]?.reason).toBe(
      'edge tune.best.output.* → after.input.best: no execution of the task "tune" is the best, since none that is complete has a value for its goal',
    );
  });
});

describe("a search", () => {
  const SEARCH = ["train", "--sweep", "x=-20..20", "--trials", "14", "--goal", "max:auc", "--jobs", "1", "--fresh"];

  let undisturbed: TaskView;

  beforeAll(async () => {
    await using rig = rigOf("");
    await run(rig, 0, ...SEARCH);
    undisturbed = await infoOf(rig, "1.train");
  });

  it("is the same whenever and wherever it is made, and another one with another seed", async () => {
    expect([undisturbed.method, new Set(xs(undisturbed)).size]).toEqual(["tpe", 14]);
    await using rig = rigOf("");
    await run(rig, 0, ...SEARCH);
    expect(xs(await infoOf(rig, "1.train"))).toEqual(xs(undisturbed));
    await run(rig, 0, ...SEARCH, "--seed", "7", "--trials", "3");
    expect(xs(await infoOf(rig, "latest.train"))).not.toEqual(xs(undisturbed).slice(0, 3));
  });

  it.each([
    "task-begun:1",
    "execution-created:1",
    "execution-created:12",
    "finish-committed:11",
    "finish-committed:14",
    "task-finished:1",
  ])("goes on after the death of its engine at %s with the trial that would have come next", async (point) => {
    await using rig = rigOf("");
    const killed = await rig.startIn(rig.root, { HEADRACE_TEST_KILL_AT: point }, "run", ...SEARCH).result;
    expect(killed.signal).toBe("SIGKILL");
    const resumed = await rig.json<RunDetailView>(0, "resume", "latest");
    expect(resumed.nodes).toMatchObject([{ state: "complete", task: { complete: 14, failed: 0 } }]);
    const task = await infoOf(rig, `${resumed.number}.train`);
    expect(xs(task)).toEqual(xs(undisturbed));
    expect(new Set(task.trials.map(({ execution }) => execution)).size).toBe(14);
  });
});

describe("while a task runs", () => {
  const WAITING = `while ! test -e $XDG_CACHE_HOME/go-$1; do sleep 0.1; done; ${SCRIPT}`;

  it("an execution can be pruned, trials be added, and the whole task be stopped", async () => {
    await using rig = rigOf("", WAITING);
    const sweep = ["train", "--sweep", "x=1..100", "--trials", "2", "--search", "random", "--jobs", "1"];
    const running = rig.start("run", ...sweep);
    await running.sees("run #1");
    const first = await until(rig, ({ trials }) => trials[0]?.state === "started");
    const execution = String(first.trials[0]?.execution);
    expect(await rig.json(0, "trials", "1.train", "--add", "1")).toMatchObject({ planned: 3 });
    expect(await rig.json(0, "trials", execution, "--prune")).toMatchObject({ stopped: true });
    await until(rig, ({ trials }) => trials[0]?.outcome === "pruned" && trials[1]?.state === "started");
    expect(await rig.json(0, "stop", "1.train")).toMatchObject({ stopped: true });
    await running.result;
    const task = await infoOf(rig, "1.train");
    expect([task.state, task.reason, ...outcomes(task)]).toEqual([
      "stopped",
      "stopped by request",
      "pruned",
      "stopped",
    ]);
  });

  async function until(rig: ProjectRig, holds: (task: TaskView) => boolean): Promise<TaskView> {
    for (;;) {
      const { stdout, code } = await rig.headrace("info", "1.train", "--json");
      const task = code === 0 ? (JSON.parse(stdout) as { readonly task: TaskView }).task : undefined;
      if (task !== undefined && holds(task)) return task;
    }
  }
});

// No record is made, in whichever database.
describe.skipIf(isOnPostgres)("a task that cannot run is refused before anything is recorded", () => {
  it.each([
    [taskOf("type: distributed", "[1]"), "a distributed task needs to know how many members it has"],
    [taskOf("goal: max:auc", "[]"), "`items` is empty: there is no value to run with"],
    [taskOf("goal: max:auc", "[1, two]"), 'x: "two" is not an integer'],
    [taskOf("type: bayesian_tpe"), "a Bayesian search needs to know what it looks for"],
    [
      `- task:
    name: tune
    step: train
    parameters:
      - { name: x, style: linear, rules: { start: 1, end: 1000, step: 1 } }
      - { name: kind, style: multiple, rules: { items: [${Array.from({ length: 1000 }, (_, index) => `k${index}`).join(", ")}] } }
`,
      "the task has 1000000 sets of values, and without a limit at most 10000 are run",
    ],
    [
      taskOf("goal: max:auc").replace(
        "multiple, rules: { items: [1, 2, 3, 4] }",
        "linear, rules: { start: 1, end: 5, step: -1 }",
      ),
      "`step` -1 leads away from `end`: from 1 it never comes to 5",
    ],
  ])("%#", async (yaml, message) => {
    await using rig = rigOf(yaml);
    const { code, stderr } = await rig.headrace("run", "tune");
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(await rig.json<readonly unknown[]>(0, "ls")).toEqual([]);
  });
});
