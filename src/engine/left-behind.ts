import type { HiddenText } from "../secrets/index.ts";
import type { NewFiles } from "../snapshots/index.ts";
import type { NewDatum } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import type { PreparedStep } from "./prepare-step.ts";

/** Among the facts of an execution: files that it wrote to its working folder, where it made no outputs. */
export const LEFT_BEHIND = "notKept";

/**
 * Notes what a step that succeeded has written to its working folder instead of its outputs: the commonest slip of
 * whoever is new here, and without a word it shows only when another step misses the file. Only where it made no output
 * at all, so that steps which are as they should be pay nothing.
 */
export async function noteLeftBehind(
  { store, code, clock }: EngineParts,
  { execution, fence }: StepRun,
  { folder, preparation, place }: PreparedStep,
  outputs: readonly NewDatum[],
  hidden: HiddenText,
): Promise<void> {
  if (outputs.length > 0) return;
  const left = await code.leftIn(folder);
  if (left === undefined || left.count === 0) return;
  // Last, since hardly any step comes so far.
  if ((await store.data.listOutputs(execution.id)).length > 0) return;
  const environment = {
    executor: place.executor.name,
    ...preparation.facts,
    ...preparation.surroundings,
    [LEFT_BEHIND]: hidden.text(inWords(left)),
  };
  await store.executions.update(execution.id, fence, { environment, at: clock.now() });
}

function inWords({ names, count, isCut }: NewFiles): string {
  const more = count - names.length;
  if (more === 0) return names.join(", ");
  return `${names.join(", ")} and ${isCut ? "at least " : ""}${more} more`;
}
