import type { OnChildError, TaskBlueprint, TaskType, VariantParameter } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The properties that only the template of a task node has, beside those of an execution. */
export interface TaskTemplate {
  readonly step: string;
  readonly parameters: Fields;
  readonly [key: string]: unknown;
}

const TYPES: readonly TaskType[] = ["grid_search", "random_search", "manual_search", "bayesian_tpe", "distributed"];
const ON_CHILD_ERROR: readonly OnChildError[] = ["continue-and-complete", "continue-and-error", "stop-all-and-error"];
const STYLES: readonly VariantParameter["style"][] = ["linear", "logspace", "multiple", "random", "single"];

/**
 * The task that a client spelled out: its varied parameters are those whose value is a style with rules. The other
 * parameters have one value each.
 */
export function taskOfTemplate(
  node: string,
  template: TaskTemplate,
): { readonly task: TaskBlueprint; readonly parameters: Fields } {
  const settings = fieldsOf(template.configuration);
  const entries = Object.entries(template.parameters);
  const variants = entries.flatMap(([name, value]) => variantOf(name, value) ?? []);
  const varied = new Set(variants.map(({ name }) => name));
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  const optional = {
    executionCount: number(settings.execution_count),
    executionBatchSize: number(settings.execution_batch_size),
    maximumQueuedExecutions: number(template.maximum_queued_executions),
    optimizationTargetMetric: text(settings.optimization_target_metric),
    optimizationTargetValue: number(settings.optimization_target_value),
    stopCondition: text(template.stop_expression),
    onChildError: wordOf(
      ON_CHILD_ERROR,
      text(template.on_child_error)?.replaceAll("_", "-"),
      `node ${node}: on_child_error`,
    ),
  };
  const task: TaskBlueprint = {
    name: node,
    step: template.step,
    type: wordOf(TYPES, text(template.type), `node ${node}: type of the task`) ?? "grid_search",
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as object),
    reuseChildren: template.allow_reuse === true,
    goals: [],
    parameters: variants,
    parameterSets: [],
  };
  return { task, parameters: Object.fromEntries(entries.filter(([name]) => !varied.has(name))) };
}

/** `{style: single, rules: {value: …}}` is how a value that is not varied may be sent, too. */
function variantOf(name: string, value: unknown): VariantParameter | undefined {
  const { style, rules } = fieldsOf(value);
  const known = STYLES.find((each) => each === style);
  return known === undefined || known === "single" ? undefined : { name, style: known, rules: fieldsOf(rules) };
}

function wordOf<Word extends string>(
  words: readonly Word[],
  written: string | undefined,
  place: string,
): Word | undefined {
  if (written === undefined) return undefined;
  const found = words.find((word) => word === written);
  if (found !== undefined) return found;
  throw new HeadraceError("HR_PLAN_INVALID", `${place} is unknown`, { hint: `choose from: ${words.join(", ")}` });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
