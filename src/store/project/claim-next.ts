import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { RefusedWrite } from "../refused-write.ts";
import { trialOf } from "./claims.ts";
import { finishExecution } from "./execution-changes.ts";
import { IS_QUEUED } from "./execution-keys.ts";
import { createExecution, getExecution } from "./executions.ts";
import type { ClaimLimits, NewExecution, NextClaim, StartedExecution, StartingClaim } from "./requests.ts";

/**
 * The oldest queued execution that the claimant may take. Names are handed over as one text, `|a|b|`, since the
 * databases have no list in common; a text that contains the name gets shorter when it is taken out.
 */
const selectNext = statement<
  { project: number; pool: string; runId: string; served: string; full: string },
  { id: string; run_id: string; node: string; trial: number | null }
>(
  `
  select executions.id, runs.id as run_id, executions.node, executions.trial
  from executions join runs on runs.key = executions.run_key
  where executions.project_key = :project and executions.state = 'queued' and runs.pool in (:pool, '')
    and (:runId = '' or runs.id = :runId)
    and (:served = '' or replace(:served, '|' || executions.environment_name || '|', '|') <> :served)
    and replace(:full, '|' || executions.environment_name || '|', '|') = :full
  order by executions.number limit 1`,
  // Executions that another engine is about to take are skipped instead of waited for.
  { locks: "executions", skipLocked: true },
);

const updateToClaimed = statement<{ id: string; owner: string; at: number }, { fence: number; run_key: number }>(`
  update executions set state = 'started', fence = fence + 1, owner = :owner, started_at = :at
  where id = :id and ${IS_QUEUED}
  returning fence, run_key`);

/**
 * A transaction that counts waits until the one that counted before it has committed; otherwise two would take the last
 * place together.
 */
const lockCounting = statement<{ project: number }, { key: number }>("select key from projects where key = :project", {
  locks: "projects",
});

const countClaimed = statement<{ project: number }, { environment_name: string; claimed: number }>(`
  select environment_name, count(*) as claimed from executions
  where project_key = :project and state in ('started', 'stopping') group by environment_name`);

export async function claimNext(change: Change, claim: NextClaim): Promise<Required<StartedExecution> | undefined> {
  const { queries, project } = change;
  const { pool, runId, environments, limits, owner, at } = claim;
  const room = limits === undefined ? undefined : await resourcesFor(queries, project, limits);
  if (room?.isFull === true) return undefined;
  const next = await queries.get(selectNext, {
    project,
    pool,
    runId: runId ?? "",
    served: environments === undefined ? "" : listed(environments),
    full: listed(room?.fullEnvironments ?? []),
  });
  if (next === undefined) return undefined;
  const fence = await claimQueued(change, { ...next, runId: next.run_id }, { owner, at });
  const execution = fence === undefined ? undefined : await getExecution(queries, project, next.id);
  return fence === undefined || execution === undefined ? undefined : { execution, fence };
}

export async function startExecution(
  change: Change,
  wanted: NewExecution,
  { owner, limits, failure }: StartingClaim,
): Promise<StartedExecution | undefined> {
  const { queries, project } = change;
  const execution = await createExecution(change, wanted);
  if (execution === undefined) return undefined;
  const room = limits === undefined ? undefined : await resourcesFor(queries, project, limits);
  if (room !== undefined && (room.isFull || room.fullEnvironments.includes(execution.environmentName)))
    return { execution };
  const { at } = wanted;
  const fence = await claimQueued(change, execution, { owner, at });
  if (fence !== undefined && failure !== undefined) {
    await finishExecution(change, execution.id, fence, {
      ...{ state: "error", reason: failure, outputs: [], at },
      hasLog: false,
    });
    return { execution: { ...execution, state: "error", reason: failure, startedAt: at, finishedAt: at }, fence };
  }
  return fence === undefined ? { execution } : { execution: { ...execution, state: "started", startedAt: at }, fence };
}

/**
 * Makes the executions of a group and claims all of them; undefined, with nothing made, where the limits leave no room
 * for all. Throws RefusedWrite (`lost`) where one of them is under way already.
 */
export async function startGroup(
  change: Change,
  wanted: readonly NewExecution[],
  { owner, limits }: Omit<StartingClaim, "failure">,
): Promise<readonly Required<StartedExecution>[] | undefined> {
  const { queries, project } = change;
  if (limits !== undefined && (await roomFor(queries, project, limits, wanted)) < wanted.length) return undefined;
  const started: Required<StartedExecution>[] = [];
  for (const each of wanted) {
    const execution = await createExecution(change, each);
    const fence = execution === undefined ? undefined : await claimQueued(change, execution, { owner, at: each.at });
    if (execution === undefined || fence === undefined)
      throw new RefusedWrite("lost", `node ${each.node} was begun by another process`, "look at what runs");
    started.push({ execution: { ...execution, state: "started", startedAt: each.at }, fence });
  }
  return started;
}

/** Returns how many executions may begin in the environment of the group. */
async function roomFor(
  queries: Queries,
  project: number,
  limits: ClaimLimits,
  [first]: readonly NewExecution[],
): Promise<number> {
  const counts = await countUnderWay(queries, project);
  const total = counts.values().reduce((sum, count) => sum + count, 0);
  const name = first?.environmentName ?? "";
  const ofEnvironment = limits.environments?.[name] ?? Number.POSITIVE_INFINITY;
  return Math.min((limits.project ?? Number.POSITIVE_INFINITY) - total, ofEnvironment - (counts.get(name) ?? 0));
}

/** queued → started, within a transaction that has found it queued. */
async function claimQueued(
  { queries, emit }: Change,
  {
    id,
    runId,
    node,
    trial,
  }: { readonly id: string; readonly runId: string; readonly node: string; readonly trial?: number | null },
  { owner, at }: { readonly owner: string; readonly at: number },
): Promise<number | undefined> {
  const claimed = await queries.get(updateToClaimed, { id, owner, at });
  if (claimed === undefined) return undefined;
  emit(claimed.run_key, at, {
    ...{ kind: "execution-state", runId, executionId: id, node, state: "started" },
    ...trialOf({ trial }),
  });
  return claimed.fence;
}

/** Finds the limits that have been reached, and will stay so until the end of the transaction unless something ends. */
export async function resourcesFor(
  queries: Queries,
  project: number,
  limits: ClaimLimits,
): Promise<{ readonly isFull: boolean; readonly fullEnvironments: readonly string[] }> {
  const counts = await countUnderWay(queries, project);
  const total = counts.values().reduce((sum, count) => sum + count, 0);
  const fullEnvironments = Object.entries(limits.environments ?? {}).filter(
    ([name, limit]) => (counts.get(name) ?? 0) >= limit,
  );
  return {
    isFull: total >= (limits.project ?? Number.POSITIVE_INFINITY),
    fullEnvironments: fullEnvironments.map(([name]) => name),
  };
}

/** By environment; it stays so until the end of the transaction unless something ends. */
async function countUnderWay(queries: Queries, project: number): Promise<ReadonlyMap<string, number>> {
  await queries.get(lockCounting, { project });
  const rows = await queries.all(countClaimed, { project });
  return new Map(rows.map((row) => [row.environment_name, Number(row.claimed)]));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "" : `|${names.join("||")}|`;
}
