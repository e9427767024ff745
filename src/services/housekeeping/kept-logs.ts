import type { KeptLogFacts, ProjectStore } from "../../store/index.ts";
import type { KeepTimes } from "./rules.ts";
import type { Tally } from "./tally.ts";

/** A log that was taken out of sight stays so long, in case the clock that made it look old was wrong. */
const DISCARDED_MS = 30 * 24 * 3_600_000;

/** The plan for the logs among the stored files. */
export interface LogPlan {
  /** Executions whose logs go for good: their stored files are then nobody's. */
  readonly deleted: ReadonlySet<string>;
  /** They go out of sight, or come back. */
  readonly discarded: ReadonlySet<string>;
  readonly restored: ReadonlySet<string>;
}

export interface LogAges {
  readonly keep: Pick<KeepTimes, "logsMs">;
  /** By which ages are measured. */
  readonly now: number;
  /** Somebody asked for it: logs go for good, and are not taken out of sight first. */
  readonly asked: boolean;
  /** Keys of runs that go, and take their logs along. */
  readonly gone: ReadonlySet<number>;
}

/** The same rule as for the logs where their steps ran (discarded-logs.ts). */
export async function planLogs(store: ProjectStore, ages: LogAges): Promise<LogPlan> {
  const plan = { deleted: new Set<string>(), discarded: new Set<string>(), restored: new Set<string>() };
  for await (const page of store.logs.listKept()) {
    for (const log of page) {
      const fate = log.isOwn && !ages.gone.has(log.runKey) ? fateOf(log, ages) : undefined;
      if (fate !== undefined) plan[fate].add(log.executionId);
    }
  }
  return plan;
}

function fateOf({ finishedAt, discardedAt }: KeptLogFacts, { keep, now, asked }: LogAges): keyof LogPlan | undefined {
  if (now - finishedAt <= keep.logsMs) return discardedAt === undefined || asked ? undefined : "restored";
  if (asked) return "deleted";
  if (discardedAt === undefined) return "discarded";
  return now - discardedAt > DISCARDED_MS ? "deleted" : undefined;
}

export async function applyLogPlan(store: ProjectStore, plan: LogPlan, now: number): Promise<void> {
  if (plan.restored.size > 0) await store.logs.discard([...plan.restored], null);
  if (plan.discarded.size > 0) await store.logs.discard([...plan.discarded], now);
  if (plan.deleted.size > 0) await store.logs.delete([...plan.deleted]);
}

/** Their bytes are counted where the stored files go. Returns the executions whose logs are counted. */
export function countLogs(tally: Tally, plan: LogPlan, asked: boolean): ReadonlySet<string> {
  const counted = asked ? plan.deleted : plan.discarded;
  tally.add("logs", counted.size);
  return counted;
}
