import type { ParameterValue, Scalar } from "../../../config/index.ts";
import type { NodeResult, PlannedTask } from "../../../planning/index.ts";
import type { NodeExecution, ProjectStore } from "../../../store/index.ts";
import { bestOf, lastOfEach, sweepTrialOf } from "../../../tasks/index.ts";
import { NOTHING, resultOf } from "../../node-results.ts";

type ResultStore = Pick<ProjectStore, "tasks" | "executions">;

/** Executions that are read together. */
const PAGE = 500;

/**
 * Reads the results that a task hands on from the records: the outputs of all its complete executions in the order of
 * its trials, a list of values for each metadata key and for each parameter that is not the same for all, and the best
 * of them by itself.
 */
export async function readTaskResult(store: ResultStore, runId: string, task: PlannedTask): Promise<NodeResult> {
  const trials = lastOfEach(await store.tasks.listTrials(runId, task.name));
  const complete = trials.filter(({ state }) => state === "complete");
  const executions = new Map<string, NodeExecution>();
  for (let from = 0; from < complete.length; from += PAGE) {
    const ids = complete.slice(from, from + PAGE).map(({ executionId }) => executionId);
    for (const each of await store.executions.listById(ids)) executions.set(each.execution.id, each);
  }
  const results = complete.flatMap(({ executionId }) => {
    const execution = executions.get(executionId);
    return execution === undefined ? [] : [{ executionId, result: resultOf(execution) }];
  });
  const best = bestOf(
    task.sweep.goals,
    complete.map((trial) => sweepTrialOf(trial, [])),
  );
  const bestId = complete.find(({ trial }) => trial === best?.trial)?.executionId;
  const bestResult = results.find(({ executionId }) => executionId === bestId)?.result;
  const all = results.map(({ result }) => result);
  const [first = NOTHING] = all;
  return {
    outputs: all.flatMap(({ outputs }) => outputs),
    inputs: first.inputs,
    parameters: parametersOf(all),
    metadata: metadataOf(all),
    environmentVariables: first.environmentVariables,
    ...(bestResult === undefined ? {} : { best: bestResult }),
  };
}

/** A parameter that has several values becomes the list of them, one for each execution. */
function parametersOf(results: readonly NodeResult[]): NodeResult["parameters"] {
  const names = new Set(results.flatMap(({ parameters }) => Object.keys(parameters)));
  const values = [...names].map((name): [string, ParameterValue] => {
    const own = results.map(({ parameters }) => (Object.hasOwn(parameters, name) ? (parameters[name] ?? null) : null));
    const [first = null] = own;
    const isShared = own.every((value) => JSON.stringify(value) === JSON.stringify(first));
    return [name, isShared ? first : own.flatMap((value): readonly Scalar[] => (isList(value) ? value : [value]))];
  });
  return Object.fromEntries(values);
}

function isList(value: ParameterValue): value is readonly Scalar[] {
  return Array.isArray(value);
}

function metadataOf(results: readonly NodeResult[]): NodeResult["metadata"] {
  const keys = new Set(results.flatMap(({ metadata }) => Object.keys(metadata)));
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      results.flatMap(({ metadata }) => (Object.hasOwn(metadata, key) ? [metadata[key]] : [])),
    ]),
  );
}
