import { describe, expect, it } from "vitest";
import { failingRun, sampleEvents } from "./fixtures/sample-events.ts";
import { applyEvent, countOf, type LiveState, newLiveState } from "./live-state.ts";

const START = 1_000_000;

function stateAfter(count: number): LiveState {
  const state = newLiveState("flights", ["extract", "train", "approve"]);
  for (const event of failingRun(START).slice(0, count)) applyEvent(state, event);
  return state;
}

describe("the live state", () => {
  it("begins with every node waiting", () => {
    const state = stateAfter(0);
    expect([...state.nodes.values()].map((node) => [node.name, node.state])).toEqual([
      ["extract", "waiting"],
      ["train", "waiting"],
      ["approve", "waiting"],
    ]);
    expect(countOf(state, "waiting")).toBe(3);
  });

  it("follows a node from queued to its end", () => {
    expect(stateAfter(5).nodes.get("extract")).toMatchObject({
      state: "queued",
      executionNumber: 4,
      startedAt: undefined,
    });
    expect(stateAfter(6).nodes.get("extract")).toMatchObject({ detail: "building the Python environment" });
    expect(stateAfter(7).nodes.get("extract")).toMatchObject({ state: "started", startedAt: START + 1000 });
    expect(stateAfter(10).nodes.get("extract")).toMatchObject({
      state: "complete",
      finishedAt: START + 4200,
      detail: undefined,
      exitCode: 0,
    });
  });

  it("keeps the last value of each metric", () => {
    expect(stateAfter(15).nodes.get("train")?.metrics).toEqual({ iteration: 2, auc: 0.7, _time: 1 });
  });

  it("counts a node with earlier results as complete, and as reused", () => {
    const state = stateAfter(0);
    for (const event of sampleEvents(START, [0, { kind: "node-state", node: "train", state: "complete", reused: 4 }]))
      applyEvent(state, event);
    expect(state.nodes.get("train")).toMatchObject({
      state: "complete",
      executionNumber: 4,
      reused: true,
      startedAt: undefined,
    });
    expect([countOf(state, "complete"), state.reused]).toEqual([1, 1]);
  });

  it("ends as the run does", () => {
    const state = stateAfter(99);
    expect(state).toMatchObject({
      number: 3,
      name: "flights",
      state: "error",
      reason: "train failed",
      startedAt: START,
      finishedAt: START + 12_500,
    });
    expect(state.nodes.get("approve")).toMatchObject({ state: "skipped", reason: "train failed" });
    expect(Object.fromEntries([...state.counts].filter(([, count]) => count !== 0))).toEqual({
      complete: 1,
      error: 1,
      skipped: 1,
    });
  });

  it("says between two attempts why there is another, and counts them", () => {
    const state = newLiveState("p", ["a"]);
    const waitingFor = { kind: "retry", attempt: 2, at: START + 5_000 } as const;
    const events = sampleEvents(
      START,
      [0, { kind: "execution-created", number: 2, node: "a", step: "a" }],
      [2, { kind: "execution-state", node: "a", state: "error", exitCode: 1 }],
      [2, { kind: "node-state", node: "a", state: "waiting", reason: "it exited with code 1", waitingFor }],
    );
    for (const event of events) applyEvent(state, event);
    expect(state.nodes.get("a")).toMatchObject({
      state: "waiting",
      detail: "attempt 1 failed: it exited with code 1",
      finishedAt: START + 2_000,
      waitingFor,
    });
    expect([countOf(state, "waiting"), countOf(state, "error")]).toEqual([1, 0]);
    for (const event of sampleEvents(START, [5, { kind: "execution-created", number: 3, node: "a", step: "a" }]))
      applyEvent(state, event);
    expect(state.nodes.get("a")).toMatchObject({
      state: "queued",
      attempt: 2,
      detail: "attempt 2",
      waitingFor: undefined,
    });
  });

  it("starts anew with a second execution of a node", () => {
    const state = newLiveState("p", ["a"]);
    const events = sampleEvents(
      START,
      [0, { kind: "execution-created", number: 2, node: "a", step: "a" }],
      [1, { kind: "execution-state", node: "a", state: "started" }],
      [2, { kind: "execution-state", node: "a", state: "error", exitCode: 1 }],
      [3, { kind: "execution-created", number: 3, node: "a", step: "a" }],
      [4, { kind: "execution-state", node: "a", state: "started" }],
    );
    for (const event of events) applyEvent(state, event);
    expect(state.nodes.get("a")).toMatchObject({
      state: "started",
      executionNumber: 3,
      startedAt: START + 4000,
      finishedAt: undefined,
    });
    expect(countOf(state, "started")).toBe(1);
    expect(countOf(state, "error")).toBe(0);
  });

  it("shows a node that the plan at hand lacks", () => {
    const state = newLiveState("p", []);
    const [event] = sampleEvents(START, [0, { kind: "execution-progress", node: "late", message: "fetching data" }]);
    if (event !== undefined) applyEvent(state, event);
    expect(state.nodes.get("late")).toMatchObject({ state: "waiting", detail: "fetching data" });
    expect(countOf(state, "waiting")).toBe(1);
  });
});
