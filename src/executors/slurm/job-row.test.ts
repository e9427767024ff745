import { describe, expect, test } from "vitest";
import { hasEnded, isWaiting, parseAccounting, parseRows } from "./job-row.ts";

describe("rows of squeue", () => {
  test.each<[string, string, object]>([
    [
      "a running job",
      "7|RUNNING|None|0|0|n1|headrace-a|",
      { jobId: "7", state: "RUNNING", reason: "", restarts: 0, node: "n1", exitCode: undefined },
    ],
    ["one that waits", "8|PENDING|Resources|0|0||headrace-a|", { state: "PENDING", reason: "Resources", node: "" }],
    ["one that was put back", "9|PENDING|BeginTime|2|0|(null)|headrace-a|", { restarts: 2, node: "" }],
    [
      "an exit code, as wait() gives it",
      "10|FAILED|NonZeroExitCode|0|17152|n1|headrace-a|",
      { state: "FAILED", exitCode: 67 },
    ],
    ["a death by signal has none", "11|FAILED|RaisedSignal:9|0|9|n1|headrace-a|", { exitCode: undefined }],
    [
      "padding",
      " 12 | RUNNING | None | 0 | 0 | n1 | headrace-a |",
      { jobId: "12", name: "headrace-a", state: "RUNNING" },
    ],
  ])("%s", (_, line, expected) => {
    expect(parseRows(`${line}\n`, "headrace-")).toMatchObject([expected]);
  });

  test("jobs of others, and lines that are none, are left out", () => {
    const text = [
      "1|RUNNING|None|0|0|n1|simulation|",
      "",
      "slurm_load_jobs: odd",
      "2|RUNNING|None|0|0|n1|headrace-b|",
    ].join("\n");
    expect(parseRows(text, "headrace-").map(({ jobId }) => jobId)).toEqual(["2"]);
  });
});

describe("rows of sacct", () => {
  test.each<[string, string, object]>([
    ["completed", "7|COMPLETED|n1|headrace-a", { jobId: "7", state: "COMPLETED", node: "n1" }],
    ["cancelled, with who did it", "8|CANCELLED by 1000|None assigned|headrace-a", { state: "CANCELLED", node: "" }],
    ["of a node that failed", "9|NODE_FAIL|n2|headrace-a", { state: "NODE_FAIL", node: "n2" }],
  ])("%s", (_, line, expected) => {
    expect(parseAccounting(`${line}\n`, "headrace-a")).toMatchObject([expected]);
  });

  test("others are left out", () => {
    expect(parseAccounting("7|COMPLETED|n1|other\n\n", "headrace-a")).toEqual([]);
  });
});

test.each([
  ["PENDING", "waits"],
  ["REQUEUED", "waits"],
  ["CONFIGURING", "waits"],
  ["RUNNING", "runs"],
  ["COMPLETING", "runs"],
  ["SUSPENDED", "runs"],
  ["A_STATE_OF_A_LATER_SLURM", "runs"],
  ["COMPLETED", "ended"],
  ["FAILED", "ended"],
  ["CANCELLED", "ended"],
  ["TIMEOUT", "ended"],
  ["NODE_FAIL", "ended"],
  ["OUT_OF_MEMORY", "ended"],
  ["PREEMPTED", "ended"],
])("a job that is %s %s", (state, expected) => {
  const [row] = parseRows(`1|${state}|None|0|0|n1|headrace-a|`, "headrace-");
  if (row === undefined) throw new Error("no row");
  expect(isWaiting(row) ? "waits" : hasEnded(row) ? "ended" : "runs").toBe(expected);
});
