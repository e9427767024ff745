import type { TaskSummaryView, TaskView, TrialView } from "../../api/index.ts";
import { describeGoal, forEachOf, type PlannedTask, plannedTrials } from "../../planning/index.ts";
import type { NodeRecord, RunRecord, TrialRecord } from "../../store/index.ts";
import {
  importanceOf,
  isOpenTrial,
  lastOfEach,
  metricOf,
  paretoFront,
  ranked,
  type SweepTrial,
  sweepTrialOf,
  variedBy,
} from "../../tasks/index.ts";
import { isoTime } from "../records/view-of.ts";

/** A task as its records tell it. */
export interface RecordedTask {
  readonly run: RunRecord;
  readonly node: NodeRecord;
  readonly planned: PlannedTask;
  readonly trials: readonly TrialRecord[];
  /** Number of trials that people have added. */
  readonly moreTrials: number;
}

export function taskView(task: RecordedTask): TaskView {
  const { run, node, planned } = task;
  const { goals } = planned.sweep;
  const names = variedOf(task);
  const records = lastOfEach(task.trials);
  const trials = records.map((record) => sweepTrialOf(record, names));
  const order = new Map(ranked(goals, trials).map(({ trial }, index) => [trial, index + 1]));
  const front = new Set(paretoFront(goals, trials).map(({ trial }) => trial));
  return {
    run: run.number,
    node: node.name,
    step: planned.step.name,
    state: node.state === "active" ? "started" : node.state,
    reason: node.reason ?? null,
    ...taskSummary(task),
    parameters: names,
    importance:
      goals.length === 0
        ? []
        : importanceOf(goals, names, trials).map(({ parameter, share }) => ({ parameter, share: share ?? null })),
    notes: notesOn(task, trials),
    trials: records.map((record, index) =>
      trialView(record, trials[index] as SweepTrial, {
        metrics: goals.map(({ metric }) => metric),
        rank: order.get(record.trial) ?? null,
        isBest: front.has(record.trial),
      }),
    ),
  };
}

export function taskSummary(task: RecordedTask): TaskSummaryView {
  const { planned, node } = task;
  const { goals } = planned.sweep;
  const records = lastOfEach(task.trials);
  const trials = records.map((record) => sweepTrialOf(record, []));
  const count = (state: SweepTrial["state"]): number => trials.filter((trial) => trial.state === state).length;
  const [best] = ranked(goals, trials);
  const [goal] = goals;
  const metric = best === undefined || goal === undefined ? undefined : metricOf(goal.metric, best.metadata);
  const hasEnded = node.state !== "waiting" && node.state !== "active";
  return {
    method: planned.sweep.method,
    forEach: forEachOf(planned.sweep),
    goals: goals.map(describeGoal),
    planned: hasEnded ? records.length : plannedTrials(planned, task.moreTrials),
    complete: count("complete"),
    running: count("running"),
    pruned: count("pruned"),
    failed: count("failed"),
    stopped: count("stopped"),
    best:
      best === undefined || goal === undefined || metric?.ok !== true
        ? null
        : {
            trial: best.trial,
            execution: records.find(({ trial }) => trial === best.trial)?.number ?? 0,
            metric: goal.metric,
            value: metric.value,
          },
  };
}

/** The parameters that are varied, those included to which an edge brought a list. */
function variedOf({ planned, trials }: RecordedTask): readonly string[] {
  const names = variedBy(planned.sweep);
  const brought = planned.parameterEdges
    .map(({ parameter }) => parameter)
    .filter((name) => new Set(trials.map(({ parameters }) => JSON.stringify(parameters[name]))).size > 1);
  return [...new Set([...names, ...brought])];
}

function trialView(
  record: TrialRecord,
  { state, values, metadata }: SweepTrial,
  {
    metrics,
    rank,
    isBest,
  }: { readonly metrics: readonly string[]; readonly rank: number | null; readonly isBest: boolean },
): TrialView {
  const results = metrics.map((metric) => [metric, metricOf(metric, metadata)] as const);
  const problem = results.flatMap(([, result]) => (result.ok ? [] : [result.problem]))[0];
  const { startedAt, finishedAt } = record;
  return {
    trial: record.trial,
    execution: record.number,
    executionId: record.executionId,
    state: record.state,
    outcome: state === "running" && record.state === "queued" ? "waiting" : state,
    reason: record.reason ?? null,
    attempt: record.attempt,
    reused: record.reused,
    values,
    file: record.file?.name ?? null,
    metrics: Object.fromEntries(results.map(([metric, result]) => [metric, result.ok ? result.value : null])),
    problem: state === "complete" ? (problem ?? null) : null,
    rank,
    isBest,
    startedAt: startedAt === undefined ? null : isoTime(startedAt),
    finishedAt: finishedAt === undefined ? null : isoTime(finishedAt),
    durationS: startedAt === undefined || finishedAt === undefined ? null : Math.max(0, finishedAt - startedAt) / 1000,
  };
}

/** So many trials without a better one are worth a word. */
const MANY_WITHOUT_GAIN = 10;

function notesOn({ planned, trials: records }: RecordedTask, trials: readonly SweepTrial[]): readonly string[] {
  const { goals } = planned.sweep;
  const [goal] = goals;
  if (goal === undefined) return [];
  const complete = trials.filter(({ state }) => state === "complete");
  const order = ranked(goals, trials);
  const [best] = order;
  const notes: string[] = [];
  const without = complete.length - order.length;
  if (without > 0)
    notes.push(
      `${without} of ${complete.length} complete trials have no number for ${goal.metric}, and no place among the others`,
    );
  if (best === undefined) return notes;
  const values = new Set(order.map(({ metadata }) => metadata[goal.metric]));
  if (values.size === 1 && order.length >= MANY_WITHOUT_GAIN)
    notes.push(
      `${goal.metric} is ${String([...values][0])} in all ${order.length} trials: nothing that is varied changes it`,
    );
  else {
    const since = complete.filter(({ trial }) => trial > best.trial).length;
    if (since >= MANY_WITHOUT_GAIN) notes.push(`trial ${best.trial} is the best since ${since} trials`);
  }
  if (records.some((record) => isOpenTrial(record) && record.attempt > 1)) notes.push("a failed trial is tried again");
  return notes;
}
