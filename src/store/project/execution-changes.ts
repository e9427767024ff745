import type { Change } from "../change.ts";
import { statement } from "../database.ts";
import { RUNTIME_FACTS, WARNINGS } from "../documents/record-documents.ts";
import type { RunState } from "../records.ts";
import { EXECUTION_TRANSITIONS, requireTransition } from "../transitions.ts";
import { applyTargets } from "./catalog/apply-targets.ts";
import { type HeldExecution, requireFence, requireHeld, trialOf } from "./claims.ts";
import { addDatums } from "./datums.ts";
import { addFingerprint } from "./fingerprints.ts";
import { moveNode, returnNode } from "./nodes.ts";
import { emitRemarks, recordRemarks, topicOf } from "./remarks.ts";
import type { ExecutionChange, ExecutionEnd } from "./requests.ts";
import { lostRace } from "./runs.ts";
import { saveChecks } from "./step-checks-repository.ts";
import { awaitRetryOfChild } from "./tasks.ts";

const updateDetails = statement<{
  key: number;
  fence: number;
  state: string;
  environment: string | null;
  statusDetail: string | null;
  warnings: string | null;
}>(`
  update executions set state = :state, environment = coalesce(:environment, environment),
    environment_v = case when :environment is null then environment_v else ${RUNTIME_FACTS.version} end,
    status_detail = coalesce(:statusDetail, status_detail), warnings = coalesce(:warnings, warnings),
    warnings_v = case when :warnings is null then warnings_v else ${WARNINGS.version} end
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
  warnings: string | null;
  logWaits: number | null;
}>(`
  update executions set state = :state, reason = :reason, exit_code = :exitCode, signal = :signal, finished_at = :at,
    status_detail = null, warnings = coalesce(:warnings, warnings),
    warnings_v = case when :warnings is null then warnings_v else ${WARNINGS.version} end,
    log_waits = :logWaits
  where key = :key and fence = :fence and state = :from`);

export async function updateExecution(
  change: Change,
  id: string,
  fence: number,
  wanted: ExecutionChange,
): Promise<void> {
  const execution = await requireHeld(change, id, fence);
  const state = wanted.state ?? execution.state;
  const moves = state !== execution.state;
  if (moves) requireTransition(EXECUTION_TRANSITIONS, `execution ${execution.number}`, execution.state, state);
  const remarks = recordRemarks(execution, wanted.remarks);
  const { statusDetail, warnings } = remarks;
  const changed = await change.queries.run(updateDetails, {
    key: execution.key,
    fence,
    state,
    environment: wanted.environment === undefined ? null : JSON.stringify(wanted.environment),
    statusDetail,
    warnings,
  });
  if (changed === 0) throw lostRace(`execution ${execution.number}`);
  emitRemarks(change, execution.run_key, topicOf(execution), remarks, wanted.at);
  if (moves) emitState(change, execution, { state, at: wanted.at });
}

export async function finishExecution(change: Change, id: string, fence: number, end: ExecutionEnd): Promise<void> {
  const execution = await requireFence(change, id, fence);
  requireTransition(EXECUTION_TRANSITIONS, `execution ${execution.number}`, execution.state, end.state);
  await addDatums(change, execution, end.outputs, end.at);
  const refused = end.targets === undefined ? [] : await applyTargets(change, execution, end.targets, end);
  const remarks = recordRemarks(execution, [...(end.remarks ?? []), ...refused]);
  const changed = await change.queries.run(updateToEnded, {
    key: execution.key,
    fence,
    from: execution.state,
    state: end.state,
    reason: end.reason ?? null,
    exitCode: end.exitCode ?? null,
    signal: end.signal ?? null,
    at: end.at,
    warnings: remarks.warnings,
    // Nobody ever began what was not claimed.
    logWaits: fence > 0 && end.hasLog !== false ? 1 : null,
  });
  if (changed === 0) throw lostRace(`execution ${execution.number}`);
  if (end.fingerprint !== undefined && end.state === "complete")
    await addFingerprint(change, execution.key, end.fingerprint);
  if (end.checks !== undefined) await saveChecks(change, execution.key, end.checks);
  emitRemarks(change, execution.run_key, topicOf(execution), remarks, end.at);
  emitState(change, execution, end);
  const node = { runKey: execution.run_key, runId: execution.run_id, name: execution.node };
  const { state, reason, retryAt, at } = end;
  // A task goes on without it: its driver decides when it ends.
  if (execution.trial !== null) {
    if (state === "error" && retryAt !== undefined)
      await awaitRetryOfChild(change, { runKey: execution.run_key, executionKey: execution.key, at: retryAt });
    return;
  }
  if (state === "error" && retryAt !== undefined) {
    const waitingFor = { kind: "retry", attempt: execution.attempt + 1, at: retryAt } as const;
    await returnNode(change, node, { reason, waitingFor, at });
  } else await moveNode(change, node, { state, reason, at });
}

function emitState(
  change: Change,
  execution: HeldExecution,
  {
    state,
    reason,
    exitCode,
    at,
  }: { readonly state: RunState; readonly reason?: string; readonly exitCode?: number; readonly at: number },
): void {
  change.emit(execution.run_key, at, {
    kind: "execution-state",
    runId: execution.run_id,
    executionId: execution.id,
    node: execution.node,
    state,
    ...trialOf(execution),
    ...(reason !== undefined && { reason }),
    ...(exitCode !== undefined && { exitCode }),
  });
}
