import { describe, expect, it } from "vitest";
import { failingRun, sampleEvents } from "../../views/fixtures/sample-events.ts";
import { applyEvent, formatClock, type LiveState, newLiveState } from "../../views/index.ts";
import { makeStyle, PLAIN } from "../terminal/style.ts";
import { textWidth } from "../terminal/width.ts";
import { renderLive } from "./view.ts";

// A multiple of the spinner's round, so that it stands at its first picture.
const START = 480_000_000;

function stateAfter(count: number): LiveState {
  const state = newLiveState("flights", ["extract", "train", "approve"]);
  for (const event of failingRun(START).slice(0, count)) applyEvent(state, event);
  return state;
}

function frame(
  state: LiveState,
  seconds: number,
  options: { width?: number; height?: number; message?: string } = {},
): readonly string[] {
  const { width = 80, height = 24, ...rest } = options;
  return renderLive(state, { width, height, style: PLAIN, now: START + seconds * 1000, ...rest });
}

describe("the live view", () => {
  it("says what a node is doing until it has something to show", () => {
    expect(frame(stateAfter(6), 0.96)).toEqual([
      "◐ flights #3  1.0s  0 of 3 complete, 1 queued",
      "  ◌ extract  #4          building the Python environment",
      "  ○ train",
      "  ○ approve",
    ]);
  });

  it("shows times and last metrics", () => {
    expect(frame(stateAfter(15), 7.2)).toEqual([
      "◐ flights #3  7.2s  1 of 3 complete, 1 running",
      "  ✓ extract  #4    3.2s  rows=336776",
      "  ◐ train    #5    2.9s  iteration=2  auc=0.7",
      "  ○ approve",
    ]);
  });

  it("says between two attempts when the next one begins, and how long the last one took", () => {
    const state = newLiveState("p", ["a"]);
    const waitingFor = { kind: "retry", attempt: 2, at: START + 9_000 } as const;
    const events = sampleEvents(
      START,
      [0, { kind: "execution-created", number: 2, node: "a", step: "a" }],
      [1, { kind: "execution-state", node: "a", state: "started" }],
      [1.2, { kind: "execution-metadata", node: "a", values: { auc: 0.7 } }],
      [2, { kind: "execution-state", node: "a", state: "error", exitCode: 1 }],
      [2, { kind: "node-state", node: "a", state: "waiting", reason: "no luck", waitingFor }],
    );
    for (const event of events) applyEvent(state, event);
    expect(frame(state, 5)[1]).toBe(
      `  ○ a  #2    1.0s  waits for: second attempt at ${formatClock(START + 9_000)} (no luck)`,
    );
    for (const event of sampleEvents(START, [9.5, { kind: "execution-created", number: 3, node: "a", step: "a" }]))
      applyEvent(state, event);
    expect(frame(state, 10)[1]).toBe("  ◔ a  #3          attempt 2");
  });

  it("ends with why", () => {
    expect(frame(stateAfter(99), 99)).toEqual([
      "✗ flights #3  12.5s  1 of 3 complete, 1 failed, 1 skipped",
      "  ✓ extract  #4    3.2s  rows=336776",
      "  ✗ train    #5    8.0s  the command ended with exit code 1",
      "  ⊘ approve              train failed",
    ]);
  });

  it("says what it was told to in place of the counts", () => {
    expect(frame(stateAfter(15), 7.2, { message: "stopping… (Ctrl-C again kills the steps at once)" })[0]).toBe(
      "◐ flights #3  7.2s  stopping… (Ctrl-C again kills the steps at once)",
    );
  });

  it.each([40, 80, 120])("never writes a line wider than %i columns", (width) => {
    const state = newLiveState("a-pipeline-with-quite-a-long-name", [
      "a-node-whose-name-is-longer-than-its-column-may-be",
      "訓練",
    ]);
    const events = sampleEvents(
      START,
      [0, { kind: "run-created", number: 12_345, name: "a-pipeline-with-quite-a-long-name" }],
      [0, { kind: "execution-created", number: 12_346, node: "訓練", step: "t" }],
      [0, { kind: "execution-state", node: "訓練", state: "started" }],
      [
        0,
        {
          kind: "execution-metadata",
          node: "訓練",
          values: { metric: "x".repeat(39), other: "y".repeat(39), third: "z".repeat(39) },
        },
      ],
    );
    for (const event of events) applyEvent(state, event);
    for (const style of [PLAIN, makeStyle(true)]) {
      const lines = renderLive(state, { width, height: 24, style, now: START + 5000 });
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  it("turns the spinner with the clock", () => {
    const glyphs = [0, 0.12, 0.24, 0.36, 0.48].map((seconds) => frame(stateAfter(7), seconds)[0]?.[0]);
    expect(glyphs).toEqual(["◐", "◓", "◑", "◒", "◐"]);
  });

  it("tells every state by its shape", () => {
    const states = ["waiting", "queued", "stopping", "complete", "error", "stopped", "skipped"];
    const glyphs = states.map((state) => {
      const live = newLiveState("p", ["a"]);
      const node = live.nodes.get("a");
      if (node !== undefined) node.state = state;
      return frame(live, 0)[1]?.trim()[0];
    });
    expect(glyphs).toEqual(["○", "◔", "◧", "✓", "✗", "■", "⊘"]);
  });
});

describe("a graph higher than the terminal", () => {
  const state = newLiveState(
    "big",
    Array.from({ length: 100 }, (_, index) => `node-${index}`),
  );
  const started = (index: number) => [
    [0, { kind: "execution-created", number: index + 2, node: `node-${index}`, step: "s" }] as const,
    [1, { kind: "execution-state", node: `node-${index}`, state: "started" }] as const,
  ];
  const complete = (index: number) =>
    [2, { kind: "execution-state", node: `node-${index}`, state: "complete", exitCode: 0 }] as const;
  const events = sampleEvents(
    START,
    [0, { kind: "run-created", number: 1, name: "big" }],
    ...Array.from({ length: 60 }, (_, index) => started(index)).flat(),
    ...Array.from({ length: 50 }, (_, index) => complete(index)),
    [3, { kind: "execution-state", node: "node-55", state: "error", exitCode: 2 }],
  );
  for (const event of events) applyEvent(state, event);

  it("shows what runs and what failed, in the plan's order, and counts the rest", () => {
    expect(frame(state, 4.8, { height: 12 })).toEqual([
      "◐ big #1  4.8s  50 of 100 complete, 9 running, 1 failed",
      ...[50, 51, 52, 53, 54].map((index) => `  ◐ node-${index}  #${index + 2}    3.8s`),
      "  ✗ node-55  #57    2.0s  exit code 2",
      ...[56, 57, 58, 59].map((index) => `  ◐ node-${index}  #${index + 2}    3.8s`),
      "  … and 90 more",
    ]);
  });

  it("fills what room is left with what comes next, then with what ended last", () => {
    const lines = frame(state, 4.8, { height: 16 });
    expect(lines).toHaveLength(16);
    expect(lines.slice(-4)).toEqual(["  ○ node-61", "  ○ node-62", "  ○ node-63", "  … and 86 more"]);
  });
});
