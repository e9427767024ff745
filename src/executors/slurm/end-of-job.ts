import type { JobEnd, JobResources } from "../executor.ts";
import { signalName } from "../step/job-end.ts";
import { commandOfLine } from "../step/step-script.ts";
import type { JobRow } from "./job-row.ts";
import type { Claim, StatusNotes } from "./slurm-files.ts";

export interface EndMarks {
  readonly interrupted: boolean;
  readonly killed: boolean;
}

/** Returns the end of a step that left its exit status. */
export function endOfStep(
  exit: { readonly exitCode: number; readonly logged: boolean },
  notes: StatusNotes,
  marks: EndMarks,
  command: readonly string[],
): JobEnd {
  if (!exit.logged)
    return { kind: "lost", reason: "its log could not be written to the work folder (is the disk full?)" };
  const signal = signalName(exit.exitCode - 128);
  if (signal !== undefined && (notes.announced || (signal === "SIGINT" && marks.interrupted)))
    return { kind: "signalled", signal };
  const { exitCode } = exit;
  const failedCommand =
    exitCode === 0 || notes.failedLine === undefined ? undefined : commandOfLine(command, notes.failedLine);
  return { kind: "exited", exitCode, ...(failedCommand === undefined ? {} : { failedCommand }) };
}

/** Says in words what Slurm did to a job; undefined if the job only ended. */
export function slurmReason(
  { jobId, state, node, reason }: Pick<JobRow, "jobId" | "state" | "node" | "reason">,
  resources?: JobResources,
): string | undefined {
  const job = `Slurm job ${jobId}`;
  const on = node === "" ? "" : ` on ${node}`;
  switch (state) {
    case "CANCELLED":
      return `${job}${on} was cancelled by its user or an administrator (scancel)`;
    case "TIMEOUT":
      return `${job}${on} was at the time limit that Slurm has for it (its partition's, or --time)`;
    case "DEADLINE":
      return `${job}${on} was at its deadline`;
    case "OUT_OF_MEMORY":
      return `${job}${on} needed more memory than Slurm gave it; ${memoryMend(resources)}`;
    case "PREEMPTED":
      return `${job}${on} had to make room for a job of higher priority (preempted)`;
    case "NODE_FAIL":
      return `the node of ${job} failed${node === "" ? "" : ` (${node})`}`;
    case "BOOT_FAIL":
      return `the node of ${job} did not start${node === "" ? "" : ` (${node})`}`;
    case "FAILED":
      return reason === "" || reason === "NonZeroExitCode" ? undefined : `${job}${on} failed: ${reason}`;
    default:
      return undefined;
  }
}

/** Says why the job had too little memory, and what gives it more. */
function memoryMend(resources: JobResources | undefined): string {
  if (resources?.memoryMaxMb === undefined && resources?.memoryMinMb === undefined)
    return "it got what its partition gives by default; name the step's resources.memory";
  if (resources.memoryMaxOf === "environment")
    return "it got `limits.memory` of its environment; name the step's resources.memory";
  return "raise the step's resources.memory";
}

/** States of jobs whose step may well run elsewhere, or again: nobody's doing, and no end of its own. */
const LOST = new Set(["NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL"]);

/**
 * Returns the true state. If memory is watched and not enclosed (JobAcctGatherParams=OverMemoryKill), Slurm calls a job
 * FAILED that it killed for its memory, and says why in the job's own output alone.
 */
export function inTruth(row: JobRow, said: string): JobRow {
  return /exceeded (job |step )?memory limit|oom[_-]kill/i.test(said) && !LOST.has(row.state)
    ? { ...row, state: "OUT_OF_MEMORY" }
    : row;
}

/** States of jobs that Slurm killed, and says why. */
const BY_SLURM = new Set(["CANCELLED", "TIMEOUT", "DEADLINE", "OUT_OF_MEMORY"]);

/** Adds what Slurm says of a job to the end that its step left. */
export function explained(end: JobEnd, row: JobRow, resources?: JobResources): JobEnd {
  if (end.kind === "lost") return end;
  const reason = slurmReason(row, resources);
  if (LOST.has(row.state)) return { kind: "lost", reason: reason ?? `Slurm job ${row.jobId} ended as ${row.state}` };
  if (reason === undefined) return end;
  return { ...end, reason, ...(row.state === "OUT_OF_MEMORY" ? { outOfMemory: true } : {}) };
}

/** Returns the end of a step that left no exit status, by what Slurm says of its job. */
export function endOfJob(
  row: JobRow,
  claim: Claim | undefined,
  marks: EndMarks,
  said: string,
  resources?: JobResources,
): JobEnd {
  if (LOST.has(row.state))
    return { kind: "lost", reason: slurmReason(row) ?? `Slurm job ${row.jobId} ended as ${row.state}` };
  if (marks.killed) return { kind: "signalled", signal: "SIGKILL" };
  if (marks.interrupted && claim === undefined) return { kind: "signalled", signal: "SIGINT" };
  if (row.state === "CANCELLED" && claim === undefined)
    return { kind: "signalled", signal: "SIGTERM", reason: `${slurmReason(row) ?? ""} before it began` };
  if (BY_SLURM.has(row.state)) return explained({ kind: "signalled", signal: "SIGKILL" }, row, resources);
  const on = row.node === "" ? "" : ` on ${row.node}`;
  const log = said === "" ? "" : `: ${said}`;
  if (claim === undefined)
    return {
      kind: "lost",
      reason: `Slurm job ${row.jobId} ended${on} (${row.state}${row.reason === "" ? "" : `, ${row.reason}`}) before the step began; does that node see the work folder?${log}`,
    };
  return {
    kind: "lost",
    reason: `Slurm job ${row.jobId} ended${on} (${row.state}) without leaving the step's exit status${log}`,
  };
}

export function requeuedEnd({ jobId }: Pick<JobRow, "jobId">): JobEnd {
  return { kind: "lost", reason: `Slurm put job ${jobId} back into the queue after the step had begun` };
}
