import { createReadStream } from "node:fs";
import { systemErrorCode } from "../errors.ts";
import { CallReader, type Calls } from "./call-reader.ts";

/**
 * The log of all system calls of a step that bear on files, as strace writes it (executors/local/call-tracer.ts has the
 * options). The kernel stops the step at each such call until its line is in the file: so whatever a process learned
 * stands there, also of one that was killed the moment after.
 */
export const CALL_LOG_BEGINNING = "headrace begins";

/**
 * Longer than this, the log is cut by whoever watches the step, so that it does not fill the disk. It has lost its
 * beginning then.
 */
export const LONGEST_CALL_LOG_BYTES = 256 * 1024 * 1024;

export interface CallPlaces {
  /** The repository as the step saw it. */
  readonly repository: string;
  readonly project: string;
  /** The folder of caches that steps keep, as the step saw it. */
  readonly cache?: string | undefined;
}

/** Undefined where the log is not whole: nothing is known then. */
export async function readCallLog(path: string, places: CallPlaces): Promise<Calls | undefined> {
  const reader = new CallReader(places);
  let isFirst = true;
  let rest = "";
  try {
    for await (const chunk of createReadStream(path, "latin1")) {
      const lines = `${rest}${String(chunk)}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (isFirst && line !== CALL_LOG_BEGINNING) return undefined;
        if (!isFirst) reader.take(line);
        isFirst = false;
      }
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
  if (rest !== "") reader.takeCut(rest);
  return reader.finish();
}
