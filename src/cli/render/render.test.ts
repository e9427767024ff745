import { describe, expect, it } from "vitest";
import type { ComparisonView, ExecutionView, LogLine, NodeView, RunRowView } from "../../api/index.ts";
import {
  SAMPLE_NOW,
  sampleDatum,
  sampleExecution,
  sampleNode,
  sampleRun,
  sampleRunDetail,
  sampleRunList,
} from "../sample-views.ts";
import { NodePrefix } from "../terminal/node-prefix.ts";
import { makeStyle, PLAIN } from "../terminal/style.ts";
import { textWidth } from "../terminal/width.ts";
import { renderComparison } from "./comparison.ts";
import { renderExecution } from "./execution.ts";
import { formatLogLine } from "./logs.ts";
import { metricsText } from "./metrics.ts";
import { renderDownload, renderOutputs } from "./outputs.ts";
import { renderRunDetail } from "./run-detail.ts";
import { renderAbandoned, renderRuns } from "./runs.ts";

const at = (width: number) => ({ width, style: PLAIN, now: SAMPLE_NOW });
const text = (lines: readonly string[]): string => `\n${lines.join("\n")}\n`;
/** Local times differ from machine to machine. */
const withoutClock = (lines: readonly string[]): string =>
  text(lines).replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "YYYY-MM-DD HH:MM:SS");

