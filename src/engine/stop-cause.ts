import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionFolder } from "../contract/index.ts";
import { systemErrorCode } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import type { StopCause } from "./await-end.ts";

/**
 * `control/stopping.json`: why the engine is about to end a step. Should it die before the step has, the next engine
 * carries on with it, and the record tells the cause and not only the signal that came of it.
 */
export function writeStopCause(folder: ExecutionFolder, cause: StopCause): void {
  const path = fileOf(folder);
  try {
    writeFileSync(`${path}.new`, JSON.stringify(cause));
    renameSync(`${path}.new`, path);
    faultPoint("stop-cause-noted");
  } catch (error) {
    // A full disk is no reason to let the step go on.
    if (systemErrorCode(error) === undefined) throw error;
  }
}

export function readStopCause(folder: ExecutionFolder): StopCause | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(folder), "utf8")) as StopCause;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fileOf(folder: ExecutionFolder): string {
  return join(folder.control, "stopping.json");
}
