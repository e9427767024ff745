import type { ValohaiApi, ValohaiExecutionDetail, ValohaiStop } from "../../api/index.ts";
import type { Config, ParameterValue, Step } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { RunRecord } from "../../store/index.ts";
import { labelRun } from "../runs/label-run.ts";
import { stopExecution as requestStop, stopRun } from "../runs/request-stop.ts";
import { soleExecution } from "../runs/sole-execution.ts";
import { surroundingsOf } from "./execution-view.ts";
import { detailOf } from "./executions.ts";
import { findExecution } from "./find-execution.ts";
import { startPlanned } from "./start-planned.ts";
import type { ValohaiContext } from "./valohai-api.ts";

type NewExecution = Parameters<ValohaiApi["executions"]["create"]>[0];

/** The environment that a client names where its user named none. */
export const DEFAULT_ENVIRONMENT = "PROJECT_DEFAULT";

/** Starts a run of a step, whose execution is named at once. It always runs: nobody asks a client for an old result. */
export async function createExecution(context: ValohaiContext, body: NewExecution): Promise<ValohaiExecutionDetail> {
  const { step, commit, title, tags, environment } = body;
  const given = Object.entries(body.parameters);
  const request = {
    ...({ target: step, kind: "step", commit, fresh: true, inputs: [] } as const),
    // Empty lists and `null` are no texts; they stand in the step instead.
    parameters: given.flatMap(([name, value]) => (isSpoken(value) ? [{ name, values: textsOf(value) }] : [])),
    environmentVariables: variablesOf(body.environment_variables),
    ...(typeof environment === "string" && environment !== DEFAULT_ENVIRONMENT && { environment }),
  };
  const run = await startPlanned(context, request, {
    tags,
    ...(title !== undefined && title !== "" && { title }),
    change: (config) => withStep(config, step, (known) => changedStep(known, body)),
  });
  return await startedDetail(context, run);
}

function isSpoken(value: ParameterValue): boolean {
  return value !== null && !(Array.isArray(value) && value.length === 0);
}

function textsOf(value: ParameterValue): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((each) => String(each ?? ""));
}

/** A variable that is `null` has no value of its own. */
export function variablesOf(
  variables: Readonly<Record<string, string | number | boolean | null>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

export function withStep(config: Config, name: string, change: (step: Step) => Step): Config {
  return { ...config, steps: config.steps.map((step) => (step.name === name ? change(step) : step)) };
}

/** The step with what a client wants otherwise. */
export function changedStep(
  step: Step,
  body: Pick<NewExecution, "image" | "time_limit" | "environment_variable_groups" | "inputs" | "parameters">,
): Step {
  const { image, time_limit: timeLimitS, environment_variable_groups: groups } = body;
  const known = new Set(step.inputs.map(({ name }) => name));
  const unknown = Object.keys(body.inputs).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new HeadraceError("HR_PLAN_INVALID", `step ${step.name} has no input ${JSON.stringify(unknown)}`, {
      hint: known.size === 0 ? "it has no inputs" : `its inputs are ${[...known].join(", ")}`,
    });
  return {
    ...step,
    ...(typeof image === "string" && image !== "" && { image }),
    ...(typeof timeLimitS === "number" && { timeLimitS }),
    ...(groups !== undefined && { environmentVariableGroups: groups }),
    inputs: step.inputs.map((input) => ({ ...input, default: body.inputs[input.name] ?? input.default })),
    parameters: step.parameters.map((parameter) => {
      const value = body.parameters[parameter.name];
      if (value === undefined || isSpoken(value)) return parameter;
      const { default: _, defaultTexts: __, ...rest } = parameter;
      return value === null ? rest : { ...rest, default: value };
    }),
  };
}

async function startedDetail(context: ValohaiContext, run: RunRecord): Promise<ValohaiExecutionDetail> {
  const store = await context.project.writer();
  const execution = await soleExecution(store, run);
  return await detailOf(await surroundingsOf(context), store, await findExecution(store, execution?.id ?? run.id));
}

export async function copyExecution(context: ValohaiContext, ref: string): Promise<ValohaiExecutionDetail> {
  const store = await context.project.writer();
  const found = await findExecution(store, ref);
  if (found.kind !== "there")
    throw new HeadraceError("HR_CONFLICT", `execution ${found.number} has not begun, and cannot be copied yet`, {
      hint: "wait until it has begun",
    });
  const { execution, run: earlier } = found;
  const { step, commit, number, environmentName: environment } = execution;
  const run = await startPlanned(
    context,
    {
      ...({ target: step, kind: "step", commit, environment, fresh: true, parameters: [], inputs: [] } as const),
      environmentVariables: execution.environmentVariables,
      from: { ref: String(number), downstream: false },
    },
    { tags: earlier.tags, ...(earlier.title !== undefined && { title: earlier.title }) },
  );
  return await startedDetail(context, run);
}

/** The only execution of a run is stopped with it, also where it has not begun. */
export async function stopExecution(context: ValohaiContext, ref: string): Promise<ValohaiStop> {
  const found = await findExecution(await context.project.writer(), ref);
  const { accepted, state } =
    found.run.kind === "step" || found.kind === "promised"
      ? await stopRun(context, String(found.run.number))
      : await requestStop(context, String(found.execution.number));
  return { detail: accepted ? "it is asked to stop" : "it had ended already", status: state };
}

export async function removeExecution(context: ValohaiContext, ref: string): Promise<void> {
  const { run } = await findExecution(await context.project.writer(), ref);
  if (run.kind === "pipeline")
    throw new HeadraceError("HR_CONFLICT", `it belongs to pipeline ${run.number}, and goes with it alone`, {
      hint: "remove the pipeline's run",
    });
  const { removeRuns } = await import("../housekeeping/remove-runs.ts");
  await removeRuns(context, [String(run.number)]);
}

export async function tagExecution(
  context: ValohaiContext,
  ref: string,
  tags: readonly string[],
): Promise<ValohaiExecutionDetail> {
  const store = await context.project.writer();
  const { run } = await findExecution(store, ref);
  await setTags(context, run, tags);
  return await detailOf(await surroundingsOf(context), store, await findExecution(store, ref));
}

/** Makes these the tags of a run. */
export async function setTags(
  context: ValohaiContext,
  { number, tags: before }: { readonly number: number; readonly tags: readonly string[] },
  tags: readonly string[],
): Promise<void> {
  const removeTags = before.filter((tag) => !tags.includes(tag));
  await labelRun(context, String(number), { addTags: [...tags], removeTags });
}