describe("attempts in headrace info", () => {
  const failed = { number: 5, attempt: 1, state: "error", reason: "it exited with code 1" } as const;

  it.each<readonly [string, Partial<NodeView>, Partial<ExecutionView>, RegExp]>([
    [
      "of a node that succeeded at last",
      { attempts: 3, earlierAttempts: [failed] },
      { number: 6, attempt: 2, metadata: {} },
      /attempt 2 of 3 \(before: #5\)/,
    ],
    [
      "of one that waits",
      {
        ...{ state: "waiting", attempts: 3, reason: "no luck" },
        waitingFor: { kind: "retry", attempt: 3, at: "2026-03-01T12:00:05.000Z" },
        earlierAttempts: [failed],
      },
      { state: "error", attempt: 2 },
      /attempt 2 of 3 \(before: #5\) {2}waits for: third attempt at [-: \d]+ {2}no luck/,
    ],
  ])("%s", (_, node, execution, expected) => {
    const run = sampleRunDetail({ nodes: [sampleNode({ ...node, execution: sampleExecution(execution) })] });
    expect(text(renderRunDetail(run, at(200)))).toMatch(expected);
  });

  it("are not spoken of where there was one", () => {
    expect(text(renderRunDetail(sampleRunDetail(), at(200)))).not.toContain("attempt");
    expect(text(renderExecution(sampleExecution(), at(100)))).not.toContain("attempt");
    expect(text(renderExecution(sampleExecution({ attempt: 2 }), at(100)))).toMatch(/attempt +2\n/);
  });
});

describe("headrace ls", () => {
  const runs = [
    sampleRun({
      number: 12,
      state: "started",
      durationS: null,
      finishedAt: null,
      createdAt: "2026-03-01T11:59:50Z",
      startedAt: "2026-03-01T11:59:50Z",
    }),
    sampleRun({
      number: 9,
      state: "error",
      title: "more trees, and a title that goes on and on and on and on",
      tags: ["nightly", "gpu"],
      durationS: 12.34,
    }),
    sampleRun({ number: 3, name: "a-pipeline-with-a-rather-long-name", kind: "step" }),
    sampleRun({ number: 1, state: "created", startedAt: null, durationS: null, createdAt: "2025-12-24T00:00:00Z" }),
  ];
  const context = { limit: 20, isFiltered: false, isSorted: false };

  it("is a table, at 80 columns", () => {
    expect(text(renderRuns(sampleRunList(runs), { ...at(80), ...context }))).toMatchInlineSnapshot(`
      "
       #  NAME                   STATE       CREATED       TIME  TITLE · TAGS
      12  flights                ● started   10s ago      10.0s
       9  flights                ✗ error     2m ago       12.3s  more trees, and a ti…
       3  a-pipeline…-long-name  ✓ complete  2m ago      1m 05s
       1  flights                ○ created   2025-12-24       –
      "
    `);
  });

  it.each([
    [[], []],
    [
      [4],
      ["", "no process drives run 4: `headrace resume` or `headrace engine` carries on, `headrace stop N` ends it"],
    ],
    [
      [4, 9],
      ["", "no process drives runs 4, 9: `headrace resume` or `headrace engine` carries on, `headrace stop N` ends it"],
    ],
    [
      [1, 2, 3, 4, 5, 6, 7],
      [
        "",
        "no process drives runs 1, 2, 3, 4, 5 and 2 more: `headrace resume` or `headrace engine` carries on, `headrace stop N` ends it",
      ],
    ],
  ])("says what to do about the abandoned runs %j", (numbers, lines) => {
    const abandoned = numbers.map((number) => sampleRun({ number, state: "started" }));
    expect(renderAbandoned(abandoned, PLAIN)).toEqual(lines);
  });

  it("has more room at 120 columns", () => {
    expect(text(renderRuns(sampleRunList(runs), { ...at(120), ...context }))).toMatchInlineSnapshot(`
      "
       #  NAME                                STATE       CREATED       TIME  TITLE · TAGS
      12  flights                             ● started   10s ago      10.0s
       9  flights                             ✗ error     2m ago       12.3s  more trees, and a title that goes on and on and…
       3  a-pipeline-with-a-rather-long-name  ✓ complete  2m ago      1m 05s
       1  flights                             ○ created   2025-12-24       –
      "
    `);
  });

  it("says how to go on when there are more", () => {
    expect(renderRuns(sampleRunList(runs.slice(0, 2)), { ...at(80), ...context, limit: 2 }).at(-1)).toBe(
      "older ones: headrace ls --before 9",
    );
    expect(renderRuns(sampleRunList(runs), { ...at(80), ...context, limit: 4 }).at(-1)).toContain("2025-12-24");
  });

  it("shows values, progress, and runs in which nothing ran", () => {
    const rows: readonly Partial<RunRowView>[] = [
      {
        number: 12,
        state: "started",
        finishedAt: null,
        durationS: null,
        nodes: { total: 8, ended: 3 },
        values: { auc: 0.712345678 },
      },
      { number: 9, allReused: true, values: { auc: 0.7, depth: 3 } },
    ];
    expect(text(renderRuns(sampleRunList(rows, ["auc", "depth"]), { ...at(80), ...context }))).toMatchInlineSnapshot(`
      "
       #  NAME     STATE             auc  depth  CREATED    TIME
      12  flights  ● started 3/8  0.7123      –  2m ago   2m 00s
       9  flights  ↺ reused          0.7      3  2m ago   1m 05s
      "
    `);
  });

  it("says why it is empty", () => {
    expect(renderRuns(sampleRunList([]), { ...at(80), ...context })[0]).toBe("Nothing has run here yet.");
    expect(renderRuns(sampleRunList([]), { ...at(80), ...context, isFiltered: true })).toEqual(["No run fits."]);
  });
});

describe("headrace info of a run", () => {
  const run = sampleRunDetail({
    title: "more trees",
    tags: ["nightly"],
    state: "error",
    reason: "node train failed: the command ended with exit code 1",
    parameters: { threshold: 0.65, months: [1, 2] },
    nodes: [
      sampleNode({ name: "extract", execution: sampleExecution({ number: 4, metadata: { rows: 336_776 } }) }),
      sampleNode({
        state: "error",
        reason: "the command ended with exit code 1",
        execution: sampleExecution({ state: "error" }),
      }),
      sampleNode({ name: "approve", state: "skipped", reason: "train failed", execution: null }),
    ],
  });

  it.each([80, 120])("shows facts and nodes at %i columns", (width) => {
    expect(withoutClock(renderRunDetail(run, at(width)))).toMatchSnapshot();
  });
});

describe("headrace info of an execution", () => {
  it.each([80, 120])("shows everything at %i columns", (width) => {
    expect(
      withoutClock(renderExecution(sampleExecution({ environmentVariables: { SEED: "1" } }), at(width))),
    ).toMatchSnapshot();
  });

  it("shows what went wrong, and leaves out what there is not", () => {
    const execution = sampleExecution({
      node: "train-big",
      state: "error",
      reason: "killed by signal SIGKILL",
      exitCode: null,
      signal: "SIGKILL",
      image: "",
      parameters: {},
      metadata: {},
      inputs: [],
      outputs: [],
      runtimeFacts: {},
      command: [],
    });
    expect(withoutClock(renderExecution(execution, at(80)))).toMatchInlineSnapshot(`
      "
      Execution 5  node train-big (step train)  ✗ error  in run 3

        reason   killed by signal SIGKILL
        signal   SIGKILL
        created  YYYY-MM-DD HH:MM:SS (2m ago)
        took     8.1s
        code     ~abababababab

        Ran in
          environment  local

        headrace logs 5 · headrace outputs 5 --download DIR · headrace checkout 5 DIR
      "
    `);
  });
});

describe("headrace outputs", () => {
  const outputs = [
    sampleDatum(),
    sampleDatum({ name: "plots/2026/the-receiver-operating-characteristic.png", sizeBytes: 98_765, node: "evaluate" }),
  ];

  it.each([80, 120])("lists files at %i columns", (width) => {
    expect(text(renderOutputs(outputs, at(width)))).toMatchSnapshot();
  });

  it("says so when there are none", () => {
    expect(renderOutputs([], at(80))).toEqual(["No outputs."]);
    expect(renderDownload([], "out", at(80))).toEqual(["No outputs."]);
  });

  it("tells what was written", () => {
    expect(renderDownload(["out/a", "out/b"], "out", at(80))).toEqual([
      "out/a",
      "out/b",
      "✓ 2 files written below out",
    ]);
  });
});

describe("headrace compare", () => {
  const comparison: ComparisonView = {
    subjects: [
      { number: 3, kind: "run", name: "flights", state: "complete", createdAt: "2026-03-01T11:00:00Z", durationS: 61 },
      { number: 12, kind: "run", name: "flights", state: "error", createdAt: "2026-03-01T11:58:00Z", durationS: null },
    ],
    missing: [
      { node: "load", subjects: [12] },
      { node: "clean", subjects: [12] },
    ],
    sections: [
      { title: "facts", node: null, rows: [{ name: "state", values: ["complete", "error"], differs: true }] },
      {
        title: "parameters",
        node: "train",
        rows: [
          { name: "trees", values: [100, 100], differs: false },
          { name: "rate", values: [0.1, 0.05], differs: true },
          { name: "depth", values: [null, 4], differs: true },
        ],
      },
      {
        title: "inputs",
        node: "train",
        rows: [{ name: "table/flights.parquet", values: ["ab".repeat(32), "ab".repeat(32)], differs: false }],
      },
    ],
  };

  it.each([80, 120])("shows what differs at %i columns", (width) => {
    expect(text(renderComparison(comparison, { ...at(width), all: false, only: [] }))).toMatchSnapshot();
  });

  it("shows equal rows below the differing ones when asked to", () => {
    expect(text(renderComparison(comparison, { ...at(80), all: true, only: [] }))).toMatchInlineSnapshot(`
      "
                                 #3 flights    #12 flights   Δ
                                 ✓ complete    ✗ error
                                 1h ago        2m ago
                                 1m 01s        –

      facts
        ≠ state                  complete      error

      train · parameters
        ≠ rate                   0.1           0.05          -0.05 (-50 %)
        ≠ depth                  –             4
        = trees                  100           100

      train · inputs
        = table/flights.parquet  abababababab  abababababab

      not in #12: load, clean

      3 differences, 2 equal
      "
    `);
  });

  it("shows chosen sections alone, long texts from where they differ, and how contents changed", () => {
    const long = "python train.py --verbose --folds=5 --model=";
    const rows = [
      { name: "command", values: [`${long}forest`, `${long}boost`], differs: true },
      { name: "model.json", values: ["ab".repeat(32), "cd".repeat(32)], differs: true, change: "depth 3 → 5" },
    ];
    const sections = [{ title: "code" as const, node: "train", rows }, ...comparison.sections];
    expect(
      text(renderComparison({ ...comparison, missing: [], sections }, { ...at(80), all: false, only: ["code"] })),
    ).toMatchInlineSnapshot(`
      "
                      #3 flights     #12 flights
                      ✓ complete     ✗ error
                      1h ago         2m ago
                      1m 01s         –

      train · code
        ≠ command     …model=forest  …model=boost
        ≠ model.json  abababababab   cdcdcdcdcdcd
            depth 3 → 5

      2 differences, 0 equal
      "
    `);
  });

  it("says when nothing differs", () => {
    const equal = { ...comparison, missing: [], sections: comparison.sections.slice(2) };
    expect(renderComparison(equal, { ...at(80), all: false, only: [] }).at(-1)).toBe(
      "Nothing differs (1 fact compared; --all shows them).",
    );
  });
});

describe("log lines", () => {
  const line: LogLine = {
    execution: 5,
    node: "train",
    at: "2026-03-01T12:00:00.123Z",
    stream: "stdout",
    text: "epoch 1",
    continues: false,
  };
  const tasks = new Set(["tune"]);
  const prefix = { timestamps: false, node: new NodePrefix([], PLAIN), tasks, style: PLAIN };

  it.each([
    ["as they are", line, prefix, false, "epoch 1\n"],
    [
      "with the node",
      line,
      { ...prefix, node: new NodePrefix(["train", "evaluate"], PLAIN) },
      false,
      "train    │ epoch 1\n",
    ],
    [
      "with the time",
      line,
      { ...prefix, timestamps: true, node: new NodePrefix(["train", "a"], PLAIN) },
      false,
      "2026-03-01T12:00:00.123Z train │ epoch 1\n",
    ],
    [
      "cut ones go on",
      { ...line, continues: true },
      { ...prefix, node: new NodePrefix(["train", "a"], PLAIN) },
      false,
      "train │ epoch 1",
    ],
    [
      "with the execution of a task",
      { ...line, node: "tune", execution: 12 },
      { ...prefix, node: new NodePrefix(["tune #9", "tune #12"], PLAIN) },
      false,
      "tune #12 │ epoch 1\n",
    ],
    ["without a second prefix", line, { ...prefix, node: new NodePrefix(["train", "a"], PLAIN) }, true, "epoch 1\n"],
  ])("%s", (_how, given, how, isMidLine, expected) => {
    expect(formatLogLine(given, how, isMidLine)).toBe(expected);
  });
});

describe("metricsText", () => {
  it("shows short values only, and no keys of libraries", () => {
    expect(
      metricsText({ auc: 0.731284, step: 3, _time: 1, matrix: [[1]], note: "x".repeat(41), ok: true, name: "a\nb" }),
    ).toBe("auc=0.7313  step=3  ok=true  name=a b");
  });
});

describe("every view", () => {
  const style = makeStyle(true);
  it.each([80, 120])("stays within %i columns, with colour", (width) => {
    const wide = { width, style, now: SAMPLE_NOW };
    const long = "x".repeat(300);
    const execution = sampleExecution({
      parameters: { long },
      metadata: { [long.slice(0, 40)]: long },
      inputs: [{ input: long, name: long, uri: long, datum: "d", sha256: "ab".repeat(32), sizeBytes: 1, madeBy: null }],
    });
    const lines = [
      ...renderRuns(sampleRunList([{ name: long, title: long, values: { [long]: long } }], [long]), {
        ...wide,
        limit: 20,
        isFiltered: false,
        isSorted: false,
      }),
      ...renderRunDetail(sampleRunDetail({ nodes: [sampleNode({ name: long, reason: long })] }), wide),
      ...renderExecution(execution, wide),
      ...renderOutputs([sampleDatum({ name: long, node: long })], wide),
    ];
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });
});

describe("very much", () => {
  const outputs = Array.from({ length: 200_000 }, (_, n) => sampleDatum({ name: `file-${n}` }));

  it("of files is listed in a pipe, and counted on a terminal", () => {
    expect(renderOutputs(outputs, at(Infinity))).toHaveLength(200_002);
    const shown = renderOutputs(outputs, { ...at(80), limit: 300 });
    expect(shown).toHaveLength(303);
    expect(shown.at(-2)).toBe("… and 199,700 more files; --all shows them");
    const info = text(renderExecution(sampleExecution({ outputs }), at(80)));
    expect(info).toContain("… and 199,900 more files: headrace outputs 5 --all\n");
    expect(renderExecution(sampleExecution({ outputs }), at(Infinity)).length).toBeGreaterThan(200_000);
  });

  it("of a key does not make the others wide", () => {
    const metadata = { ["k".repeat(5000)]: 1, loss: 2 };
    const lines = renderExecution(sampleExecution({ metadata }), at(80));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
    expect(lines.find((line) => line.includes("loss"))).toMatch(/^ {4}loss {38}2$/);
  });
});
