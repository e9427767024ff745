import type { EventBody, EventRecord } from "../../store/index.ts";

/** A body as tests write it: run and execution ids are filled in. */
type Short = EventBody extends infer Body ? (Body extends EventBody ? Omit<Body, "runId" | "executionId"> : never) : never;

/** Events with ids and times, for tests: each is `seconds` after the start and a body without its ids. */
export function sampleEvents(start: number, ...events: readonly (readonly [seconds: number, body: Short])[]): readonly EventRecord[] {
  return events.map(([seconds, body], index) => {
    const node = "node" in body && body.node !== undefined ? { executionId: `e-${body.node}` } : {};
    return { id: index + 1, at: start + seconds * 1000, body: { runId: "r", ...node, ...body } as EventBody };
  });
}

/** A pipeline whose training fails: every kind of event is in it. */
export function failingRun(start: number): readonly EventRecord[] {
  return sampleEvents(
    start,
    [0, { kind: "run-created", number: 3, name: "flights" }],
    [0, { kind: "run-state", state: "started" }],
    [0.1, { kind: "node-state", node: "extract", state: "active" }],
    [0.1, { kind: "execution-created", number: 4, node: "extract", step: "extract" }],
    [0.1, { kind: "execution-state", node: "extract", state: "queued" }],
    [0.2, { kind: "execution-detail", node: "extract", detail: "building the Python environment" }],
    [1, { kind: "execution-state", node: "extract", state: "started" }],
    [2, { kind: "execution-metadata", node: "extract", values: { rows: 336_776 } }],
    [3, { kind: "datum-created", node: "extract", datumId: "d", name: "flights.parquet" } as Short],
    [4.2, { kind: "execution-state", node: "extract", state: "complete", exitCode: 0 }],
    [4.2, { kind: "node-state", node: "extract", state: "complete" }],
    [4.3, { kind: "execution-created", number: 5, node: "train", step: "train" }],
    [4.3, { kind: "execution-state", node: "train", state: "started" }],
    [5, { kind: "execution-metadata", node: "train", values: { iteration: 1, auc: 0.7, _time: 1 } }],
    [6, { kind: "execution-metadata", node: "train", values: { iteration: 2 } }],
    [12.3, { kind: "execution-state", node: "train", state: "error", exitCode: 1, reason: "the command ended with exit code 1" }],
    [12.3, { kind: "node-state", node: "train", state: "error", reason: "the command ended with exit code 1" }],
    [12.4, { kind: "node-state", node: "approve", state: "skipped", reason: "train failed" }],
    [12.5, { kind: "run-state", state: "error", reason: "train failed" }],
  );
}
