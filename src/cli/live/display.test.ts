import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failingRun, sampleEvents } from "../../views/fixtures/sample-events.ts";
import type { Cli } from "../cli.ts";
import { TestScreen } from "../terminal/test-screen.ts";
import { makeDisplay } from "./display.ts";

const START = 480_000_000;
const PLAN = {
  kind: "pipeline" as const,
  name: "flights",
  parameters: {},
  nodes: ["extract", "train", "approve"].map((name) => ({ name })),
};

function cliWith(out: TestScreen, env: Record<string, string> = {}): Cli {
  return { cwd: "/", env, out, err: new TestScreen(), now: () => START + 5000, exitCode: 0 };
}

// Only the names of the plan's nodes matter to a display.
const plan = PLAN as unknown as Parameters<typeof makeDisplay>[1];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("makeDisplay", () => {
  it("redraws a block on a terminal, ten times a second and not per event", () => {
    const out = new TestScreen({ width: 80 });
    using display = makeDisplay(cliWith(out), plan, { silent: false });
    const first = out.written.length;
    for (const event of failingRun(START).slice(0, 13)) display.onEvent(event);
    expect(out.written.length).toBe(first);
    vi.advanceTimersByTime(100);
    expect(out.shown()[1]).toBe("  ✓ extract  #4    3.2s  rows=336776");
  });

  it("prints a warning once, above the block", () => {
    const out = new TestScreen({ width: 80 });
    using display = makeDisplay(cliWith(out), plan, { silent: false });
    for (const event of sampleEvents(
      START,
      [0, { kind: "warning", node: "extract", message: "the image is not used" }],
      [1, { kind: "warning", node: "train", message: "the image is not used" }],
    ))
      display.onEvent(event);
    expect(out.shown()[0]).toBe("warning: extract: the image is not used");
    expect(out.shown()[1]).toContain("flights");
  });

  it("shows progress beside the node, and what is being done about a stop", () => {
    const out = new TestScreen({ width: 80 });
    using display = makeDisplay(cliWith(out), plan, { silent: false });
    display.onEvent(failingRun(START)[3] ?? raise());
    const [progress] = sampleEvents(START, [
      0.2,
      { kind: "execution-progress", node: "extract", message: "installing 12 packages" },
    ]);
    display.onEvent(progress ?? raise());
    display.say("stopping…");
    expect(out.shown().slice(0, 2)).toEqual([
      "◓ flights  stopping…",
      expect.stringContaining("installing 12 packages"),
    ]);
  });

  it("leaves nothing of a run that was refused before it was recorded but what was said", () => {
    const out = new TestScreen({ width: 80 });
    const display = makeDisplay(cliWith(out), plan, { silent: false });
    display.warn("an unused key");
    expect(out.shown()[1]).toContain("flights");
    display[Symbol.dispose]();
    expect(out.shown().filter((shown) => shown !== "")).toEqual(["warning: an unused key"]);
  });

  it("leaves the last frame standing, with the counts again", () => {
    const out = new TestScreen({ width: 80 });
    const display = makeDisplay(cliWith(out), plan, { silent: false });
    display.say("stopping…");
    for (const event of failingRun(START)) display.onEvent(event);
    display[Symbol.dispose]();
    expect(out.shown()[0]).toBe("✗ flights #3  12.5s  1 of 3 complete, 1 failed, 1 skipped");
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["not on a terminal", new TestScreen(), {}],
    ["in CI", new TestScreen({ width: 80 }), { CI: "true" }],
    ["on a dumb terminal", new TestScreen({ width: 80 }), { TERM: "dumb" }],
  ])("prints plain lines %s", (_where, out, env) => {
    using display = makeDisplay(cliWith(out, env), plan, { silent: false });
    for (const event of failingRun(START).slice(0, 7)) display.onEvent(event);
    const fetching = { kind: "execution-progress", node: "train", message: "fetching data" } as const;
    for (const event of sampleEvents(START, [5, fetching], [6, fetching])) display.onEvent(event);
    display.say("stopping…");
    expect(out.written.replace(/\d\d:\d\d:\d\d/g, "HH:MM:SS")).toBe(
      "HH:MM:SS          run #3 flights\nHH:MM:SS extract  building the Python environment\nHH:MM:SS extract  started (#4)\nHH:MM:SS train    fetching data\nHH:MM:SS          stopping…\n",
    );
  });

  it("is silent with --json", () => {
    const out = new TestScreen({ width: 80 });
    using display = makeDisplay(cliWith(out), plan, { silent: true });
    for (const event of failingRun(START)) display.onEvent(event);
    display.say("stopping…");
    expect(out.written).toBe("");
  });
});

function raise(): never {
  throw new Error("no such event");
}
