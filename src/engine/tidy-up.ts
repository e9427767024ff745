import { existsSync, rmdirSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { executionFolder } from "../contract/index.ts";
import { systemErrorCode } from "../errors.ts";
import { removeTree } from "../remove-tree.ts";
import type { ExecutionRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";

type Tidied = Pick<ExecutionRecord, "id" | "environmentName">;

/**
 * Removes what an ended execution no longer needs: code, inputs and scratch are stored elsewhere. The log stays, and so do files in
 * outputs that could not be kept. A failure here loses disk space and nothing else, so it is only said.
 */
export async function tidyUp(parts: EngineParts, execution: Tidied, node?: string): Promise<void> {
  let root = `of execution ${execution.id}`;
  try {
    const place = await parts.placeOf(execution);
    const folder = executionFolder(place.folder);
    root = folder.root;
    await place.executor.forget({ executionId: execution.id, folder: folder.root });
    if (!(await parts.code.release(folder))) throw new Error("something is mounted in its repository");
    for (const path of [folder.inputs, folder.config]) await removeTree(path);
    await removeEmptyFolders(folder.outputs);
    isRemoved(folder.valohai);
  } catch (error) {
    const message = `the folder ${root} could not be cleared: ${error instanceof Error ? error.message : String(error)}`;
    parts.notify({ kind: "warning", message, ...(node === undefined ? {} : { node }) });
  }
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
