import { describe, expect, it } from "vitest";
import type { ComparisonView, ExecutionView, RunRecordView } from "../../../api/index.ts";
import type { DescribedTask } from "../details.ts";
import { type Compared, compareSubjects } from "./compare-subjects.ts";

function execution(overrides: Partial<ExecutionView>): ExecutionView {
  const base = {
    number: 2,
    node: "train",
    state: "complete",
    exitCode: 0,
    durationS: 1,
    commit: "c1",
    image: "i",
    command: ["run"],
  };
  const empty = {
    parameters: {},
    metadata: {},
    metadataLeftOut: [],
    inputs: [],
    outputs: [],
    environment: "local",
    runtimeFacts: {},
    environmentVariables: {},
    createdAt: "t",
  };
  return { ...base, ...empty, ...overrides } as unknown as ExecutionView;
}

function run(number: number, commit: string, executions: readonly ExecutionView[]): Compared {
  const record = {
    ...{ number, kind: "pipeline", name: "p", state: "complete", durationS: 3 },
    ...{ commit, parameters: {}, createdAt: "t" },
  } as unknown as RunRecordView;
  return {
    kind: "run",
    run: record,
    executions: new Map(executions.map((item) => [item.node, item])),
    tasks: new Map(),
  };
}

/** With all nodes that any of them has. */
function compare(subjects: readonly Compared[], codes: readonly ReadonlyMap<string, string>[]): ComparisonView {
  const names = subjects.flatMap((subject) => (subject.kind === "run" ? [...subject.executions.keys()] : []));
  return compareSubjects(subjects, { nodes: [...new Set(names)], codes });
}

const NO_CODE = [new Map<string, string>(), new Map<string, string>()];

function rows(view: ReturnType<typeof compareSubjects>, title: string, node: string | null) {
  return view.sections.find((section) => section.title === title && section.node === node)?.rows;
}

