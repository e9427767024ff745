import { HeadraceError } from "../../errors.ts";
import type { NodeDecision } from "../../planning/index.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { NODE_DECISION } from "../documents/plan-documents.ts";
import type { NodeRecord, NodeState } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal, NODE_PREDECESSOR } from "../transitions.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import type { ReusedNode } from "./requests.ts";
import { type NodeRow, type RunRow, toNode } from "./rows.ts";
import { requireDriver, requireRun } from "./runs.ts";

const NODE_SELECTION = `
  select nodes.name, nodes.position, nodes.state, nodes.reason, executions.id as execution_id, nodes.reused, nodes.retry_at, nodes.decision, nodes.decision_v
  from nodes join runs on runs.key = nodes.run_key left join executions on executions.key = nodes.execution_key
  where runs.id = :runId and runs.project_key = :project`;

const selectNodes = statement<{ project: number; runId: string }, NodeRow>(`${NODE_SELECTION} order by nodes.position`);

const selectNode = statement<{ project: number; runId: string; name: string }, NodeRow>(`${NODE_SELECTION} and nodes.name = :name`);

const updateNodeState = statement<{ runKey: number; name: string; from: string; state: string; reason: string | null }>(`
  update nodes set state = :state, reason = :reason, retry_at = null where run_key = :runKey and name = :name and state = :from`);

const updateToRetried = statement<{ runKey: number; name: string; reason: string | null; retryAt: number }>(`
  update nodes set state = 'waiting', reason = :reason, retry_at = :retryAt where run_key = :runKey and name = :name and state = 'active'`);

const updateNodeExecution = statement<{ runKey: number; name: string; executionKey: number; decision: string | null }>(`
  update nodes set execution_key = :executionKey, attempts = attempts + 1, decision = coalesce(:decision, decision),
    decision_v = case when :decision is null then decision_v else ${NODE_DECISION.version} end where run_key = :runKey and name = :name`);

const updateToReused = statement<{ runKey: number; name: string; project: number; executionId: string; decision: string }>(`
  update nodes set state = 'complete', reused = 1, decision = :decision, decision_v = ${NODE_DECISION.version},
    execution_key = (select key from executions where id = :executionId and ${OF_PROJECT} and state = 'complete')
  where run_key = :runKey and name = :name and state = 'waiting'
    and exists (select 1 from executions where id = :executionId and ${OF_PROJECT} and state = 'complete')`);

export async function listNodes(queries: Queries, project: number, runId: string): Promise<readonly NodeRecord[]> {
  return (await queries.all(selectNodes, { project, runId })).map((row) => toNode(runId, row));
}

export async function getNode(queries: Queries, project: number, runId: string, name: string): Promise<NodeRecord | undefined> {
  const row = await queries.get(selectNode, { project, runId, name });
  return row && toNode(runId, row);
}

export async function requireNode(queries: Queries, project: number, runId: string, name: string): Promise<NodeRecord> {
  const node = await getNode(queries, project, runId, name);
  if (node !== undefined) return node;
  throw new HeadraceError("HR_NOT_FOUND", `The run has no node “${name}”.`, { hint: "`headrace info` lists the nodes of a run." });
}

/** False when the node is not in a state from which it may come there. */
export async function moveNode(
  change: Change,
  node: { readonly runKey: number; readonly runId: string; readonly name: string },
  { state, reason, at }: { readonly state: Exclude<NodeState, "waiting">; readonly reason?: string | undefined; readonly at: number },
): Promise<boolean> {
  const { runKey, runId, name } = node;
  const from = NODE_PREDECESSOR[state];
  const moved = await change.queries.run(updateNodeState, { runKey, name, from, state, reason: reason ?? null });
  if (moved === 0) return false;
  change.emit(runKey, at, { kind: "node-state", runId, node: name, state, ...(reason !== undefined && { reason }) });
  return true;
}

/** From a failed attempt back to waiting. */
export async function returnNode(
  change: Change,
  node: { readonly runKey: number; readonly runId: string; readonly name: string },
  { reason, retryAt, at }: { readonly reason: string | undefined; readonly retryAt: number; readonly at: number },
): Promise<void> {
  const { runKey, runId, name } = node;
  const returned = await change.queries.run(updateToRetried, { runKey, name, reason: reason ?? null, retryAt });
  if (returned === 0) return;
  change.emit(runKey, at, { kind: "node-state", runId, node: name, state: "waiting", retryAt, ...(reason !== undefined && { reason }) });
}

export async function linkNode(
  change: Change,
  node: { readonly runKey: number; readonly name: string; readonly executionKey: number; readonly decision?: NodeDecision | undefined },
): Promise<void> {
  const { runKey, name, executionKey, decision } = node;
  await change.queries.run(updateNodeExecution, {
    runKey,
    name,
    executionKey,
    decision: decision === undefined ? null : JSON.stringify(decision),
  });
}

export async function reuseNodes(
  change: Change,
  runId: string,
  nodes: readonly ReusedNode[],
  { at, fence }: { readonly at: number; readonly fence: number | undefined },
): Promise<void> {
  const { queries, project } = change;
  const run = requireDriver(await requireRun(queries, project, runId), fence);
  if (isFinal(run.state)) {
    throw new RefusedWrite(
      "ended",
      `Run ${run.number} has ended already (${run.state}): no node can be completed in it.`,
      "Start a new run.",
    );
  }
  const changed = await Promise.all(
    nodes.map(({ node: name, executionId, decision }) =>
      queries.run(updateToReused, { runKey: run.key, name, project, executionId, decision: JSON.stringify(decision) }),
    ),
  );
  for (const [index, { node, decision }] of nodes.entries()) {
    if (changed[index] === 0) {
      await refuseLost(change, run, node, decision.execution);
      continue;
    }
    change.emit(run.key, at, { kind: "node-state", runId, node, state: "complete", reused: decision.execution });
  }
}

/** Whoever decided counts the node as complete: left waiting, it would hand nothing to those that follow. */
async function refuseLost({ queries, project }: Change, run: RunRow, node: string, execution: number): Promise<void> {
  if ((await getNode(queries, project, run.id, node))?.state !== "waiting") return;
  throw new RefusedWrite(
    "lost",
    `The results of execution ${execution}, which node ${node} was to take, are no longer there.`,
    `\`headrace resume ${run.number}\` goes on with what is.`,
  );
}

interface SkipReason {
  readonly reason: string;
  readonly at: number;
  readonly fence: number | undefined;
}

export async function skipNodes(change: Change, runId: string, names: readonly string[], skip: SkipReason): Promise<void> {
  const { reason, at, fence } = skip;
  const run = requireDriver(await requireRun(change.queries, change.project, runId), fence);
  for (const name of names) await moveNode(change, { runKey: run.key, runId, name }, { state: "skipped", reason, at });
}
