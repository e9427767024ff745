/** One job as the queue shows it. */
export interface JobRow {
  readonly jobId: string;
  readonly name: string;
  /** Slurm's word: PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, OUT_OF_MEMORY … */
  readonly state: string;
  /** The reason why it waits or has ended: Resources, Priority, TimeLimit, NodeDown … */
  readonly reason: string;
  readonly node: string;
  /** Number of times that Slurm has put it back into the queue. */
  readonly restarts: number;
  /** The exit code of its batch script; undefined if Slurm does not say. */
  readonly exitCode: number | undefined;
}

const SEPARATOR = "|";
/**
 * `name:|` is the field in its full length with a bar behind it (Slurm 20.11 and later). The name comes last: it may
 * hold anything.
 */
export const ROW_FORMAT = ["JobID", "State", "Reason", "RestartCnt", "exit_code", "NodeList"]
  .map((field) => `${field}:${SEPARATOR}`)
  .join(",");
export const ROW_FIELDS = `${ROW_FORMAT},Name:${SEPARATOR}`;

/** Reads what `squeue --Format` prints; lines that are no job of ours are left out. */
export function parseRows(text: string, prefix: string): readonly JobRow[] {
  const rows: JobRow[] = [];
  for (const line of text.split("\n")) {
    const [jobId, state, reason, restarts, status, node, name] = line.split(SEPARATOR).map((field) => field.trim());
    if (jobId === undefined || state === undefined || name === undefined || !name.startsWith(prefix)) continue;
    rows.push({
      jobId,
      name,
      state,
      reason: reason === undefined || reason === "None" ? "" : reason,
      node: node === "(null)" || node === undefined ? "" : node,
      restarts: Number(restarts) || 0,
      exitCode: Number(status) >= 256 ? Number(status) >> 8 : undefined,
    });
  }
  return rows;
}

/**
 * As every version has them: 22.05 knows no `Restarts`, and refuses the whole question for one field that it does not
 * know.
 */
export const SACCT_FIELDS = "JobIDRaw,State,NodeList,JobName";

/** The same of `sacct --parsable2`: its states carry words behind them (`CANCELLED by 1000`). */
export function parseAccounting(text: string, prefix: string): readonly JobRow[] {
  const rows: JobRow[] = [];
  for (const line of text.split("\n")) {
    const [jobId, state, node, name] = line.split(SEPARATOR);
    if (jobId === undefined || state === undefined || name === undefined || !name.startsWith(prefix)) continue;
    rows.push({
      jobId,
      name,
      state: state.split(" ")[0] ?? state,
      reason: "",
      node: node === "None assigned" || node === undefined ? "" : node,
      restarts: 0,
      exitCode: undefined,
    });
  }
  return rows;
}

/** States out of which a job comes no more; all others may still lead to a running step. */
const ENDED = new Set([
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "TIMEOUT",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "BOOT_FAIL",
  "DEADLINE",
  "PREEMPTED",
  "REVOKED",
  "LAUNCH_FAILED",
  "RECONFIG_FAIL",
]);

export function hasEnded({ state }: JobRow): boolean {
  return ENDED.has(state);
}

const WAITING = new Set([
  "PENDING",
  "REQUEUED",
  "REQUEUE_FED",
  "REQUEUE_HOLD",
  "SPECIAL_EXIT",
  "RESV_DEL_HOLD",
  "CONFIGURING",
]);

export function isWaiting({ state }: JobRow): boolean {
  return WAITING.has(state);
}
