import { describe, expect, it } from "vitest";
import { sampleDatum, sampleExecution, sampleNode, sampleRunDetail } from "../sample-views.ts";
import { PLAIN } from "../terminal/style.ts";
import { renderSummary } from "./summary.ts";

const CONTEXT = { style: PLAIN, width: 80 };
const line = (text: string) => ({
  execution: 5,
  node: "train",
  at: "2026-03-01T12:00:00Z",
  stream: "stderr" as const,
  text,
  continues: false,
});

describe("the summary", () => {
  it("of a complete run names what it made and what to type next", () => {
    expect(renderSummary(sampleRunDetail(), [], CONTEXT)).toEqual([
      "",
      "✓ pipeline flights #3 complete after 1m 05s  1 output, 4.3 kB",
      "",
      "  headrace info 3     parameters, inputs, metadata of every node",
      "  headrace outputs 3  the files that it made",
      "  headrace logs 3     what it printed",
    ]);
  });

  it("says no more what to type next, once a project has had many runs, but where the log of a failure is", () => {
    const complete = { ...sampleRunDetail(), number: 41 };
    expect(renderSummary(complete, [], CONTEXT)).toEqual([
      "",
      "✓ pipeline flights #41 complete after 1m 05s  1 output, 4.3 kB",
    ]);
    const node = sampleNode({
      state: "error",
      reason: "exit code 1",
      execution: sampleExecution({ state: "error", exitCode: 1, outputs: [] }),
    });
    const failed = { ...sampleRunDetail({ state: "error", reason: "train failed", nodes: [node] }), number: 41 };
    expect(renderSummary(failed, [{ node, lastLines: [] }], CONTEXT).slice(-2)).toEqual([
      "",
      "  headrace logs 5  the whole log",
    ]);
  });

  it("breaks lines between words", () => {
    const reason = "a sentence that is so long that it does not fit into one line of a terminal with eighty columns";
    const run = sampleRunDetail({ state: "error", reason, nodes: [] });
    expect(renderSummary(run, [], CONTEXT).slice(1, 3)).toEqual([
      "✗ pipeline flights #3 failed after 1m 05s: a sentence that is so long that it",
      "  does not fit into one line of a terminal with eighty columns",
    ]);
  });

  it("of a failed run shows the end of the failing step's log", () => {
    const node = sampleNode({
      state: "error",
      reason: "the command ended with exit code 1",
      execution: sampleExecution({ state: "error", exitCode: 1, outputs: [] }),
    });
    const run = sampleRunDetail({ state: "error", reason: "train failed", durationS: 12.5, nodes: [node] });
    const failed = [
      { node, lastLines: [line("Traceback (most recent call last):"), line(`\tValueError: ${"x".repeat(100)}`)] },
    ];
    expect(renderSummary(run, failed, CONTEXT)).toEqual([
      "",
      "✗ train #5: the command ended with exit code 1",
      "  │ Traceback (most recent call last):",
      `  │  ValueError: ${"x".repeat(61)}…`,
      "",
      "✗ pipeline flights #3 failed after 12.5s: train failed",
      "",
      "  headrace logs 5  the whole log",
      "  headrace info 3  parameters, inputs, metadata of every node",
    ]);
  });

  it("says when a failing step printed nothing, and when there are more of them", () => {
    const node = sampleNode({ state: "error", reason: "exit code 1" });
    const run = sampleRunDetail({ state: "error", reason: null, durationS: null, nodes: [node, node, node] });
    const lines = renderSummary(run, [{ node, lastLines: [] }], CONTEXT);
    expect(lines.slice(0, 6)).toEqual([
      "",
      "✗ train #5: exit code 1",
      "  │ (it printed nothing)",
      "",
      "… and 2 more failed nodes: headrace info 3",
      "",
    ]);
  });

  it("gives details and the hint lines of their own, and does not call a step silent that never ran", () => {
    const execution = sampleExecution({ state: "error", exitCode: null });
    const node = sampleNode({
      state: "error",
      reason: "the build failed\n  ERROR: no such version\nhint: check the names",
      execution,
    });
    const run = sampleRunDetail({ state: "error", reason: "train failed", nodes: [node] });
    expect(renderSummary(run, [{ node, lastLines: [] }], CONTEXT).slice(0, 5)).toEqual([
      "",
      "✗ train #5: the build failed",
      "    ERROR: no such version",
      "  hint: check the names",
      "",
    ]);
  });

  it("adds up the outputs", () => {
    const execution = sampleExecution({ outputs: [sampleDatum({ sizeBytes: 1500 }), sampleDatum({ sizeBytes: 500 })] });
    expect(renderSummary(sampleRunDetail({ nodes: [sampleNode({ execution })] }), [], CONTEXT)[1]).toContain(
      "2 outputs, 2.0 kB",
    );
  });

  it("counts what was reused, and how to run it all the same", () => {
    const nodes = [
      sampleNode({ name: "a", reused: true }),
      sampleNode({ name: "b" }),
      sampleNode({ name: "c", execution: null }),
    ];
    expect(renderSummary(sampleRunDetail({ nodes }), [], CONTEXT)).toEqual([
      "",
      "✓ pipeline flights #3 complete after 1m 05s  3 nodes: 1 reused, 1 ran  1",
      "  output, 4.3 kB",
      "",
      "  headrace info 3         parameters, inputs, metadata of every node",
      "  headrace why 3          why each node ran or was reused",
      "  headrace run … --fresh  the same command with --fresh runs all of it again",
      "  headrace outputs 3      the files that it made",
      "  headrace logs 3         what it printed",
    ]);
  });

  it("says of a single step which execution stands in its place", () => {
    const run = sampleRunDetail({ kind: "step", name: "train", durationS: 0.1, nodes: [sampleNode({ reused: true })] });
    expect(renderSummary(run, [], { ...CONTEXT, width: 100 })[1]).toBe(
      "✓ step train #3 complete after 0.1s  reused execution 5: nothing that counts has changed",
    );
  });
});