describe("compareSubjects", () => {
  it("sets executions side by side, fact by fact", () => {
    const view = compare(
      [
        { kind: "execution", execution: execution({ parameters: { rate: 0.1, depth: 3 }, metadata: { auc: 0.7 } }) },
        {
          kind: "execution",
          execution: execution({ parameters: { rate: 0.2, depth: 3 }, metadata: { auc: 0.8, extra: [1, 2] } }),
        },
      ],
      NO_CODE,
    );
    expect(rows(view, "parameters", null)).toEqual([
      { name: "rate", values: [0.1, 0.2], differs: true },
      { name: "depth", values: [3, 3], differs: false },
    ]);
    expect(rows(view, "metadata", null)).toEqual([
      { name: "auc", values: [0.7, 0.8], differs: true },
      { name: "extra", values: [null, "[1,2]"], differs: true },
    ]);
  });

  it("matches nodes by name, also those that one run lacks", () => {
    const view = compare(
      [run(1, "c1", [execution({})]), run(5, "c1", [execution({}), execution({ node: "test", state: "error" })])],
      NO_CODE,
    );
    expect(view.missing).toEqual([{ node: "test", subjects: [1] }]);
    expect(rows(view, "facts", "test")).toBeUndefined();
    expect(rows(view, "facts", "train")?.every((row) => !row.differs)).toBe(true);
  });

  it("compares a node among the runs that have it", () => {
    const view = compare(
      [
        run(1, "c1", [execution({ metadata: { auc: 1 } })]),
        run(3, "c1", [execution({ node: "other" })]),
        run(5, "c1", [execution({ metadata: { auc: 1 } })]),
      ],
      [...NO_CODE, new Map()],
    );
    expect(view.missing).toEqual([
      { node: "train", subjects: [3] },
      { node: "other", subjects: [1, 5] },
    ]);
    expect(rows(view, "metadata", "train")).toEqual([{ name: "auc", values: [1, null, 1], differs: false }]);
  });

  it("counts neither durations nor a command's parameters", () => {
    const view = compare(
      [
        {
          kind: "execution",
          execution: execution({ durationS: 1, command: ["run --rate=0.1"], parameters: { rate: 0.1 } }),
        },
        {
          kind: "execution",
          execution: execution({ durationS: 2, command: ["run --rate=0.2"], parameters: { rate: 0.2 } }),
        },
      ],
      NO_CODE,
    );
    expect(rows(view, "facts", null)?.find(({ name }) => name === "duration (s)")).toMatchObject({
      values: [1, 2],
      differs: false,
    });
    expect(rows(view, "code", null)?.at(-1)).toEqual({
      name: "command",
      values: ["run --rate={}", "run --rate={}"],
      differs: false,
    });
  });

  it("takes a run of one node for its execution beside executions", () => {
    const view = compare(
      [
        run(1, "c1", [execution({ number: 2, metadata: { auc: 1 } })]),
        { kind: "execution", execution: execution({ number: 7, metadata: { auc: 2 } }) },
      ],
      NO_CODE,
    );
    expect(view.subjects.map(({ kind, number }) => [kind, number])).toEqual([
      ["execution", 2],
      ["execution", 7],
    ]);
    expect(rows(view, "metadata", null)).toEqual([{ name: "auc", values: [1, 2], differs: true }]);
  });

  it("shows the commit of runs once, and each file of the code that differs", () => {
    const codes = [
      new Map([
        ["train.py", "aa"],
        ["same.py", "cc"],
      ]),
      new Map([
        ["train.py", "bb"],
        ["same.py", "cc"],
        ["new.py", "dd"],
      ]),
    ];
    const view = compare([run(1, "c1", [execution({})]), run(3, "c2", [execution({ commit: "c2" })])], codes);
    expect(rows(view, "code", null)).toEqual([
      { name: "commit", values: ["c1", "c2"], differs: true },
      { name: "new.py", values: [null, "dd"], differs: true },
      { name: "train.py", values: ["aa", "bb"], differs: true },
    ]);
    expect(rows(view, "code", "train")?.map((row) => row.name)).toEqual(["command"]);
  });

  it("is not led astray by hostile names", () => {
    const hostile = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, number>;
    const view = compare([{ kind: "execution", execution: execution({ metadata: hostile }) }], [new Map()]);
    expect(rows(view, "metadata", null)?.map((row) => row.name)).toEqual(["__proto__", "constructor"]);
  });

  it("compares tasks by what became of their trials, and by the best of these", () => {
    const searched = (number: number, complete: number, best: ExecutionView | undefined): Compared => {
      const summary = { method: "tpe", goals: ["max:auc"], complete, pruned: 0, failed: 1, stopped: 0 };
      const task = { state: "complete", summary, best } as unknown as DescribedTask;
      return { ...(run(number, "c", []) as Extract<Compared, { kind: "run" }>), tasks: new Map([["tune", task]]) };
    };
    const best = execution({ parameters: { rate: 0.1 }, metadata: { auc: 0.8 } });
    const other = execution({ parameters: { rate: 0.3 }, metadata: { auc: 0.8 } });
    const names = { nodes: ["tune"], codes: NO_CODE };
    const view = compareSubjects([searched(1, 9, best), searched(2, 7, other)], names);
    expect(view.missing).toEqual([]);
    expect(rows(view, "facts", "tune")?.filter(({ differs }) => differs)).toEqual([
      { name: "trials complete", values: [9, 7], differs: true },
    ]);
    expect(rows(view, "parameters", "tune")).toEqual([{ name: "rate", values: [0.1, 0.3], differs: true }]);
    expect(rows(view, "metadata", "tune")).toEqual([{ name: "auc", values: [0.8, 0.8], differs: false }]);
    const without = compareSubjects([searched(1, 9, best), searched(2, 0, undefined)], names);
    expect(rows(without, "parameters", "tune")).toEqual([{ name: "rate", values: [0.1, null], differs: true }]);
  });

  it("takes a run of a single task beside an execution for the best trial", () => {
    const best = execution({ number: 7, parameters: { rate: 0.1 } });
    const task = { state: "complete", summary: {}, best } as unknown as DescribedTask;
    const searched = { ...(run(1, "c", []) as Extract<Compared, { kind: "run" }>), tasks: new Map([["tune", task]]) };
    const view = compareSubjects([searched, { kind: "execution", execution: execution({ number: 2 }) }], {
      nodes: [],
      codes: NO_CODE,
    });
    expect(view.subjects.map(({ number, kind }) => [number, kind])).toEqual([
      [7, "execution"],
      [2, "execution"],
    ]);
  });
});
