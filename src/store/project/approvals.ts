import { HeadraceError } from "../../errors.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { WAITING_FOR } from "../documents/event-document.ts";
import type { Actor } from "../events/actor.ts";
import { recordAudit } from "../installation/audit.ts";
import type { ApprovalMoment, ApprovalRecord, WaitingFor } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { nameOf, rejectionText } from "../rejection-text.ts";
import { isFinal } from "../transitions.ts";
import { moveNode, requireNode } from "./nodes.ts";
import type { ApprovalDecision, ApprovalRequest, Wish } from "./requests.ts";
import { requireDriver, requireRun } from "./runs.ts";

interface ApprovalRow {
  readonly node: string;
  readonly moment: ApprovalMoment;
  readonly requested_at: number;
  readonly timeout_at: number | null;
  readonly timeout_decision: "approved" | "rejected" | null;
  readonly decision: "approved" | "rejected" | null;
  readonly decided_at: number | null;
  readonly actor: Actor | null;
  readonly comment: string | null;
}

const COLUMNS = "node, moment, requested_at, timeout_at, timeout_decision, decision, decided_at, actor, comment";

const selectOfNode = statement<{ runKey: number; node: string }, ApprovalRow>(`
  select ${COLUMNS} from approvals where run_key = :runKey and node = :node order by requested_at, moment desc`);

const selectOfRun = statement<{ project: number; runId: string }, ApprovalRow>(`
  select ${COLUMNS} from approvals
  where run_key = (select key from runs where id = :runId and project_key = :project) order by requested_at, node, moment desc`);

const insertRequest = statement<{
  runKey: number;
  node: string;
  moment: string;
  at: number;
  timeoutAt: number | null;
  timeoutDecision: string | null;
}>(`
  insert into approvals (run_key, node, moment, requested_at, timeout_at, timeout_decision)
  values (:runKey, :node, :moment, :at, :timeoutAt, :timeoutDecision)`);

const updateDecision = statement<{
  runKey: number;
  node: string;
  moment: string;
  decision: string;
  at: number;
  actor: string;
  comment: string;
}>(`
  update approvals set decision = :decision, decided_at = :at, actor = :actor, comment = :comment
  where run_key = :runKey and node = :node and moment = :moment and decision is null`);

const updateWaiting = statement<{ runKey: number; node: string; waitingFor: string | null }>(`
  update nodes set waiting_for = :waitingFor, waiting_for_v = ${WAITING_FOR.version}
  where run_key = :runKey and name = :node`);

export async function listApprovals(
  queries: Queries,
  project: number,
  runId: string,
): Promise<readonly ApprovalRecord[]> {
  return (await queries.all(selectOfRun, { project, runId })).map(toApproval);
}

/**
 * The node, or what follows from its end, waits for a person from now on. An earlier request stays, with its answer if
 * there is one.
 */
export async function requestApproval(
  change: Change,
  runId: string,
  node: string,
  { moment, at, timeout, fence }: ApprovalRequest,
): Promise<ApprovalRecord> {
  const { queries, project } = change;
  const { key: runKey } = requireDriver(await requireRun(queries, project, runId), fence);
  const known = (await queries.all(selectOfNode, { runKey, node })).find((row) => row.moment === moment);
  if (known !== undefined) return toApproval(known);
  const { state } = await requireNode(queries, project, runId, node);
  const hasEnded = state !== "waiting" && state !== "active";
  if (moment === "start" ? state !== "waiting" : !hasEnded)
    throw new Error(`the ${moment} of node ${node} is no moment for an approval: it is ${state}`);
  await queries.run(insertRequest, {
    ...{ runKey, node, moment, at },
    ...{ timeoutAt: timeout?.at ?? null, timeoutDecision: timeout?.decision ?? null },
  });
  const waitingFor: WaitingFor = { kind: "approval", moment, since: at, ...(timeout !== undefined && { timeout }) };
  await queries.run(updateWaiting, { runKey, node, waitingFor: JSON.stringify(waitingFor) });
  change.emit(runKey, at, { kind: "node-state", runId, node, state, waitingFor });
  return { node, moment, requestedAt: at, ...(timeout !== undefined && { timeout }) };
}

/** Nothing waits for a person at the ends of these nodes any more: their run is to stop. */
export async function withdrawApprovals(
  change: Change,
  runId: string,
  nodes: readonly string[],
  fence: number | undefined,
): Promise<void> {
  const { queries, project } = change;
  const { key: runKey } = requireDriver(await requireRun(queries, project, runId), fence);
  for (const node of nodes) await queries.run(updateWaiting, { runKey, node, waitingFor: null });
}

/**
 * Records what somebody decided about the moment at which the node waits. A node that is rejected before it begins is
 * skipped with that; everything else follows when the driver of the run hears of it. Throws RefusedWrite (`ended`)
 * where it was decided before, or the run has ended.
 */
export async function decideApproval(
  change: Change,
  runId: string,
  node: string,
  { decision, comment }: ApprovalDecision,
  { actor, at }: Wish,
): Promise<ApprovalRecord> {
  const { queries, project } = change;
  const run = await requireRun(queries, project, runId);
  await requireNode(queries, project, runId, node);
  const asked = await queries.all(selectOfNode, { runKey: run.key, node });
  const known = asked.find((row) => row.decision === null) ?? asked.at(-1);
  if (known?.decision != null) throw decidedBefore(node, toApproval(known));
  if (isFinal(run.state))
    throw new RefusedWrite("ended", `run ${run.number} has ended already (${run.state})`, "start a new run");
  if (known === undefined) throw notAsked(node, run.number);
  const { moment } = known;
  await queries.run(updateDecision, { runKey: run.key, node, moment, decision, at, actor, comment });
  change.emit(run.key, at, { kind: "approval-decided", runId, node, moment, decision, comment }, { actor });
  if (decision === "approved" || moment === "end")
    await queries.run(updateWaiting, { runKey: run.key, node, waitingFor: null });
  else {
    const reason = rejectionText(actor, comment);
    await moveNode(change, { runKey: run.key, runId, name: node }, { state: "skipped", reason, at });
  }
  const action = decision === "approved" ? "run.approve" : "run.reject";
  const detail = { number: run.number, node, moment, comment };
  await recordAudit(change, { at, actor, action, subject: { kind: "run", id: runId }, detail });
  return { ...toApproval(known), decision, decidedAt: at, actor, comment };
}

function decidedBefore(node: string, { decision = "approved", actor }: ApprovalRecord): RefusedWrite {
  const by = actor === undefined ? "" : ` by ${nameOf(actor)}`;
  return new RefusedWrite("ended", `node ${node} was ${decision}${by} already`, "see the run for what became of it");
}

function notAsked(node: string, run: number): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `node ${node} of run ${run} does not wait for an approval`, {
    hint: "look at the run: it says which of its nodes wait, and for what",
  });
}

function toApproval(row: ApprovalRow): ApprovalRecord {
  const { node, moment, requested_at: requestedAt, timeout_at, timeout_decision } = row;
  const { decision, decided_at: decidedAt, actor, comment } = row;
  const timeout =
    timeout_at === null || timeout_decision === null ? {} : { timeout: { at: timeout_at, decision: timeout_decision } };
  if (decision === null || decidedAt === null || actor === null) return { node, moment, requestedAt, ...timeout };
  return { node, moment, requestedAt, ...timeout, decision, decidedAt, actor, comment: comment ?? "" };
}
