import { describe, expect, it } from "vitest";
import { formatClock, formatTime } from "./format.ts";
import { waitingText } from "./waiting-text.ts";

const NOW = new Date(2026, 2, 1, 12, 0, 0).getTime();
const SOON = NOW + 190_000;
const TOMORROW = NOW + 86_400_000;

describe("what a node waits for", () => {
  it.each<readonly [string, Parameters<typeof waitingText>[0]]>([
    [`second attempt at ${formatClock(SOON)}`, { kind: "retry", attempt: 2, at: SOON }],
    [`third attempt at ${formatClock(SOON)}`, { kind: "retry", attempt: 3, at: new Date(SOON).toISOString() }],
    [`tenth attempt at ${formatClock(SOON)}`, { kind: "retry", attempt: 10, at: SOON }],
    [`12th attempt at ${formatClock(SOON)}`, { kind: "retry", attempt: 12, at: SOON }],
    [`21st attempt at ${formatClock(SOON)}`, { kind: "retry", attempt: 21, at: SOON }],
    [`113th attempt at ${formatClock(SOON)}`, { kind: "retry", attempt: 113, at: SOON }],
    [`another attempt at ${formatClock(SOON)}`, { kind: "retry", at: SOON }],
    [`second attempt at ${formatTime(new Date(TOMORROW).toISOString())}`, { kind: "retry", attempt: 2, at: TOMORROW }],
  ])("%s", (text, waitingFor) => {
    expect(waitingText(waitingFor, NOW)).toBe(`waits for: ${text}`);
  });
});
