import { existsSync, lstatSync, renameSync, utimesSync } from "node:fs";
import { removeTree } from "../../remove-tree.ts";

/** Logs that were put aside stay so long, in case the clock that made them look old was wrong. */
const KEPT_MS = 30 * 24 * 3_600_000;

function asideOf(logs: string): string {
  return `${logs}.discarded`;
}

/** Puts old logs aside, out of sight, instead of removing them. `at` is the time by which ages are measured. */
export function discardLogs(logs: string, at: number): void {
  renameSync(logs, asideOf(logs));
  utimesSync(asideOf(logs), at / 1000, at / 1000);
}

/** Brings logs back that are not old after all. */
export function restoreLogs(logs: string): void {
  if (existsSync(asideOf(logs)) && !existsSync(logs)) renameSync(asideOf(logs), logs);
}

/** Logs that were put aside long ago: their place, if there are any. */
export function longDiscarded(logs: string, now: number): string | undefined {
  const stats = lstatSync(asideOf(logs), { throwIfNoEntry: false });
  return stats !== undefined && now - stats.mtimeMs > KEPT_MS ? asideOf(logs) : undefined;
}

/** Removes logs for good, put aside or not. */
export async function removeLogs(logs: string): Promise<void> {
  await removeTree(logs);
  await removeTree(asideOf(logs));
}
