import { describe, expect, test } from "vitest";
import { FINAL_STATES, type RunState } from "./records.ts";
import { EXECUTION_TRANSITIONS, isFinal, NODE_PREDECESSOR, RUN_TRANSITIONS, requireTransition } from "./transitions.ts";

const STATES = Object.keys(EXECUTION_TRANSITIONS) as RunState[];

describe.each([
  ["executions", EXECUTION_TRANSITIONS],
  ["runs", RUN_TRANSITIONS],
])("the table of %s", (_, table) => {
  test("has no way out of a final state and one out of each other", () => {
    const ends = STATES.filter((state) => table[state].length === 0);
    expect(ends).toEqual([...FINAL_STATES]);
    expect(STATES.filter(isFinal)).toEqual(ends);
  });

  test("never goes back, so that no history is endless", () => {
    const order: readonly RunState[] = ["created", "queued", "started", "stopping", "complete", "error", "stopped"];
    for (const from of STATES)
      for (const to of table[from]) expect(order.indexOf(to)).toBeGreaterThan(order.indexOf(from));
  });

  test("lets everything be stopped that has not ended", () => {
    for (const state of STATES) expect(table[state].includes("stopped")).toBe(!isFinal(state));
  });
});

test("nodes become active or are skipped from waiting, and end from active", () => {
  expect(NODE_PREDECESSOR).toEqual({
    active: "waiting",
    skipped: "waiting",
    complete: "active",
    error: "active",
    stopped: "active",
  });
});

test.each<readonly [RunState, RunState, string]>([
  ["queued", "complete", "execution 7 is queued and cannot become complete"],
  ["error", "complete", "execution 7 has ended already (error) and cannot become complete"],
])("from %s to %s is refused: %s", (from, to, message) => {
  expect(() => requireTransition(EXECUTION_TRANSITIONS, "execution 7", from, to)).toThrow(message);
});

test("what the table allows passes", () => {
  expect(() => requireTransition(RUN_TRANSITIONS, "run 1", "created", "started")).not.toThrow();
});
