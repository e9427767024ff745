import type { Change } from "../change.ts";
import { statement } from "../database.ts";
import { RUNTIME_FACTS } from "../documents/record-documents.ts";
import type { RunState } from "../records.ts";
import { EXECUTION_TRANSITIONS, requireTransition } from "../transitions.ts";
import { type HeldExecution, requireFence, requireHeld } from "./claims.ts";
import { addDatums } from "./datums.ts";
import { addFingerprint } from "./fingerprints.ts";
import { moveNode, returnNode } from "./nodes.ts";
import type { ExecutionChange, ExecutionEnd } from "./requests.ts";
import { lostRace } from "./runs.ts";

const updateDetails = statement<{
  key: number;
  fence: number;
  state: string;
  environment: string | null;
  statusDetail: string | null;
}>(`
  update executions set state = :state, environment = coalesce(:environment, environment),
    environment_v = case when :environment is null then environment_v else ${RUNTIME_FACTS.version} end,
    status_detail = coalesce(:statusDetail, status_detail)
  where key = :key and fence = :fence`);

const updateToEnded = statement<{
  key: number;
  fence: number;
  from: string;
  state: string;
  reason: string | null;
  exitCode: number | null;
  signal: string | null;
  at: number;
}>(`
  update executions set state = :state, reason = :reason, exit_code = :exitCode, signal = :signal, finished_at = :at
  where key = :key and fence = :fence and state = :from`);

export async function updateExecution(change: Change, id: string, fence: number, wanted: ExecutionChange): Promise<void> {
  const execution = await requireHeld(change, id, fence);
  const state = wanted.state ?? execution.state;
  const moves = state !== execution.state;
  if (moves) requireTransition(EXECUTION_TRANSITIONS, `Execution ${execution.number}`, execution.state, state);
  const changed = await change.queries.run(updateDetails, {
    key: execution.key,
    fence,
    state,
    environment: wanted.environment === undefined ? null : JSON.stringify(wanted.environment),
    statusDetail: wanted.statusDetail ?? null,
  });
  if (changed === 0) throw lostRace(`Execution ${execution.number}`);
  const { run_id: runId, node } = execution;
  if (wanted.statusDetail !== undefined) {
    change.emit(execution.run_key, wanted.at, {
      kind: "execution-detail",
      runId,
      executionId: id,
      node,
      detail: wanted.statusDetail,
    });
  }
  if (moves) emitState(change, execution, { state, at: wanted.at });
}

export async function finishExecution(change: Change, id: string, fence: number, end: ExecutionEnd): Promise<void> {
  const execution = await requireFence(change, id, fence);
  requireTransition(EXECUTION_TRANSITIONS, `Execution ${execution.number}`, execution.state, end.state);
  const changed = await change.queries.run(updateToEnded, {
    key: execution.key,
    fence,
    from: execution.state,
    state: end.state,
    reason: end.reason ?? null,
    exitCode: end.exitCode ?? null,
    signal: end.signal ?? null,
    at: end.at,
  });
  if (changed === 0) throw lostRace(`Execution ${execution.number}`);
  await addDatums(change, execution, end.outputs, end.at);
  if (end.fingerprint !== undefined && end.state === "complete") await addFingerprint(change, execution.key, end.fingerprint);
  emitState(change, execution, end);
  const node = { runKey: execution.run_key, runId: execution.run_id, name: execution.node };
  const { state, reason, retryAt, at } = end;
  if (state === "error" && retryAt !== undefined) await returnNode(change, node, { reason, retryAt, at });
  else await moveNode(change, node, { state, reason, at });
}

function emitState(
  change: Change,
  execution: HeldExecution,
  { state, reason, exitCode, at }: { readonly state: RunState; readonly reason?: string; readonly exitCode?: number; readonly at: number },
): void {
  change.emit(execution.run_key, at, {
    kind: "execution-state",
    runId: execution.run_id,
    executionId: execution.id,
    node: execution.node,
    state,
    ...(reason !== undefined && { reason }),
    ...(exitCode !== undefined && { exitCode }),
  });
}
