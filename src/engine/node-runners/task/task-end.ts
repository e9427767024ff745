import type { Sweep } from "../../../config/index.ts";
import { checkCondition, conditionNames } from "../../../planning/index.ts";
import type { FinalState, TrialRecord } from "../../../store/index.ts";
import { isOpenTrial, isReached, metricOf } from "../../../tasks/index.ts";

/** The reason why a task begins no further trial. */
export interface EarlyEnd {
  readonly reason: string;
  /** Running trials are stopped as well. */
  readonly stopsRunning: boolean;
  readonly state: FinalState;
}

/** Returns true if a trial by itself can end its task: then those before it are looked at first. */
export function mayEndEarly({ onChildError, stopCondition, goals }: Sweep): boolean {
  return onChildError === "stop-all-and-error" || stopCondition !== undefined || goals[0]?.value !== undefined;
}

/**
 * Returns the reason to end a task early, from its rules and the trials so far; undefined while it goes on. The first
 * reason counts.
 */
export function earlyEndOf(sweep: Sweep, trials: readonly TrialRecord[]): EarlyEnd | undefined {
  const failed = trials.find((trial) => trial.state === "error" && !isOpenTrial(trial));
  if (failed !== undefined && sweep.onChildError === "stop-all-and-error")
    return {
      reason: `trial ${failed.trial} failed (on-child-error: stop-all-and-error)`,
      stopsRunning: true,
      state: "error",
    };
  return conditionMet(sweep, trials) ?? goalReached(sweep, trials);
}

function conditionMet({ stopCondition }: Sweep, trials: readonly TrialRecord[]): EarlyEnd | undefined {
  if (stopCondition === undefined) return undefined;
  const met = trials.find((trial) => checkCondition(stopCondition, conditionNames(trial)).holds);
  return met === undefined
    ? undefined
    : { reason: `the stop-condition was met by trial ${met.trial}`, stopsRunning: true, state: "complete" };
}

function goalReached({ goals }: Sweep, trials: readonly TrialRecord[]): EarlyEnd | undefined {
  const [goal] = goals;
  if (goal?.value === undefined) return undefined;
  const earlier: number[] = [];
  for (const { state, metadata, trial } of trials) {
    const metric = state === "complete" ? metricOf(goal.metric, metadata) : undefined;
    if (metric?.ok !== true) continue;
    if (isReached(goal, metric.value, earlier))
      return {
        reason: `trial ${trial} reached ${goal.metric} ${metric.value}`,
        stopsRunning: false,
        state: "complete",
      };
    earlier.push(metric.value);
  }
  return undefined;
}

/** The state of a task whose trials have all ended, and why. */
export function taskEndOf(
  sweep: Sweep,
  trials: readonly TrialRecord[],
  early: EarlyEnd | undefined,
): { readonly state: FinalState; readonly reason?: string } {
  if (early !== undefined && early.state !== "complete") return { state: early.state, reason: early.reason };
  const failed = trials.filter(({ state }) => state === "error").length;
  const complete = trials.filter(({ state }) => state === "complete").length;
  const some = `${failed} of ${trials.length} trials failed`;
  if (trials.length === 0 && early === undefined && sweep.forEach !== undefined)
    return {
      state: "complete",
      reason: `there is no ${sweep.forEach.kind === "input" ? "file" : "value"} of ${sweep.forEach.name} to run for`,
    };
  if (complete === 0 && early === undefined)
    return { state: "error", reason: failed === 0 ? "none of its trials is complete" : some };
  if (failed > 0 && sweep.onChildError !== "continue-and-complete") return { state: "error", reason: some };
  const reasons = [...(early === undefined ? [] : [early.reason]), ...(failed > 0 ? [some] : [])];
  return reasons.length === 0 ? { state: "complete" } : { state: "complete", reason: reasons.join("; ") };
}
