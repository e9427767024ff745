import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";

/**
 * What passes between whoever starts a step, the step, and whoever looks at it afterwards (perhaps another engine):
 *
 *     <execution>/control/watch.json    what the executor did to have the step watched
 *     <execution>/trace/notes           the notes of the step's Python processes (python/trace); a folder of its own, since a sandbox shows it
 */
export interface WatchRecord {
  /** The repository as the step saw it. */
  readonly repository: string;
  /** The project's own folder, where the step could see it, and when it was started. */
  readonly project?: { readonly root: string; readonly startedAt: number };
  /** So many Python processes were started by the step's own commands. */
  readonly starts: number;
  /** Why the step could not be watched, in words. */
  readonly why?: string;
}

export function traceFolder(executionRoot: string): string {
  return join(executionRoot, "trace");
}

export function notesFile(trace: string): string {
  return join(trace, "notes");
}

export function writeWatchRecord(control: string, record: WatchRecord): void {
  const path = join(control, "watch.json");
  writeFileSync(`${path}.new`, JSON.stringify(record));
  renameSync(`${path}.new`, path);
}

/** Undefined where the executor has left none: it does not watch its steps. */
export function readWatchRecord(control: string): WatchRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(control, "watch.json"), "utf8")) as WatchRecord;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
