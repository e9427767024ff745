import { HeadraceError } from "../../errors.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import type { Actor } from "../events/actor.ts";
import { recordAudit } from "../installation/audit.ts";
import type { StopRequests } from "../records.ts";
import { isFinal } from "../transitions.ts";
import { requireExecution } from "./claims.ts";
import type { StopTarget } from "./requests.ts";
import { requireRun } from "./runs.ts";

const requestForRun = statement<{ key: number; at: number; actor: string | null }>(`
  update runs set stop_requested_at = :at, stop_actor = :actor where key = :key and stop_requested_at is null`);

const requestForExecution = statement<{ key: number; at: number; actor: string | null; reason: string | null }>(`
  update executions set stop_requested_at = :at, stop_actor = :actor, stop_reason = :reason where key = :key and stop_requested_at is null`);

const selectForRun = statement<{ project: number; runId: string }, { stop_actor: Actor | null }>(`
  select stop_actor from runs
  where id = :runId and project_key = :project and stop_requested_at is not null and finished_at is null`);

const selectForExecutions = statement<{ project: number; runId: string }, { id: string; stop_reason: string | null }>(`
  select id, stop_reason from executions
  where run_key = (select key from runs where id = :runId and project_key = :project)
    and stop_requested_at is not null and finished_at is null
  order by number`);

export async function requestStop(
  change: Change,
  { runId, executionId, reason, actor }: StopTarget,
  at: number,
): Promise<boolean> {
  const { queries, project } = change;
  const run = await requireRun(queries, project, runId);
  if (executionId === undefined) {
    if (isFinal(run.state)) return false;
    if ((await queries.run(requestForRun, { key: run.key, at, actor: actor ?? null })) === 0) return true;
    change.emit(run.key, at, { kind: "stop-requested", runId }, { actor });
    if (actor !== undefined)
      await recordAudit(change, { at, actor, action: "run.stop", subject: { kind: "run", id: runId } });
    return true;
  }
  const execution = await requireExecution(queries, project, executionId);
  if (execution.run_key !== run.key) {
    throw new HeadraceError("HR_NOT_FOUND", `execution ${execution.number} is not part of run ${run.number}`, {
      hint: [{ do: "show-run" }, " lists the executions of a run"],
    });
  }
  if (isFinal(execution.state)) return false;
  const wish = { key: execution.key, at, actor: actor ?? null, reason: reason ?? null };
  if ((await queries.run(requestForExecution, wish)) === 0) return true;
  change.emit(run.key, at, { kind: "stop-requested", runId, executionId, node: execution.node }, { actor });
  if (actor !== undefined) {
    await recordAudit(change, { at, actor, action: "execution.stop", subject: { kind: "execution", id: executionId } });
  }
  return true;
}

export async function getStopRequests(queries: Queries, project: number, runId: string): Promise<StopRequests> {
  const run = await queries.get(selectForRun, { project, runId });
  const executions = await queries.all(selectForExecutions, { project, runId });
  const reasons = executions.flatMap(({ id, stop_reason: reason }) => (reason === null ? [] : [[id, reason] as const]));
  return {
    run: run !== undefined,
    ...(run === undefined || run.stop_actor === null ? {} : { actor: run.stop_actor }),
    executionIds: executions.map(({ id }) => id),
    ...(reasons.length === 0 ? {} : { reasons: Object.fromEntries(reasons) }),
  };
}
