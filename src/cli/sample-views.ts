import type {
  DatumView,
  ExecutionView,
  NodeView,
  RunDetailView,
  RunListView,
  RunRowView,
  RunView,
} from "../api/index.ts";

/** Views with everything filled in, for tests: each names only what it is about. */

export const SAMPLE_NOW = Date.parse("2026-03-01T12:00:00.000Z");

export function sampleRun(change: Partial<RunView> = {}): RunView {
  return {
    number: 3,
    id: "0195-run",
    kind: "pipeline",
    name: "flights",
    state: "complete",
    reason: null,
    title: null,
    note: null,
    tags: [],
    startedBy: "local:ada",
    stoppedBy: null,
    commit: `~${"ab".repeat(32)}`,
    createdAt: "2026-03-01T11:58:00.000Z",
    startedAt: "2026-03-01T11:58:00.000Z",
    finishedAt: "2026-03-01T11:59:05.000Z",
    durationS: 65,
    ...change,
  };
}

/** The list that `headrace ls` shows. */
export function sampleRunList(rows: readonly Partial<RunRowView>[], columns: readonly string[] = []): RunListView {
  const empty = { nodes: { total: 1, ended: 1 }, approvals: 0, allReused: false, values: {} };
  const items = rows.map((row) => ({ ...sampleRun(), ...empty, ...row }));
  return { items, next: null, columns, unknownNames: [], knownNames: [] };
}

export function sampleExecution(change: Partial<ExecutionView> = {}): ExecutionView {
  return {
    number: 5,
    id: "0195-execution",
    run: 3,
    node: "train",
    step: "train",
    state: "complete",
    reason: null,
    stoppedBy: null,
    exitCode: 0,
    signal: null,
    attempt: 1,
    commit: `~${"ab".repeat(32)}`,
    image: "python:3.12",
    command: ["python train.py --rate=0.1"],
    parameters: { rate: 0.1, trees: 100 },
    environmentVariables: {},
    environment: "local",
    runtimeFacts: { executor: "local", sandbox: "bubblewrap" },
    statusDetail: null,
    warnings: [],
    metadata: { auc: 0.731284123, iteration: 100 },
    metadataLeftOut: [],
    inputs: [
      {
        input: "table",
        name: "flights.parquet",
        uri: "datum://d1",
        datum: "d1",
        sha256: "12".repeat(32),
        sizeBytes: 12_345_678,
        madeBy: null,
      },
    ],
    outputs: [sampleDatum()],
    createdAt: "2026-03-01T11:58:00.000Z",
    startedAt: "2026-03-01T11:58:01.000Z",
    finishedAt: "2026-03-01T11:58:09.100Z",
    durationS: 8.1,
    cost: null,
    ...change,
  };
}

export function sampleDatum(change: Partial<DatumView> = {}): DatumView {
  return {
    id: "d2",
    uri: "datum://d2",
    name: "model.pkl",
    sizeBytes: 4321,
    sha256: "cd".repeat(32),
    execution: 5,
    node: "train",
    createdAt: "2026-03-01T11:58:09.000Z",
    properties: {},
    ...change,
  };
}

export function sampleNode(change: Partial<NodeView> = {}): NodeView {
  const execution = sampleExecution();
  return {
    name: "train",
    step: "train",
    group: null,
    state: "complete",
    reason: null,
    dependsOn: [],
    reused: false,
    attempts: 1,
    waitingFor: null,
    kind: "execution",
    earlierAttempts: [],
    execution,
    task: null,
    ...change,
  };
}

export function sampleRunDetail(change: Partial<RunDetailView> = {}): RunDetailView {
  return { ...sampleRun(), parameters: {}, groups: [], outputs: [], warnings: [], nodes: [sampleNode()], ...change };
}
