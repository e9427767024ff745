import { describe, expect, it } from "vitest";
import { failingRun, sampleEvents } from "../../views/fixtures/sample-events.ts";
import { applyEvent, formatClock, newLiveState } from "../../views/index.ts";
import { PLAIN } from "../terminal/style.ts";
import { plainLine, plainNotice } from "./plain-lines.ts";

const START = Date.parse("2026-03-01T12:01:03Z");
const CONTEXT = { nodeWidth: 7, style: PLAIN };

function linesOf(events: ReturnType<typeof failingRun>): readonly string[] {
  const state = newLiveState("flights", ["extract", "train", "approve"]);
  return events.flatMap((event) => {
    applyEvent(state, event);
    return plainLine(event, state, CONTEXT) ?? [];
  });
}

const clock = (seconds: number): string => formatClock(START + seconds * 1000);

describe("plain lines", () => {
  it("are one per event that matters", () => {
    expect(linesOf(failingRun(START))).toEqual([
      `${clock(0)}          run #3 flights`,
      `${clock(0)} extract  building the Python environment`,
      `${clock(1)} extract  started (#4)`,
      `${clock(4)} extract  complete (#4) after 3.2s`,
      `${clock(4)} train    started (#5)`,
      `${clock(12)} train    error (#5) after 8.0s: the command ended with exit code 1`,
      `${clock(12)} approve  skipped: train failed`,
    ]);
  });

  it("tell of another attempt, and of the wait before it", () => {
    const waiting = { kind: "node-state", node: "train", state: "waiting" } as const;
    const events = sampleEvents(
      START,
      [0, { ...waiting, waitingFor: { kind: "retry", attempt: 2, at: START + 2_000 } }],
      [3, { ...waiting, waitingFor: { kind: "retry", at: START + 3_000 } }],
    );
    expect(linesOf(events)).toEqual([
      `${clock(0)} train    waits for: second attempt at ${clock(2)}`,
      `${clock(3)} train    waits for: another attempt at ${clock(3)}`,
    ]);
  });

  it("tell of stopping", () => {
    const events = sampleEvents(
      START,
      [0, { kind: "execution-created", number: 4, node: "train", step: "train" }],
      [0, { kind: "execution-state", node: "train", state: "started" }],
      [1, { kind: "run-state", state: "stopping" }],
      [1, { kind: "execution-state", node: "train", state: "stopping" }],
      [2, { kind: "execution-state", node: "train", state: "stopped", reason: "stopped by the user" }],
    );
    expect(linesOf(events)).toEqual([
      `${clock(0)} train    started (#4)`,
      `${clock(1)}          stopping (0 of 3 complete, 1 running)`,
      `${clock(1)} train    stopping (#4)`,
      `${clock(2)} train    stopped (#4) after 2.0s: stopped by the user`,
    ]);
  });

  it("tell of progress, and of warnings of a node and of the run", () => {
    const events = sampleEvents(
      START,
      [0, { kind: "execution-progress", node: "train", message: "installing 12 packages" }],
      [1, { kind: "warning", node: "train", message: "an output could not be kept" }],
      [2, { kind: "warning", message: "images are not used" }],
    );
    expect(linesOf(events)).toEqual([
      `${clock(0)} train    installing 12 packages`,
      `${clock(1)} train    warning: an output could not be kept`,
      `${clock(2)}          warning: images are not used`,
    ]);
  });

  it("name the execution whose results a node has", () => {
    const events = sampleEvents(START, [0, { kind: "node-state", node: "train", state: "complete", reused: 4 }]);
    expect(linesOf(events)).toEqual([`${clock(0)} train    reused #4`]);
  });

  it("give notices the same form, on one line", () => {
    expect(plainNotice(START, "warning: no process\ndrives it", CONTEXT)).toBe(
      `${clock(0)}          warning: no process drives it`,
    );
    expect(plainNotice(START, "stopping…", { ...CONTEXT, nodeWidth: 0 })).toBe(`${clock(0)} stopping…`);
  });
});
