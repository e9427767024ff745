import type { StepCheck } from "../config/index.ts";
import { checkedFilesOf, executionFolder, type PlacedInput, printedBytes } from "../contract/index.ts";
import { HeadraceError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import type { ChecksVerdict, ExecutionEnd, NewDatum, StepChecksRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import { keptMetadata, withFullMetadata } from "./full-metadata.ts";
import type { CheckedInput, StepChecksOutcome } from "./step-checker.ts";

/** Inputs are not as expected: the step does not start. */
export class InputsRefused extends Error {
  readonly checks: StepChecksRecord;

  constructor(message: string, checks: StepChecksRecord) {
    super(message);
    this.checks = checks;
  }
}

/** Checks what the step is to get, and records the results. Throws `InputsRefused`. */
export async function checkInputs(parts: EngineParts, step: StepRun, inputs: readonly PlacedInput[]): Promise<void> {
  const checks = (step.node.step.checks ?? []).filter(({ kind }) => kind === "input");
  if (checks.length === 0) return;
  step.remarks.progress("checking its inputs");
  const outcome = await parts.checker.check({
    ...{ execution: step.execution, checks, outputs: [], metadata: {} },
    folder: await checkedFolder(parts, step),
    inputs: inputs.map(({ name, files }) => ({ name, optional: isOptional(step, name), files })),
    signal: AbortSignal.any([step.stop, step.abandon]),
  });
  for (const warning of outcome.warnings) step.remarks.warn(warning);
  const record = recordOf(outcome.subjects, parts.clock.now());
  if (outcome.failures.length > 0) throw new InputsRefused(inWords("its inputs are", outcome), record);
  await parts.store.stepChecks.save(step.execution.id, step.fence, record);
  faultPoint("input-checks-recorded");
}

/** Files stand here while they are read; `tidyUp` removes what a killed engine has left. */
async function checkedFolder(parts: EngineParts, { execution }: StepRun): Promise<string> {
  return checkedFilesOf(executionFolder((await parts.placeOf(execution)).folder));
}

type Ended = Pick<ExecutionEnd, "state" | "reason" | "exitCode" | "signal">;

/**
 * Checks what a step has made, where it came to a good end: one whose results are not as expected has failed. The
 * results of all its checks are metadata, too.
 */
export async function checkResults<End extends Ended>(
  parts: EngineParts,
  step: StepRun,
  outputs: readonly NewDatum[],
  end: End,
): Promise<End & Pick<ExecutionEnd, "checks">> {
  const all = step.node.step.checks ?? [];
  if (all.length === 0 || end.state !== "complete") return end;
  try {
    const before = await parts.store.stepChecks.get(step.execution.id);
    const checks = all.filter(({ kind }) => kind !== "input");
    const outcome = checks.length === 0 ? NOTHING : await checkMade(parts, step, checks, outputs);
    for (const warning of outcome.warnings) step.remarks.warn(warning);
    const at = parts.clock.now();
    const subjects = [...(before?.subjects ?? []).filter(({ kind }) => kind === "input"), ...outcome.subjects];
    const record = recordOf(subjects, at);
    await recordCounts(parts, step, record);
    faultPoint("output-checks-made");
    if (outcome.failures.length === 0) return { ...end, checks: record };
    return { ...end, state: "error", reason: inWords("its results are", outcome), checks: record };
  } catch (error) {
    // The step has ended: its outputs are kept, whatever is known of them.
    if (step.abandon.aborted) throw step.abandon.reason;
    if (step.stop.aborted) return { ...end, state: "stopped", reason: String(step.stop.reason) };
    if (!(error instanceof HeadraceError)) throw error;
    return { ...end, state: "error", reason: `its results could not be checked: ${error.message}` };
  }
}

const NOTHING: StepChecksOutcome = { subjects: [], failures: [], warnings: [] };

async function checkMade(
  parts: EngineParts,
  step: StepRun,
  checks: readonly StepCheck[],
  outputs: readonly NewDatum[],
): Promise<StepChecksOutcome> {
  const { id, number, step: name } = step.execution;
  step.remarks.progress("checking its results");
  const record = await parts.store.executions.get(id);
  const kept = record === undefined ? { metadata: {} } : keptMetadata(record);
  return await parts.checker.check({
    ...{ execution: { id, number, step: name }, checks, folder: await checkedFolder(parts, step) },
    inputs: await inputsOnRecord(parts, step),
    // The last counts where a file was taken several times.
    outputs: [...new Map(outputs.map((output) => [output.name, output])).values()],
    metadata: await withFullMetadata(parts.store, id, kept, metadataKeysOf(checks)),
    signal: AbortSignal.any([step.stop, step.abandon]),
  });
}

function metadataKeysOf(checks: readonly StepCheck[]): readonly string[] {
  return checks.flatMap((check) => (check.kind === "metadata" ? check.expectations.map(({ key }) => key) : []));
}

async function inputsOnRecord(parts: EngineParts, step: StepRun): Promise<readonly CheckedInput[]> {
  const { id, inputs } = step.execution;
  if (inputs.length === 0) return [];
  const files = await parts.store.data.listInputFiles(id);
  return inputs.map(({ name }) => ({
    name,
    optional: isOptional(step, name),
    files: files.filter(({ input }) => input === name),
  }));
}

function isOptional({ node }: StepRun, name: string): boolean {
  return node.step.inputs.find((input) => input.name === name)?.optional === true;
}

/** Beyond what the step printed, so that its own lines keep their places; made once more, they are stored once. */
async function recordCounts(parts: EngineParts, step: StepRun, checks: StepChecksRecord): Promise<void> {
  const { id } = step.execution;
  const { folder } = await parts.placeOf(step.execution);
  const offset = printedBytes(executionFolder(folder).logs) + 1;
  const { passed, warned, failed } = checks;
  const values = { "checks.passed": passed, "checks.warned": warned, "checks.failed": failed };
  await parts.store.metadata.add(id, step.fence, [{ offset, at: checks.at, values }]);
}

function recordOf(subjects: StepChecksRecord["subjects"], at: number): StepChecksRecord {
  const checks = subjects.flatMap((subject) => subject.checks);
  const broken = checks.filter(({ outcome }) => outcome !== "passed");
  const failed = broken.filter(({ severity }) => severity === "error").length;
  const verdict: ChecksVerdict = failed > 0 ? "failed" : broken.length > 0 ? "warned" : "passed";
  const counts = { passed: checks.length - broken.length, warned: broken.length - failed, failed };
  return { at, verdict, ...counts, subjects };
}

/** So many are named in a reason; the record has all. */
const MOST_NAMED = 10;

function inWords(beginning: string, { subjects, failures }: StepChecksOutcome): string {
  const all = subjects.reduce((sum, { checks }) => sum + checks.length, 0);
  const more = failures.length > MOST_NAMED ? [`  … and ${failures.length - MOST_NAMED} more`] : [];
  return [
    `${beginning} not as expected: ${failures.length} of ${all} checks failed`,
    ...failures.slice(0, MOST_NAMED).map((failure) => `  ${failure}`),
    ...more,
  ].join("\n");
}
