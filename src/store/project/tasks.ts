import type { FileRef, NodeDecision } from "../../planning/index.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { CHILD_FILE, NODE_DECISION, PARAMETERS } from "../documents/plan-documents.ts";
import type { Actor } from "../events/actor.ts";
import { recordAudit } from "../installation/audit.ts";
import type { FinalState, RunState, TrialRecord } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal } from "../transitions.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import { readLastValues } from "./last-values.ts";
import { moveNode, requireNode } from "./nodes.ts";
import type { ReusedTrial, TaskEnd, TaskWishes, TrialRange, Wish } from "./requests.ts";
import { requireDriver, requireRun } from "./runs.ts";
import { requestStop } from "./stop-requests.ts";

interface TrialRow {
  readonly trial: number;
  readonly pruned: number;
  readonly retry_at: number | null;
  readonly decision: string | null;
  readonly decision_v: number;
  readonly file: string | null;
  readonly file_v: number;
  readonly own: number;
  readonly id: string;
  readonly number: number;
  readonly attempt: number;
  readonly state: RunState;
  readonly reason: string | null;
  readonly parameters: string;
  readonly spec_v: number;
  readonly metadata: string;
  readonly metadata_v: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

const TRIAL_ROWS = `
  select behind.trial, behind.pruned, behind.retry_at, behind.decision, behind.decision_v, behind.file, behind.file_v, case when executions.run_key = behind.run_key then 1 else 0 end as own,
    executions.id, executions.number, executions.attempt, executions.state, executions.reason, execution_specs.parameters,
    execution_specs.v as spec_v, executions.metadata, executions.metadata_v, executions.created_at, executions.started_at,
    executions.finished_at
  from node_executions as behind
  join executions on executions.key = behind.execution_key
  join execution_specs on execution_specs.execution_key = executions.key
  where behind.run_key = (select key from runs where id = :runId and project_key = :project) and behind.node = :node
    and behind.role = 'child'`;

const selectTrials = statement<{ project: number; runId: string; node: string }, TrialRow>(
  `${TRIAL_ROWS} order by behind.ordinal`,
);

const selectTrialsBetween = statement<
  { project: number; runId: string; node: string; from: number; to: number },
  TrialRow
>(`${TRIAL_ROWS} and behind.trial between :from and :to order by behind.ordinal`);

const selectTrial = statement<{ project: number; runId: string; node: string; trial: number }, TrialRow>(
  `${TRIAL_ROWS} and behind.trial = :trial order by behind.ordinal desc limit 1`,
);

const selectTaskExecutions = statement<{ project: number; runId: string }, { id: string }>(`
  select executions.id from node_executions as behind join executions on executions.key = behind.execution_key
  where behind.run_key = (select key from runs where id = :runId and project_key = :project) and behind.role = 'child'
  order by behind.node, behind.ordinal`);

const selectWishes = statement<
  { project: number; runId: string; node: string },
  { more_trials: number; stop_requested_at: number | null }
>(`
  select more_trials, stop_requested_at from nodes
  where run_key = (select key from runs where id = :runId and project_key = :project) and name = :node`);

const selectLastOfTrial = statement<
  { runKey: number; node: string; trial: number },
  { execution_key: number; attempts: number; retry_at: number | null; state: RunState }
>(`
  select behind.execution_key, behind.retry_at, executions.state,
    (select count(*) from node_executions where run_key = :runKey and node = :node and trial = :trial) as attempts
  from node_executions as behind join executions on executions.key = behind.execution_key
  where behind.run_key = :runKey and behind.node = :node and behind.trial = :trial order by behind.ordinal desc limit 1`);

const insertChild = statement<{
  runKey: number;
  node: string;
  trial: number;
  executionKey: number;
  decision: string | null;
  file: string | null;
}>(`
  insert into node_executions (run_key, node, ordinal, role, execution_key, trial, decision, decision_v, file, file_v)
  values (:runKey, :node, (select coalesce(max(ordinal), 0) + 1 from node_executions where run_key = :runKey and node = :node), 'child', :executionKey, :trial,
    :decision, ${NODE_DECISION.version}, :file, ${CHILD_FILE.version})`);

const insertTakenChild = statement<{
  runKey: number;
  node: string;
  trial: number;
  project: number;
  executionId: string;
  decision: string;
  file: string | null;
}>(`
  insert into node_executions (run_key, node, ordinal, role, execution_key, trial, decision, decision_v, file, file_v)
  select :runKey, :node, (select coalesce(max(ordinal), 0) + 1 from node_executions where run_key = :runKey and node = :node), 'child', key, :trial, :decision, ${NODE_DECISION.version}, :file, ${CHILD_FILE.version}
  from executions where id = :executionId and ${OF_PROJECT} and state = 'complete'`);

const updateRetry = statement<{ executionKey: number; runKey: number; at: number }>(`
  update node_executions set retry_at = :at where run_key = :runKey and execution_key = :executionKey and role = 'child'`);

const updatePruned = statement<{ runKey: number; node: string; executionId: string; project: number }>(`
  update node_executions set pruned = 1
  where run_key = :runKey and node = :node and role = 'child' and pruned = 0
    and execution_key = (select key from executions where id = :executionId and ${OF_PROJECT})`);

const updateMoreTrials = statement<{ runKey: number; node: string; count: number }>(`
  update nodes set more_trials = more_trials + :count where run_key = :runKey and name = :node and state in ('waiting', 'active')`);

const updateStop = statement<{ runKey: number; node: string; at: number }>(`
  update nodes set stop_requested_at = coalesce(stop_requested_at, :at) where run_key = :runKey and name = :node and state in ('waiting', 'active')`);

const updateBest = statement<{ runKey: number; node: string; executionId: string; project: number }>(`
  update nodes set best_key = (select key from executions where id = :executionId and ${OF_PROJECT})
  where run_key = :runKey and name = :node`);

/**
 * The executions of a task in the order in which they came to it, with each attempt of a trial: all, or those of some
 * trials.
 */
export async function listTrials(
  queries: Queries,
  project: number,
  of: { readonly runId: string; readonly node: string },
  range?: TrialRange,
): Promise<readonly TrialRecord[]> {
  const rows =
    range === undefined
      ? queries.all(selectTrials, { project, ...of })
      : queries.all(selectTrialsBetween, { project, ...of, ...range });
  return (await rows).map(toTrial);
}

/** The executions of all tasks of a run. */
export async function listTaskExecutions(queries: Queries, project: number, runId: string): Promise<readonly string[]> {
  return (await queries.all(selectTaskExecutions, { project, runId })).map(({ id }) => id);
}

/** The last execution of one trial. */
export async function getTrial(
  queries: Queries,
  project: number,
  of: { readonly runId: string; readonly node: string; readonly trial: number },
): Promise<TrialRecord | undefined> {
  const row = await queries.get(selectTrial, { project, ...of });
  return row && toTrial(row);
}

export async function taskWishes(queries: Queries, project: number, runId: string, node: string): Promise<TaskWishes> {
  const row = await queries.get(selectWishes, { project, runId, node });
  return { moreTrials: Number(row?.more_trials ?? 0), stop: row?.stop_requested_at != null };
}

/** The task is to stop: what runs of it, too. False where it has ended. */
export async function stopTask(change: Change, runId: string, node: string, { actor, at }: Wish): Promise<boolean> {
  const { queries, project } = change;
  const run = await requireRun(queries, project, runId);
  await requireNode(queries, project, runId, node);
  if (isFinal(run.state) || (await queries.run(updateStop, { runKey: run.key, node, at })) === 0) return false;
  change.emit(run.key, at, { kind: "stop-requested", runId, node }, { actor });
  const detail = { number: run.number, node };
  await recordAudit(change, { at, actor, action: "run.stop", subject: { kind: "run", id: runId }, detail });
  return true;
}

/** The task begins: from now on it makes executions. False where it has begun before. */
export async function beginTask(
  change: Change,
  runId: string,
  node: string,
  { at, fence }: { readonly at: number; readonly fence: number | undefined },
): Promise<boolean> {
  const run = requireDriver(await requireRun(change.queries, change.project, runId), fence);
  return await moveNode(change, { runKey: run.key, runId, name: node }, { state: "active", at });
}

/**
 * Takes a place among the executions of a task for the one that is about to be made. Returns the number of the attempt;
 * undefined where the trial has an execution already that it is to keep.
 */
export async function nextAttemptOf(
  { queries }: Change,
  {
    isMember = false,
    ...of
  }: { readonly runKey: number; readonly node: string; readonly trial: number; readonly isMember?: boolean },
): Promise<number | undefined> {
  const last = await queries.get(selectLastOfTrial, of);
  if (last === undefined) return 1;
  return isFinal(last.state) && (isMember || last.retry_at !== null) ? Number(last.attempts) + 1 : undefined;
}

export async function addChild(
  { queries }: Change,
  {
    decision,
    file,
    ...child
  }: {
    readonly runKey: number;
    readonly node: string;
    readonly trial: number;
    readonly executionKey: number;
    readonly decision?: NodeDecision;
    readonly file?: FileRef;
  },
): Promise<void> {
  await queries.run(insertChild, { ...child, decision: documentOf(decision), file: documentOf(file) });
}

function documentOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** A failed execution of a task is tried again, from `at` on. */
export async function awaitRetryOfChild(
  { queries }: Change,
  retry: { readonly runKey: number; readonly executionKey: number; readonly at: number },
): Promise<void> {
  await queries.run(updateRetry, retry);
}

/**
 * Earlier executions stand for trials of a task. Throws RefusedWrite (`lost`) where one is no longer there; a trial
 * that has an execution keeps it.
 */
export async function reuseTrials(
  change: Change,
  runId: string,
  node: string,
  trials: readonly ReusedTrial[],
  { at, fence }: { readonly at: number; readonly fence: number | undefined },
): Promise<void> {
  const { queries, project } = change;
  const { key: runKey } = requireDriver(await requireRun(queries, project, runId), fence);
  for (const { trial, executionId, decision, file } of trials) {
    const { execution } = decision;
    const taken = {
      runKey,
      node,
      trial,
      project,
      executionId,
      decision: JSON.stringify(decision),
      file: documentOf(file),
    };
    if ((await queries.get(selectLastOfTrial, { runKey, node, trial })) !== undefined) continue;
    if ((await queries.run(insertTakenChild, taken)) === 0)
      throw new RefusedWrite(
        "lost",
        `the results of execution ${execution}, which trial ${trial} of node ${node} was to take, are no longer there`,
        "resume the run: it goes on with what is",
      );
    change.emit(runKey, at, { kind: "trial-reused", runId, executionId, number: execution, node, trial });
  }
}

/** Asks an execution to stop for doing worse than others. False where it has ended, or was asked before. */
export async function pruneTrial(
  change: Change,
  runId: string,
  node: string,
  {
    executionId,
    reason,
    at,
    actor,
  }: { readonly executionId: string; readonly reason: string; readonly at: number; readonly actor?: Actor | undefined },
): Promise<boolean> {
  const { queries, project } = change;
  const { key: runKey } = await requireRun(queries, project, runId);
  const asked = await requestStop(change, { runId, executionId, reason, actor }, at);
  return asked && (await queries.run(updatePruned, { runKey, node, executionId, project })) > 0;
}

/** Lets a task that has not ended make more executions than it was planned to. */
export async function addTrials(
  change: Change,
  runId: string,
  node: string,
  { count, at, actor }: { readonly count: number; readonly at: number; readonly actor: Actor },
): Promise<void> {
  const { queries, project } = change;
  const run = await requireRun(queries, project, runId);
  await requireNode(queries, project, runId, node);
  if (isFinal(run.state) || (await queries.run(updateMoreTrials, { runKey: run.key, node, count })) === 0)
    throw new RefusedWrite(
      "ended",
      `the task ${node} of run ${run.number} has ended`,
      "start it again: earlier executions are reused, and do not run anew",
    );
  change.emit(run.key, at, { kind: "trials-added", runId, node, count }, { actor });
  const detail = { number: run.number, node, count };
  await recordAudit(change, { at, actor, action: "run.add-trials", subject: { kind: "run", id: runId }, detail });
}

export async function finishTask(change: Change, runId: string, node: string, end: TaskEnd): Promise<void> {
  const { queries, project } = change;
  const run = requireDriver(await requireRun(queries, project, runId), end.fence);
  const { state, reason, at, best } = end;
  if (best !== undefined) await queries.run(updateBest, { runKey: run.key, node, executionId: best, project });
  const move: { readonly state: FinalState; readonly reason?: string | undefined; readonly at: number } = {
    state,
    reason,
    at,
  };
  await moveNode(change, { runKey: run.key, runId, name: node }, move);
}

function toTrial(row: TrialRow): TrialRecord {
  const { metadata, metadataLeftOut } = readLastValues(row.metadata_v, row.metadata);
  return {
    trial: Number(row.trial),
    executionId: row.id,
    number: row.number,
    attempt: row.attempt,
    state: row.state,
    pruned: Number(row.pruned) === 1,
    reused: Number(row.own) === 0,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.decision === null ? {} : { decision: NODE_DECISION.read(row.decision_v, row.decision) }),
    ...(row.file === null ? {} : { file: CHILD_FILE.read(row.file_v, row.file) }),
    ...(row.retry_at === null ? {} : { retryAt: Number(row.retry_at) }),
    parameters: PARAMETERS.read(row.spec_v, row.parameters),
    metadata,
    ...(metadataLeftOut === undefined || metadataLeftOut === null ? {} : { metadataLeftOut }),
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
  };
}
