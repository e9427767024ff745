import { describe, expect, test } from "vitest";
import type { JobEnd, JobResources } from "../executor.ts";
import { endOfJob, endOfStep, explained, inTruth, requeuedEnd } from "./end-of-job.ts";
import type { JobRow } from "./job-row.ts";
import { type Claim, parseClaim, parseExit, parseStatus } from "./slurm-files.ts";

const NONE = { interrupted: false, killed: false };
const CLAIM: Claim = { jobId: "7", restarts: 0, node: "n1", beganAt: 1_000 };
const row = (state: string, more: Partial<JobRow> = {}): JobRow => ({
  jobId: "7",
  name: "headrace-a",
  state,
  reason: "",
  node: "n1",
  restarts: 0,
  exitCode: undefined,
  ...more,
});

describe("a step that left its exit status", () => {
  const STARTED = "headrace: started\n";
  test.each<[string, string, string, Partial<typeof NONE>, JobEnd]>([
    ["success", "0 logged", STARTED, {}, { kind: "exited", exitCode: 0 }],
    [
      "a failing second command",
      "4 logged",
      `${STARTED}headrace: line 3\n`,
      {},
      { kind: "exited", exitCode: 4, failedCommand: 2 },
    ],
    [
      "a failure that the script outlived",
      "0 logged",
      `${STARTED}headrace: line 3\n`,
      {},
      { kind: "exited", exitCode: 0 },
    ],
    [
      "a death by signal as dash says it",
      "137 logged",
      `${STARTED}Killed\n`,
      {},
      { kind: "signalled", signal: "SIGKILL" },
    ],
    ["exit 137", "137 logged", STARTED, {}, { kind: "exited", exitCode: 137 }],
    ["exit 130", "130 logged", STARTED, {}, { kind: "exited", exitCode: 130 }],
    ["130 after an interrupt", "130 logged", STARTED, { interrupted: true }, { kind: "signalled", signal: "SIGINT" }],
    [
      "what the shell said before the start is none of it",
      "143 logged",
      `odd\n${STARTED}`,
      {},
      { kind: "exited", exitCode: 143 },
    ],
    [
      "a log that the disk did not take",
      "0 unlogged",
      STARTED,
      {},
      { kind: "lost", reason: "its log could not be written to the work folder (is the disk full?)" },
    ],
  ])("%s", (_, exit, status, marks, expected) => {
    const parsed = parseExit(`${exit}\n`);
    if (parsed === undefined) throw new Error("no exit");
    expect(endOfStep(parsed, parseStatus(status), { ...NONE, ...marks }, ["one\nstill one", "two"])).toEqual(expected);
  });
});

describe("a job that ended without one", () => {
  test.each<[string, JobRow, Claim | undefined, Partial<typeof NONE>, JobEnd]>([
    ["its node failed", row("NODE_FAIL"), CLAIM, {}, { kind: "lost", reason: "the node of Slurm job 7 failed (n1)" }],
    [
      "its node did not start",
      row("BOOT_FAIL", { node: "" }),
      undefined,
      {},
      { kind: "lost", reason: "the node of Slurm job 7 did not start" },
    ],
    [
      "preempted",
      row("PREEMPTED"),
      CLAIM,
      {},
      { kind: "lost", reason: "Slurm job 7 on n1 had to make room for a job of higher priority (preempted)" },
    ],
    ["revoked", row("REVOKED"), CLAIM, {}, { kind: "lost", reason: "Slurm job 7 ended as REVOKED" }],
    ["killed by us", row("CANCELLED"), CLAIM, { killed: true }, { kind: "signalled", signal: "SIGKILL" }],
    [
      "interrupted in the queue",
      row("CANCELLED"),
      undefined,
      { interrupted: true },
      { kind: "signalled", signal: "SIGINT" },
    ],
    [
      "at Slurm's time limit",
      row("TIMEOUT"),
      CLAIM,
      {},
      {
        kind: "signalled",
        signal: "SIGKILL",
        reason: "Slurm job 7 on n1 was at the time limit that Slurm has for it (its partition's, or --time)",
      },
    ],
    [
      "at its deadline",
      row("DEADLINE"),
      CLAIM,
      {},
      { kind: "signalled", signal: "SIGKILL", reason: "Slurm job 7 on n1 was at its deadline" },
    ],
    [
      "out of memory",
      row("OUT_OF_MEMORY"),
      CLAIM,
      {},
      {
        kind: "signalled",
        signal: "SIGKILL",
        reason: "Slurm job 7 on n1 needed more memory than Slurm gave it; raise the step's resources.memory",
        outOfMemory: true,
      },
    ],
    [
      "cancelled in the queue",
      row("CANCELLED", { node: "" }),
      undefined,
      {},
      {
        kind: "signalled",
        signal: "SIGTERM",
        reason: "Slurm job 7 was cancelled by its user or an administrator (scancel) before it began",
      },
    ],
    [
      "failed before the step began",
      row("FAILED", { reason: "NonZeroExitCode" }),
      undefined,
      {},
      {
        kind: "lost",
        reason:
          "Slurm job 7 ended on n1 (FAILED, NonZeroExitCode) before the step began; does that node see the work folder?: said",
      },
    ],
    [
      "completed, and nobody knows how",
      row("COMPLETED"),
      CLAIM,
      {},
      { kind: "lost", reason: "Slurm job 7 ended on n1 (COMPLETED) without leaving the step's exit status: said" },
    ],
  ])("%s", (_, job, claim, marks, expected) => {
    expect(endOfJob(job, claim, { ...NONE, ...marks }, "said", { memoryMaxMb: 50 })).toEqual(expected);
  });

  test("put back into the queue", () => {
    expect(requeuedEnd({ jobId: "7" })).toEqual({
      kind: "lost",
      reason: "Slurm put job 7 back into the queue after the step had begun",
    });
  });
});

