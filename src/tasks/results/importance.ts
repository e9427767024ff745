import type { Goal } from "../../config/index.ts";
import type { SweepTrial } from "../sweep/history.ts";
import { lossesOf } from "./goals.ts";

export interface Importance {
  readonly parameter: string;
  /** Share of the variance of the first goal; absent if there are too few trials. */
  readonly share?: number;
}

const FEWEST_TRIALS = 5;
const MOST_GROUPS = 5;

/**
 * Returns the share of the variance of the first goal that the values of each parameter explain by themselves: trials
 * are put into groups of like values, and the variance between the groups is compared with the whole (the omega squared
 * of an analysis of variance, which allows for the share that groups explain by chance). Effects that parameters have
 * only together are not seen.
 */
export function importanceOf(
  goals: readonly Goal[],
  parameters: readonly string[],
  trials: readonly SweepTrial[],
): readonly Importance[] {
  const known = trials.flatMap(({ state, values, metadata }) => {
    const loss = state === "complete" ? lossesOf(goals, metadata)?.[0] : undefined;
    return loss === undefined ? [] : [{ values, loss }];
  });
  const shares = parameters.map((parameter): Importance => {
    if (known.length < FEWEST_TRIALS) return { parameter };
    const groups = groupsOf(known.map(({ values }) => values[parameter]));
    if (groups === undefined) return { parameter, share: 0 };
    return {
      parameter,
      share: explained(
        groups,
        known.map(({ loss }) => loss),
      ),
    };
  });
  return shares.toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0));
}

/** The group of each value; undefined where all are alike. */
function groupsOf(values: readonly unknown[]): readonly number[] | undefined {
  const distinct = [...new Set(values.map((value) => JSON.stringify(value)))];
  if (distinct.length < 2) return undefined;
  if (distinct.length <= MOST_GROUPS || values.some((value) => typeof value !== "number"))
    return values.map((value) => distinct.indexOf(JSON.stringify(value)));
  // As many in each group, by rank: a logarithmic range is divided as well as any.
  const count = Math.min(MOST_GROUPS, Math.max(2, Math.floor(Math.sqrt(values.length))));
  const sorted = (values as readonly number[]).toSorted((a, b) => a - b);
  const limits = Array.from(
    { length: count - 1 },
    (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / count)] ?? 0,
  );
  return (values as readonly number[]).map((value) => limits.filter((limit) => value >= limit).length);
}

function explained(groups: readonly number[], losses: readonly number[]): number {
  const mean = meanOf(losses);
  const total = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
  if (total === 0) return 0;
  const byGroup = Map.groupBy(
    losses.map((loss, index) => [groups[index], loss] as const),
    ([group]) => group,
  );
  let within = 0;
  for (const members of byGroup.values()) {
    const own = meanOf(members.map(([, loss]) => loss));
    within += members.reduce((sum, [, loss]) => sum + (loss - own) ** 2, 0);
  }
  const free = losses.length - byGroup.size;
  if (free <= 0) return 0;
  const error = within / free;
  return Math.min(1, Math.max(0, (total - within - (byGroup.size - 1) * error) / (total + error)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
