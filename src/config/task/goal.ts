/** A goal that a task pursues in the metadata of its executions. */
export interface Goal {
  readonly metric: string;
  readonly direction: "max" | "min" | "target";
  /** With `target`: the value to come close to. With others: nothing more begins once it is reached. */
  readonly value?: number;
}

export type GoalResult = { readonly ok: true; readonly goal: Goal } | { readonly ok: false; readonly message: string };

const FORM = /^(max|min)(?:imi[sz]e)?:(.+)$/;

/** Reads `max:auc` or `min:loss`. */
export function parseGoal(text: string): GoalResult {
  const [, direction, metric] = FORM.exec(text.trim()) ?? [];
  if (metric === undefined || metric.trim() === "")
    return { ok: false, message: `a goal is \`max:METRIC\` or \`min:METRIC\`, not \`${text}\`` };
  return { ok: true, goal: { metric: metric.trim(), direction: direction as "max" | "min" } };
}
