import { HeadraceError } from "../../errors.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import type { StopRequests } from "../records.ts";
import { isFinal } from "../transitions.ts";
import { requireExecution } from "./claims.ts";
import { requireRun } from "./runs.ts";

const requestForRun = statement<{ key: number; at: number }>(`
  update runs set stop_requested_at = :at where key = :key and stop_requested_at is null`);

const requestForExecution = statement<{ key: number; at: number; reason: string | null }>(`
  update executions set stop_requested_at = :at, stop_reason = :reason where key = :key and stop_requested_at is null`);

const selectForRun = statement<{ project: number; runId: string }, { requested: number }>(`
  select 1 as requested from runs
  where id = :runId and project_key = :project and stop_requested_at is not null and finished_at is null`);

const selectForExecutions = statement<{ project: number; runId: string }, { id: string; stop_reason: string | null }>(`
  select id, stop_reason from executions
  where run_key = (select key from runs where id = :runId and project_key = :project)
    and stop_requested_at is not null and finished_at is null
  order by number`);

export async function requestStop(
  change: Change,
  { runId, executionId, reason }: { readonly runId: string; readonly executionId?: string; readonly reason?: string },
  at: number,
): Promise<boolean> {
  const { queries, project } = change;
  const run = await requireRun(queries, project, runId);
  if (executionId === undefined) {
    if (isFinal(run.state)) return false;
    if ((await queries.run(requestForRun, { key: run.key, at })) > 0) change.emit(run.key, at, { kind: "stop-requested", runId });
    return true;
  }
  const execution = await requireExecution(queries, project, executionId);
  if (execution.run_key !== run.key) {
    throw new HeadraceError("HR_NOT_FOUND", `Execution ${execution.number} is not part of run ${run.number}.`, {
      hint: "`headrace info` lists the executions of a run.",
    });
  }
  if (isFinal(execution.state)) return false;
  if ((await queries.run(requestForExecution, { key: execution.key, at, reason: reason ?? null })) > 0) {
    change.emit(run.key, at, { kind: "stop-requested", runId, executionId, node: execution.node });
  }
  return true;
}

export async function getStopRequests(queries: Queries, project: number, runId: string): Promise<StopRequests> {
  const run = await queries.get(selectForRun, { project, runId });
  const executions = await queries.all(selectForExecutions, { project, runId });
  const reasons = executions.flatMap(({ id, stop_reason: reason }) => (reason === null ? [] : [[id, reason] as const]));
  return {
    run: run !== undefined,
    executionIds: executions.map(({ id }) => id),
    ...(reasons.length === 0 ? {} : { reasons: Object.fromEntries(reasons) }),
  };
}
