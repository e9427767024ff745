import { expect, test } from "vitest";
import { stateLook, stateText } from "./state-look.ts";

test.each([
  ["complete", "✓ complete", "good"],
  ["error", "✗ error", "bad"],
  ["stopping", "◧ stopping", "caution"],
  ["waiting", "○ waiting", "quiet"],
  ["constructor", "○ constructor", "quiet"],
])("the state %s is shown as %s", (state, text, tone) => {
  expect(stateText(state)).toBe(text);
  expect(stateLook(state).tone).toBe(tone);
});

test("each state has a shape of its own", () => {
  const states = [
    "complete",
    "reused",
    "error",
    "stopped",
    "stopping",
    "started",
    "queued",
    "preparing",
    "skipped",
    "created",
  ];
  expect(new Set(states.map((state) => stateLook(state).glyph)).size).toBe(states.length);
});
