import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobSpec } from "../executor.ts";
import { containerFiles, endOf, parseStatus } from "./container-end.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-container-end-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const JOB: JobSpec = {
  executionId: "id",
  folder: "/f",
  command: ["a", "b\nc", "d"],
  image: "i",
  environment: { A: "1" },
};

describe("how it ended", () => {
  const state = { exitCode: 0, outOfMemory: false, error: "" };
  const limited = { ...JOB, resources: { memoryMaxMb: 64 } };
  const memory = "it ran out of memory: it needed more than the 64 MB that it may use";
  const own = `${memory} (resources.memory)`;
  test.each<[string, string, JobSpec, typeof state | undefined, object]>([
    [
      "by its own note",
      "headrace: started 7 8\n\nheadrace: exited 0\nheadrace: done\n",
      JOB,
      state,
      { kind: "exited", exitCode: 0 },
    ],
    [
      "which counts more than the container's",
      "headrace: started 7 8\n\nheadrace: exited 3\n",
      JOB,
      { ...state, exitCode: 111 },
      { kind: "exited", exitCode: 3 },
    ],
    [
      "with the command that failed",
      "headrace: started 7 8\nheadrace: line 3\n\nheadrace: exited 3\n",
      JOB,
      undefined,
      { kind: "exited", exitCode: 3, failedCommand: 2 },
    ],
    [
      "by a signal that the shell announced",
      "headrace: started 7 8\nKilled\n\nheadrace: exited 137\n",
      JOB,
      state,
      { kind: "signalled", signal: "SIGKILL" },
    ],
    [
      "by an exit code that looks like one",
      "headrace: started 7 8\n\nheadrace: exited 137\n",
      JOB,
      state,
      { kind: "exited", exitCode: 137 },
    ],
    [
      "for want of memory",
      "headrace: started 7 8\nKilled\n\nheadrace: exited 137\n",
      limited,
      { ...state, exitCode: 137, outOfMemory: true },
      { kind: "signalled", signal: "SIGKILL", reason: own, outOfMemory: true },
    ],
    [
      "for want of memory, process 1 too",
      "headrace: started 7 8\n",
      limited,
      { ...state, exitCode: 137, outOfMemory: true },
      { kind: "signalled", signal: "SIGKILL", reason: own, outOfMemory: true },
    ],
    [
      "for want of memory of its environment",
      "headrace: started 7 8\n",
      { ...JOB, resources: { memoryMaxMb: 64, memoryMaxOf: "environment" } },
      { ...state, exitCode: 137, outOfMemory: true },
      {
        kind: "signalled",
        signal: "SIGKILL",
        reason: `${memory} (\`limits.memory\` of its environment)`,
        outOfMemory: true,
      },
    ],
    [
      "started a second time, as by docker restart",
      "headrace: started 7 8\n",
      JOB,
      { ...state, exitCode: 111 },
      {
        kind: "signalled",
        signal: "SIGKILL",
        reason: "its container was killed from outside, or by a restart of the container engine",
      },
    ],
    [
      "killed from outside",
      "headrace: started 7 8\n",
      JOB,
      { ...state, exitCode: 137 },
      {
        kind: "signalled",
        signal: "SIGKILL",
        reason: "its container was killed from outside, or by a restart of the container engine",
      },
    ],
    [
      "removed from outside",
      "headrace: started 7 8\n",
      JOB,
      undefined,
      { kind: "lost", reason: "its container was removed from outside" },
    ],
    [
      "before it began",
      "",
      JOB,
      { ...state, exitCode: 2 },
      { kind: "lost", reason: "its container ended with status 2 before the step began" },
    ],
    [
      "by a fault of the engine",
      "",
      JOB,
      { ...state, error: "no space" },
      { kind: "lost", reason: "its container ended: no space" },
    ],
    [
      "without its log",
      "headrace: started 7 8\n\nheadrace: exited 0\nheadrace: unlogged\n",
      JOB,
      state,
      { kind: "lost", reason: "its log could not be written (is the disk full?)" },
    ],
  ])("%s", (_, status, job, container, expected) => {
    writeFileSync(join(folder, "status"), status);
    if (status !== "") writeFileSync(join(folder, "begun"), "");
    expect(endOf(job, containerFiles(folder), container)).toEqual(expected);
  });

  test("what a step writes among the lines of process 1 does no harm", () => {
    expect(
      parseStatus("headrace: started 1 2\nheadrace: exited many\nhalf a li\nheadrace: exited 4\nheadrace: done\n"),
    ).toMatchObject({
      readers: ["1", "2"],
      exitStatus: 4,
      done: true,
    });
  });
});
