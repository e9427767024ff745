import { onAbort } from "../concurrency/index.ts";
import { type ExecutionFolder, executionFolder } from "../contract/index.ts";
import { HeadraceError } from "../errors.ts";
import type { JobEnd, JobSpec } from "../executors/index.ts";
import { removeTree } from "../remove-tree.ts";
import type { EngineParts, ExecutionPlace } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import { fillFolder } from "./prepare-step.ts";

/** A step's place without the step: what is run in it in its stead, and what is heard of it. */
export interface HeldStep {
  readonly step: StepRun;
  readonly place: ExecutionPlace;
  readonly command: readonly string[];
  /** All is in place; the terminal is taken next. */
  readonly onReady: (ready: ReadyStep) => void;
  /** The command has ended, and its outputs are still there. */
  readonly onEnd: (folder: ExecutionFolder) => Promise<void>;
}

export interface ReadyStep {
  /** The folder that the step knows as its own: `/valohai` in a sandbox. */
  readonly valohaiRoot: string;
  readonly inputFiles: number;
}

/**
 * Prepares a step's place as for its execution and runs another command in it, on the terminal. Nothing of this is
 * recorded, and nothing stays.
 */
export async function holdStep(parts: EngineParts, held: HeldStep): Promise<JobEnd> {
  const { step, place } = held;
  const folder = executionFolder(place.folder);
  const { executor } = place;
  try {
    const { job, preparation, inputs } = await fillFolder(parts, step, place);
    const spec: JobSpec = { ...job, command: held.command };
    if (spec.terminal === undefined) throw new HeadraceError("HR_USAGE", "there is no terminal for the shell");
    if (step.stop.aborted) throw step.stop.reason;
    held.onReady({
      valohaiRoot: preparation.valohaiRoot,
      inputFiles: inputs.reduce((sum, { files }) => sum + files.length, 0),
    });
    const running = await executor.start(spec, preparation);
    using _killing = onAbort(step.kill, () => void running.signal("kill"));
    const end = await running.ended;
    await held.onEnd(folder);
    return end;
  } finally {
    parts.code.distrust(folder);
    await executor.forget({ executionId: step.execution.id, folder: folder.root });
    await parts.code.release(folder);
    await removeTree(folder.root);
  }
}
