import { describe, expect, it } from "vitest";
import type { OnError } from "../config/index.ts";
import type { Plan } from "../planning/index.ts";
import type { NodeRecord, NodeState } from "../store/index.ts";
import { restoreRun } from "./restore-run.ts";
import { RunGraph } from "./run-graph.ts";

interface NodeDraft {
  readonly after?: readonly string[];
  readonly onError?: OnError;
  /** As the store has it. */
  readonly state: NodeState;
}

function restored(drafts: Readonly<Record<string, NodeDraft>>) {
  const nodes = Object.entries(drafts).map(([name, { after = [], onError }]) => ({
    name,
    dependsOn: after,
    ...(onError && { onError }),
  }));
  const graph = new RunGraph({ kind: "pipeline", name: "p", parameters: {}, nodes: nodes as unknown as Plan["nodes"] });
  const records = Object.entries(drafts).map(([name, { state }], index): NodeRecord => {
    const begun = !["waiting", "skipped"].includes(state);
    return { runId: "r", name, index, state, ...(begun && { executionId: `execution of ${name}` }) };
  });
  const { ready, begun, ended, skipped, stopRun } = restoreRun(graph, records);
  return { ready, begun: begun.map(({ name }) => name), ended: ended.map(({ node }) => node), skipped, stopRun, graph };
}

describe("restoreRun", () => {
  it("of a fresh run: what has no sources is ready", () => {
    const { graph: _, ...found } = restored({ a: { state: "waiting" }, b: { state: "waiting", after: ["a"] } });
    expect(found).toEqual({ ready: ["a"], begun: [], ended: [], skipped: [], stopRun: undefined });
  });

  it("keeps nodes apart that wait for something", () => {
    const nodes = ["a", "b", "c"].map((name) => ({ name, dependsOn: name === "c" ? ["a"] : [] }));
    const graph = new RunGraph({
      kind: "pipeline",
      name: "p",
      parameters: {},
      nodes: nodes as unknown as Plan["nodes"],
    });
    const waitingFor = { kind: "retry", attempt: 2, at: 77 } as const;
    const record = { runId: "r", state: "waiting" } as const;
    const waits = { ...record, name: "a", index: 0, waitingFor, executionId: "first attempt of a" };
    const { ready, begun } = restoreRun(graph, [
      waits,
      { ...record, name: "b", index: 1 },
      { ...record, name: "c", index: 2 },
    ]);
    expect({ ready, begun, finished: graph.finished }).toEqual({
      ready: ["b"],
      begun: [waits],
      finished: false,
    });
  });

  it("goes on behind what has ended, and tells begun nodes from those that were not", () => {
    const { graph: _, ...found } = restored({
      a: { state: "complete" },
      b: { state: "active", after: ["a"] },
      c: { state: "waiting", after: ["a"] },
      d: { state: "waiting", after: ["b"] },
    });
    expect(found).toEqual({ ready: ["c"], begun: ["b"], ended: ["a"], skipped: [], stopRun: undefined });
  });

  it("skips what the engine did not live to skip, and that only", () => {
    const { skipped, ready, graph } = restored({
      a: { state: "error", onError: "stop-next" },
      b: { state: "skipped", after: ["a"] },
      c: { state: "waiting", after: ["a"] },
      d: { state: "waiting", after: ["c"] },
    });
    expect(skipped.map(({ node, reason }) => `${node}: ${reason}`).sort()).toEqual(["c: a failed", "d: a failed"]);
    expect(ready).toEqual([]);
    expect(graph.finished).toBe(true);
  });

  it("lets a failure that stops everything come last, so that what was begun by then is adopted", () => {
    const { begun, ended, skipped, stopRun, graph } = restored({
      broken: { state: "error", onError: "stop-all" },
      first: { state: "complete" },
      second: { state: "active", after: ["first"] },
      third: { state: "waiting", after: ["second"] },
    });
    expect([begun, ended, stopRun]).toEqual([["second"], ["broken", "first"], "broken failed"]);
    expect(skipped).toEqual([{ node: "third", reason: "broken failed (on-error: stop-all)" }]);
    expect(graph.finished).toBe(false);
    graph.end("second", "stopped");
    expect(graph.finished).toBe(true);
  });

  it("does not begin anew what was skipped because the run was stopped", () => {
    const { ready, graph } = restored({
      a: { state: "complete" },
      b: { state: "skipped", after: ["a"] },
      c: { state: "skipped", after: ["b"] },
    });
    expect(ready).toEqual([]);
    expect(graph.finished).toBe(true);
  });

  it("of a run whose every node has ended leaves nothing to do", () => {
    const { ready, begun, graph } = restored({
      a: { state: "error", onError: "continue" },
      b: { state: "complete", after: ["a"] },
    });
    expect([ready, begun, graph.finished]).toEqual([[], [], true]);
  });
});
