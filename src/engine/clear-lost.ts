import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { executionFolder } from "../contract/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import type { ExecutionRecord } from "../store/index.ts";
import { endsEngine } from "./ends-engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { clearAway, LOST } from "./foreign-steps.ts";
import { warnOf } from "./step-remarks.ts";

/**
 * For an engine that begins in a place whose engines had all died: while nobody could reach it, others may have ended
 * executions of this place as lost. Their processes may go on even now, for nobody; they are ended, and their folders
 * cleared.
 */
export async function clearLost(parts: EngineParts, executionsFolder: string): Promise<void> {
  for (const id of namesIn(executionsFolder)) {
    // A folder that has been cleared keeps its logs, and no more.
    if (!existsSync(executionFolder(join(executionsFolder, id)).valohai)) continue;
    const execution = await parts.store.executions.get(id);
    if (execution?.state === "error" && execution.reason?.startsWith(LOST) === true) await clear(parts, execution);
  }
}

/**
 * An execution that cannot be reached now (its environment is not set up any more) does not keep the engine from
 * beginning.
 */
async function clear(parts: EngineParts, execution: ExecutionRecord): Promise<void> {
  try {
    await clearAway(parts, execution);
  } catch (error) {
    if (!(error instanceof HeadraceError) || endsEngine(error)) throw error;
    const message = `what is left of execution ${execution.number}, which was lost, could not be cleared: ${error.message}`;
    await warnOf(parts, execution.id, message);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