describe("files that are being written", () => {
  test.each(["", "7", "7 0 n1 17", "   \n"])("a claim that reads %j is not whole yet", (text) => {
    expect(parseClaim(text)).toBeUndefined();
  });

  test("a claim", () => {
    expect(parseClaim("7 1 n1 1795394609\n")).toEqual({
      jobId: "7",
      restarts: 1,
      node: "n1",
      beganAt: 1_795_394_609_000,
    });
  });

  test.each(["", "                \n", "13", "13 log", "13 \n"])("an exit that reads %j is not there yet", (text) => {
    expect(parseExit(text)).toBeUndefined();
  });

  test("an exit over its blanks", () => {
    expect(parseExit("0 logged\n       \n")).toEqual({ exitCode: 0, logged: true });
  });
});

describe("an end that Slurm explains", () => {
  const END: JobEnd = { kind: "exited", exitCode: 137 };
  test.each<[string, JobEnd]>([
    ["COMPLETED", END],
    ["FAILED", END],
    [
      "TIMEOUT",
      { ...END, reason: "Slurm job 7 on n1 was at the time limit that Slurm has for it (its partition's, or --time)" },
    ],
    [
      "OUT_OF_MEMORY",
      {
        ...END,
        reason: "Slurm job 7 on n1 needed more memory than Slurm gave it; raise the step's resources.memory",
        outOfMemory: true,
      },
    ],
    ["NODE_FAIL", { kind: "lost", reason: "the node of Slurm job 7 failed (n1)" }],
  ])("%s", (state, expected) => {
    expect(explained(END, row(state), { memoryMaxMb: 50 })).toEqual(expected);
  });

  test("what is lost stays lost, with its own reason", () => {
    expect(explained({ kind: "lost", reason: "own" }, row("TIMEOUT"))).toEqual({ kind: "lost", reason: "own" });
  });
});

test.each([
  [
    "FAILED",
    "slurmstepd: error: StepId=1.batch exceeded memory limit (186277888 > 52428800), being killed",
    "OUT_OF_MEMORY",
  ],
  ["FAILED", "slurmstepd: error: Exceeded job memory limit", "OUT_OF_MEMORY"],
  [
    "FAILED",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=1.batch. Some of the step tasks have been OOM Killed.",
    "OUT_OF_MEMORY",
  ],
  ["FAILED", "slurmstepd: error: something else", "FAILED"],
  ["NODE_FAIL", "slurmstepd: error: Exceeded job memory limit", "NODE_FAIL"],
])("a job that is %s and says %j is %s", (state, said, expected) => {
  expect(inTruth(row(state), said).state).toBe(expected);
});

test.each<[string, JobResources | undefined, string]>([
  ["the step's own wish", { memoryMinMb: 50 }, "raise the step's resources.memory"],
  [
    "its environment's limit",
    { memoryMaxMb: 50, memoryMaxOf: "environment" },
    "it got `limits.memory` of its environment; name the step's resources.memory",
  ],
  [
    "its partition's default",
    { cpuMax: 1 },
    "it got what its partition gives by default; name the step's resources.memory",
  ],
  ["nobody's wish", undefined, "it got what its partition gives by default; name the step's resources.memory"],
])("what gave too little memory: %s", (_, resources, mend) => {
  const reason = `Slurm job 7 on n1 needed more memory than Slurm gave it; ${mend}`;
  const end: JobEnd = { kind: "signalled", signal: "SIGKILL" };
  expect(explained(end, row("OUT_OF_MEMORY"), resources)).toEqual({ ...end, reason, outOfMemory: true });
});
