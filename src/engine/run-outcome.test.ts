import { expect, it } from "vitest";
import type { Plan, PlannedNode } from "../planning/index.ts";
import { RunOutcome } from "./run-outcome.ts";

function outcomeOf(...nodes: readonly (readonly [string, PlannedNode["onError"]])[]): RunOutcome {
  return new RunOutcome({
    kind: "pipeline",
    name: "p",
    parameters: {},
    nodes: nodes.map(([name, onError]) => ({ name, onError })),
  } as unknown as Plan);
}

const NEVER = new AbortController().signal;

it("is complete when nothing speaks against it", () => {
  expect(outcomeOf(["a", "stop-next"]).end(NEVER)).toEqual({ state: "complete" });
});

it("names the nodes that failed in the plan's order, and no more than five", () => {
  const outcome = outcomeOf(["a", "stop-next"], ["b", "stop-all"], ["c", "continue"]);
  outcome.noteEnd("c", "error");
  expect(outcome.end(NEVER)).toEqual({ state: "complete" });
  outcome.noteEnd("b", "error");
  outcome.noteEnd("a", "error");
  expect(outcome.end(NEVER)).toEqual({ state: "error", reason: "a, b failed" });
  const many = outcomeOf(...Array.from({ length: 8 }, (_, index) => [`n${index}`, "stop-next"] as const));
  for (let index = 7; index >= 0; index--) many.noteEnd(`n${index}`, "error");
  expect(many.end(NEVER)).toEqual({ state: "error", reason: "n0, n1, n2, n3, n4 and 3 more nodes failed" });
});

it("is stopped for the reason given, unless a node had failed", () => {
  const outcome = outcomeOf(["a", "stop-all"]);
  const stop = AbortSignal.abort("stopped by the user");
  expect(outcome.end(stop)).toEqual({ state: "stopped", reason: "stopped by the user" });
  outcome.noteEnd("a", "error");
  expect(outcome.end(stop)).toEqual({ state: "error", reason: "a failed" });
});

it("is stopped when a node was, though nobody stopped the run", () => {
  const outcome = outcomeOf(["a", "continue"], ["b", "stop-next"], ["c", "stop-next"]);
  outcome.noteEnd("c", "complete");
  outcome.noteEnd("b", "stopped");
  expect(outcome.end(NEVER)).toEqual({ state: "stopped", reason: "b was stopped" });
  outcome.noteEnd("a", "stopped");
  expect(outcome.end(NEVER)).toEqual({ state: "stopped", reason: "a, b were stopped" });
  outcome.noteEnd("c", "error");
  expect(outcome.end(NEVER)).toEqual({ state: "error", reason: "c failed" });
});

it("is what the first action decided, whatever else happened", () => {
  const outcome = outcomeOf(["a", "stop-all"]);
  outcome.noteEnd("a", "error");
  outcome.decide({ state: "stopped", reason: "by an action" });
  outcome.decide({ state: "error", reason: "too late" });
  expect(outcome.end(AbortSignal.abort("x"))).toEqual({ state: "stopped", reason: "by an action" });
});
