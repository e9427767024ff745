import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** The project's own folder, which steps can see: an editable install leads there, and so do absolute paths. */
export interface ProjectPlace {
  readonly root: string;
  /** The start of the step: a file that was changed after that may have been different for the step. */
  readonly startedAt: number;
  /**
   * If the step saw its version there: the paths, relative, that were the folder's own nevertheless. Absent: all of it
   * was the folder's own.
   */
  readonly own?: readonly string[];
}

/**
 * The files passed between the program that starts a step, the step, and whoever looks at it afterwards (perhaps
 * another engine):
 *
 *     <execution>/control/watch.json    what the executor did to have the step watched
 *     <execution>/trace/calls         the log of the step's system calls, where a tracer writes one (call-log.ts)
 *     <execution>/trace/notes           the notes of the step's Python processes (python/trace); a folder of its own, since a sandbox shows it
 */
export interface WatchRecord {
  /** The repository as the step saw it. */
  readonly repository: string;
  /** The project's own folder, where the step could see it. */
  readonly project?: ProjectPlace;
  /** The folder of caches that steps keep, as the step saw it; absent where it had none. */
  readonly cache?: string;
  /** A tracer was to write down all calls that bear on files. */
  readonly traced?: boolean;
  /** The file that says whether the notes of such Python processes tell all (plain-steps.ts). */
  readonly learning?: string;
  /** So many Python processes were started by the step's own commands. */
  readonly starts: number;
  /** The paths that are looked for in the repository before anything is watched. */
  readonly asked?: readonly string[];
  /** The reason why the step could not be watched, in words. */
  readonly why?: string;
}

export function traceFolder(executionRoot: string): string {
  return join(executionRoot, "trace");
}

export function notesFile(trace: string): string {
  return join(trace, "notes");
}

export function callsFile(trace: string): string {
  return join(trace, "calls");
}

/** The first record stays: it was made before the step began, by whichever engine. */
export function writeWatchRecord(control: string, record: WatchRecord): void {
  writeIfAbsent(join(control, "watch.json"), JSON.stringify(record));
}

/** Whole or not at all: another engine may be using it already. */
function writeIfAbsent(path: string, text: string): void {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(aside, text, { mode: 0o600 });
  try {
    linkSync(aside, path);
  } catch (error) {
    // Not every file system has hard links.
    if (systemErrorCode(error) !== "EEXIST") writeOnce(path, text);
  } finally {
    rmSync(aside, { force: true });
  }
}

function writeOnce(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
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
