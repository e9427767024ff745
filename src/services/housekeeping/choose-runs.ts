import type { RunFacts } from "../../store/index.ts";
import type { RunRules } from "./rules.ts";

export interface ChoiceOptions {
  readonly runs: readonly RunFacts[];
  /** Runs that took results of other runs, which are kept as long as these are. */
  readonly reuses: readonly { readonly runKey: number; readonly fromRunKey: number }[];
  /** Runs that something outside of the records needs (a file named in the configuration, say). */
  readonly pinned: ReadonlySet<number>;
  readonly rules: RunRules;
  readonly now: number;
  /** Bytes of each run's files by content; asked for only when there is a limit of size. */
  readonly sizes: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

export interface RunChoice {
  /** In the order in which they can be removed: a run before those whose results it took. */
  readonly removed: readonly RunFacts[];
  /** The size that is left, when even so there is more than the limit of size allows. */
  readonly excessBytes: number;
}

/**
 * Chooses the runs that the rules let go. Runs of other projects, unfinished ones, those needed by runs that stay, and
 * tagged ones stay.
 */
export function chooseRuns(options: ChoiceOptions): RunChoice {
  const { rules, pinned } = options;
  const { olderThanMs, keepLast, maxBytes, numbers } = rules;
  if ([olderThanMs, keepLast, maxBytes, numbers].every((rule) => rule === undefined)) return NOTHING;
  const newest = newestOf(options.runs, keepLast ?? 0);
  const candidates = options.runs.filter(
    (run) =>
      run.isOwn &&
      run.finishedAt !== undefined &&
      !pinned.has(run.key) &&
      !newest.has(run.key) &&
      (rules.tagged || run.tags.length === 0) &&
      (rules.name === undefined || run.name === rules.name) &&
      (numbers === undefined || numbers.has(run.number)) &&
      (olderThanMs === undefined || options.now - run.finishedAt > olderThanMs),
  );
  const removable = withoutNeeded(candidates, options.reuses);
  return maxBytes === undefined
    ? { removed: inOrder(removable), excessBytes: 0 }
    : untilSmall(removable, options, maxBytes);
}

const NOTHING: RunChoice = { removed: [], excessBytes: 0 };

function newestOf(runs: readonly RunFacts[], count: number): ReadonlySet<number> {
  const newest = new Set<number>();
  if (count === 0) return newest;
  const seen = new Map<string, number>();
  for (const run of [...runs].filter(({ isOwn }) => isOwn).sort((a, b) => b.number - a.number)) {
    const before = seen.get(run.name) ?? 0;
    if (before < count) newest.add(run.key);
    seen.set(run.name, before + 1);
  }
  return newest;
}

/** Leaves out runs that a run which stays has taken results from; that may make others stay in turn. */
function withoutNeeded(candidates: readonly RunFacts[], reuses: ChoiceOptions["reuses"]): readonly RunFacts[] {
  const going = new Map(candidates.map((run) => [run.key, run]));
  const sourcesOf = Map.groupBy(reuses, ({ runKey }) => runKey);
  const needed = reuses.filter(({ runKey }) => !going.has(runKey)).map(({ fromRunKey }) => fromRunKey);
  for (let key = needed.pop(); key !== undefined; key = needed.pop()) {
    if (!going.delete(key)) continue;
    for (const { fromRunKey } of sourcesOf.get(key) ?? []) needed.push(fromRunKey);
  }
  return [...going.values()];
}

/** Newest first: results are taken from earlier runs only. */
function inOrder(runs: readonly RunFacts[]): readonly RunFacts[] {
  return [...runs].sort((a, b) => b.number - a.number);
}

/** The oldest first; a run whose results a later one took goes only with that one. */
function untilSmall(removable: readonly RunFacts[], options: ChoiceOptions, maxBytes: number): RunChoice {
  const users = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const contents of options.sizes.values()) {
    for (const [content, bytes] of contents) {
      users.set(content, (users.get(content) ?? 0) + 1);
      sizes.set(content, bytes);
    }
  }
  let total = sizes.values().reduce((sum, bytes) => sum + bytes, 0);
  const takers = Map.groupBy(options.reuses, ({ fromRunKey }) => fromRunKey);
  const byKey = new Map(removable.map((run) => [run.key, run]));
  const removed = new Map<number, RunFacts>();
  const remove = (run: RunFacts): void => {
    if (removed.has(run.key)) return;
    removed.set(run.key, run);
    for (const { runKey } of takers.get(run.key) ?? []) {
      const taker = byKey.get(runKey);
      if (taker !== undefined) remove(taker);
    }
    for (const [content, bytes] of options.sizes.get(run.key) ?? []) {
      const left = (users.get(content) ?? 1) - 1;
      users.set(content, left);
      if (left === 0) total -= bytes;
    }
  };
  for (const run of [...removable].sort((a, b) => a.number - b.number)) {
    if (total <= maxBytes) break;
    remove(run);
  }
  return { removed: inOrder([...removed.values()]), excessBytes: Math.max(0, total - maxBytes) };
}
