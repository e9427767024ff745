import { existsSync, rmdirSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { checkedFilesOf, executionFolder, outputJournalOf } from "../contract/index.ts";
import { systemErrorCode } from "../errors.ts";
import { removeTree } from "../remove-tree.ts";
import { type ExecutionRecord, isFinal } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { warnOf } from "./step-remarks.ts";

type Tidied = Pick<ExecutionRecord, "id" | "environmentName">;

/** The parts of the engine that are needed to clear the place of an execution. */
export type Tidying = Pick<EngineParts, "placeOf" | "code" | "uncleared">;

/**
 * Removes what an ended execution no longer needs: code, inputs and scratch are stored elsewhere. The log stays, and so
 * do files in outputs that could not be kept. A failure here loses disk space and nothing else, so it is only said, and
 * noted for `clearAgain`.
 */
export async function tidyUp(parts: Tidying & Pick<EngineParts, "store" | "clock">, execution: Tidied): Promise<void> {
  if (!(await isUsable(parts, execution))) return;
  try {
    await clear(parts, execution);
  } catch (error) {
    parts.uncleared.note(execution);
    const root = await parts.placeOf(execution).then(
      ({ folder }) => folder,
      () => `of execution ${execution.id}`,
    );
    const why = error instanceof Error ? error.message : String(error);
    const message = `the folder ${root} could not be cleared: ${why}; the next run or clean-up tries again`;
    await warnOf(parts, execution.id, message);
  }
}

/** False if its folder could not be used from the start: then nothing was made, and the execution itself says why. */
async function isUsable({ placeOf }: Tidying, execution: Tidied): Promise<boolean> {
  const place = await placeOf(execution).catch(() => undefined);
  return (await place?.executor.requirePlace?.().catch(() => "refused")) === undefined;
}

/** Throws where something is left. */
async function clear({ placeOf, code }: Tidying, execution: Tidied): Promise<void> {
  const place = await placeOf(execution);
  await place.executor.requirePlace?.();
  const folder = executionFolder(place.folder);
  await place.executor.forget({ executionId: execution.id, folder: folder.root });
  if (!existsSync(folder.root)) return;
  if (!(await code.release(folder))) throw new Error("something is mounted in its repository");
  // The journal of outputs has names and properties as the step gave them, secrets included.
  for (const path of [folder.inputs, folder.config, outputJournalOf(folder), checkedFilesOf(folder)])
    await removeTree(path);
  await removeEmptyFolders(folder.outputs);
  isRemoved(folder.valohai);
}

/**
 * Tries once more to clear what could not be cleared. Silent: it was said at its time. If one of an environment cannot
 * be cleared, its others are left for the next time, so that a daemon that is away is waited for once. Returns those
 * that are clear now.
 */
export async function clearAgain(parts: Tidying & Pick<EngineParts, "store">): Promise<readonly string[]> {
  const stuck = new Set<string>();
  const cleared: string[] = [];
  for (const execution of parts.uncleared.list()) {
    if (stuck.has(execution.environmentName)) continue;
    const record = await parts.store.executions.get(execution.id);
    if (record !== undefined && !isFinal(record.state)) continue;
    try {
      await clear(parts, execution);
      parts.uncleared.drop(execution.id);
      cleared.push(execution.id);
    } catch {
      stuck.add(execution.environmentName);
    }
  }
  return cleared;
}

/** From the leaves up; a folder with a file in it stays, and so do those above it. */
async function removeEmptyFolders(root: string): Promise<void> {
  if (isRemoved(root)) return;
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [...folders.sort().reverse(), root]) await rmdir(path).catch(() => undefined);
}

function isRemoved(emptyFolder: string): boolean {
  try {
    rmdirSync(emptyFolder);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

/** The same for an execution whose engine died between the record of its end and the clearing. */
export async function tidyUpLeftovers(parts: EngineParts, execution: Tidied): Promise<void> {
  const place = await parts.placeOf(execution).catch(() => undefined);
  if (place !== undefined && existsSync(executionFolder(place.folder).valohai)) await tidyUp(parts, execution);
}
