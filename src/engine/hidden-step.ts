import { HIDES_ALL, HIDES_NOTHING, type HiddenText, hiddenText } from "../secrets/index.ts";
import type { NewDatum } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import { type PreparedStep, secretsOf } from "./prepare-step.ts";
import type { StepRemarks } from "./step-remarks.ts";

/**
 * Hides the step's secrets in what it says past its streams, whose reader hides them itself. Those that it was started
 * with, since they may have been changed meanwhile; a step that an earlier engine started is watched also where its
 * secrets cannot be opened any more, and nothing that it says is told then.
 */
export async function hiddenTextOf(
  parts: EngineParts,
  step: StepRun,
  { job }: Pick<PreparedStep, "job">,
): Promise<HiddenText> {
  if ((step.node.secretVariables ?? []).length === 0) return HIDES_NOTHING;
  if (job.secrets !== undefined) return hiddenText(Object.values(job.secrets));
  return await secretsOf(parts, step).then(
    ({ secrets = {} }) => hiddenText(Object.values(secrets)),
    () => HIDES_ALL,
  );
}

export function hiddenOutput<Output extends Pick<NewDatum, "name" | "properties">>(
  output: Output,
  { text, value }: HiddenText,
): Output {
  return { ...output, name: text(output.name), properties: value(output.properties) };
}

export function hiddenRemarks(remarks: StepRemarks, { text }: HiddenText): StepRemarks {
  return {
    progress: (message) => remarks.progress(text(message)),
    warn: (message) => remarks.warn(text(message)),
    take: () => remarks.take(),
  };
}
