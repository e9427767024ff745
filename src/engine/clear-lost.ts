import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { executionFolder } from "../contract/index.ts";
import { systemErrorCode } from "../errors.ts";
import type { EngineParts } from "./engine-parts.ts";
import { clearAway, LOST } from "./foreign-steps.ts";

/**
 * For an engine that begins in a place whose engines had all died: while nobody could reach it, others may have ended executions of this place
 * as lost. Their processes may go on even now, for nobody; they are ended, and their folders cleared.
 */
export async function clearLost(parts: EngineParts, executionsFolder: string): Promise<void> {
  for (const id of namesIn(executionsFolder)) {
    // What has been cleared keeps its logs, and no more.
    if (!existsSync(executionFolder(join(executionsFolder, id)).valohai)) continue;
    const execution = await parts.store.getExecution(id);
    if (execution?.state === "error" && execution.reason?.startsWith(LOST) === true) await clearAway(parts, execution);
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
