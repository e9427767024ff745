import type { OnChildError, ParameterValue, TaskBlueprint, TaskType } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";
import type { TaskSource } from "../schema/task.ts";
import { type Goal, parseGoal } from "../task/goal.ts";
import { parameterValue } from "./plain-value.ts";
import { filled, listed, present } from "./present.ts";
import type { Report } from "./report.ts";

const TYPES: readonly TaskType[] = [
  "grid_search",
  "random_search",
  "manual_search",
  "bayesian_tpe",
  "distributed",
  "quasi_random",
];
const ON_CHILD_ERROR: readonly OnChildError[] = ["continue-and-complete", "continue-and-error", "stop-all-and-error"];

/** The task that a checked mapping describes. */
export function buildTask(source: TaskSource, path: Path, report: Report): TaskBlueprint {
  return present({
    name: source.name,
    step: source.step,
    type: wordOf(TYPES, source.type, "_", [...path, "type"], report) ?? "grid_search",
    description: source.description,
    engine: engineOf(source.engine, [...path, "engine"], report),
    executionCount: source["execution-count"],
    executionBatchSize: source["execution-batch-size"],
    maximumQueuedExecutions: source["maximum-queued-executions"],
    onChildError: wordOf(ON_CHILD_ERROR, source["on-child-error"], "-", [...path, "on-child-error"], report),
    optimizationTargetMetric: source["optimization-target-metric"],
    optimizationTargetValue: source["optimization-target-value"],
    stopCondition: source["stop-condition"],
    reuseChildren: source["reuse-children"] ?? true,
    goals: goalsOf(source.goal, [...path, "goal"], report),
    seed: source.seed,
    forEach: filled(source["for-each"]),
    earlyStopping: source["early-stopping"] === undefined ? undefined : present(source["early-stopping"]),
    parameters: (source.parameters ?? []).map(({ name, style, rules }) => ({ name, style, rules: present(rules) })),
    parameterSets: parameterSets(source["parameter-sets"], [...path, "parameter-sets"], report),
  }) as TaskBlueprint;
}

/** A word whose case and whose `-` and `_` do not matter; an empty one is absent. */
function wordOf<Word extends string>(
  words: readonly Word[],
  source: string | undefined,
  joint: "-" | "_",
  path: Path,
  report: Report,
): Word | undefined {
  if (source === undefined || source === "") return undefined;
  const text = source.toLowerCase().replace(/[-_]/g, joint);
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) {
    report("wrong-value", path, `\`${path.at(-1)}\` has to be one of ${words.join(", ")}, not \`${source}\``, {
      hint: () => suggestionHint(source, words),
    });
  }
  return word;
}

/** A goal that cannot be read is reported and left out. */
function goalsOf(source: TaskSource["goal"], path: Path, report: Report): readonly Goal[] {
  const isList = Array.isArray(source);
  return listed(source).flatMap((text, index) => {
    const result = parseGoal(text);
    if (result.ok) return [result.goal];
    report("wrong-value", isList ? [...path, index] : path, result.message);
    return [];
  });
}

function engineOf(source: string | undefined, path: Path, report: Report): TaskBlueprint["engine"] {
  const text = source?.toLowerCase();
  if (text === undefined || text === "optuna" || text === "hyperopt") return text;
  report("unusual-value", path, `\`engine\` is optuna or hyperopt; \`${source}\` is ignored`, {
    hint: () => suggestionHint(text, ["optuna", "hyperopt"]),
  });
  return undefined;
}

function parameterSets(
  source: readonly Readonly<Record<string, unknown>>[] | undefined,
  path: Path,
  report: Report,
): readonly Readonly<Record<string, ParameterValue>>[] {
  return (source ?? []).flatMap((set, index) => {
    const values: Record<string, ParameterValue> = {};
    for (const [name, entry] of Object.entries(set)) {
      const value = parameterValue(entry);
      if (value !== undefined)
        Object.defineProperty(values, name, { value, enumerable: true, writable: true, configurable: true });
      else
        report(
          "unusual-value",
          [...path, index, name],
          `the value of \`${name}\` has to be one value or a list of values; this one is ignored`,
        );
    }
    return Object.keys(set).length === 0 ? [] : [values];
  });
}
