import { rm, rmdir } from "node:fs/promises";
import { executionFolder } from "../contract/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import { jobOf } from "./prepare-step.ts";

/**
 * Removes what an ended execution no longer needs: code, inputs and scratch are stored elsewhere. The log stays, and so do files in
 * outputs that could not be kept. A failure here loses disk space and nothing else, so it is only said.
 */
export async function tidyUp(parts: EngineParts, step: StepRun): Promise<void> {
  const folder = executionFolder(parts.folderOf(step.execution.id));
  try {
    await parts.executor.forget(jobOf(parts, step, folder));
    for (const path of [folder.repository, folder.inputs, folder.config]) await rm(path, { recursive: true, force: true });
    for (const path of [folder.outputs, folder.valohai]) await rmdir(path).catch(() => undefined);
  } catch (error) {
    const message = `the folder ${folder.root} could not be cleared: ${error instanceof Error ? error.message : String(error)}`;
    parts.notify({ kind: "warning", node: step.node.name, message });
  }
}
