import { appendFileSync, existsSync } from "node:fs";

/** The moments right after a change that outlives the process; test/crash/ kills the engine at each of them. */
export const FAULT_POINTS = [
  "engine-registered",
  "run-created",
  "driver-taken",
  "run-started",
  "execution-created",
  "claimed",
  "adopted",
  "folder-prepared",
  "code-checked-out",
  "inputs-placed",
  "config-written",
  "environment-recorded",
  "input-checks-recorded",
  "marker-written",
  "process-started",
  "metadata-delivered",
  "index-entry-written",
  "blob-aside",
  "blob-published",
  "journal-noted",
  "output-removed",
  "live-output-recorded",
  "stop-cause-noted",
  "stopping-recorded",
  "process-ended",
  "log-drained",
  "outputs-collected",
  "output-checks-made",
  "finish-committed",
  "execution-tidied",
  "logs-stored",
  "logs-kept",
  "approval-requested",
  "nodes-skipped",
  "nodes-reused",
  "task-begun",
  "trial-reused",
  "trial-pruned",
  "members-created",
  "member-announced",
  "members-written",
  "members-stopped",
  "task-finished",
  "run-finished",
] as const;

/** Those of the backup of a home, which has no engine. */
export const BACKUP_FAULT_POINTS = [
  "home-records-saved",
  "home-files-saved",
  "home-files-restored",
  "home-records-aside",
  "project-cleared",
] as const;

export type FaultPoint = (typeof FAULT_POINTS | typeof BACKUP_FAULT_POINTS)[number];

/** The same of a server that answers requests; test/crash/server/ kills one at each of them. */
export const SERVER_FAULT_POINTS = [
  "request-noted",
  "request-carried-out",
  "answer-kept",
  "plan-kept",
  "project-made",
  "upload-received",
  "code-stored",
  "upload-recorded",
  "repository-fetched",
  "fetch-recorded",
  "run-created",
  "stop-noted",
  "variable-sealed",
  "project-removed",
  "stream-begun",
] as const;

export type ServerFaultPoint = (typeof SERVER_FAULT_POINTS)[number];

const passed = new Map<string, number>();

/**
 * Ends this process by SIGKILL, without any clean-up, when `HEADRACE_TEST_KILL_AT` says `<point>:<n>` and this is the
 * n-th time that the point is passed. Tests alone have it: the published bundle defines the variable away
 * (scripts/bundle.ts), and the call with it. `log:<file>` writes the name of each point passed to a file instead, so
 * that the tests know how often each is.
 */
export function faultPoint(point: FaultPoint | ServerFaultPoint): void {
  if (process.env.HEADRACE_TEST_KILL_AT === undefined) return;
  const [wanted, detail = "1"] = process.env.HEADRACE_TEST_KILL_AT.split(":");
  if (wanted === "log" && existsSync(detail)) appendFileSync(detail, `${point}\n`);
  if (wanted !== point) return;
  const count = (passed.get(point) ?? 0) + 1;
  passed.set(point, count);
  if (count === Number(detail)) process.kill(process.pid, "SIGKILL");
}
