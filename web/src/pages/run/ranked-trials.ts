import type { TaskView, TrialView } from "../../../../src/api/index.ts";

/** Trials in the order of their places, those without one by their numbers. */
export function rankedTrials(trials: readonly TrialView[]): readonly TrialView[] {
  const place = ({ rank }: TrialView): number => rank ?? Number.POSITIVE_INFINITY;
  return trials.toSorted((a, b) => (place(a) === place(b) ? a.trial - b.trial : place(a) - place(b)));
}

/** The names of the metrics that the goals of a task are about. */
export function goalMetrics({ trials }: TaskView): readonly string[] {
  return Object.keys(trials[0]?.metrics ?? {});
}
