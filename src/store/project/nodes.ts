import { HeadraceError } from "../../errors.ts";
import type { NodeDecision } from "../../planning/index.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { WAITING_FOR } from "../documents/event-document.ts";
import { NODE_DECISION } from "../documents/plan-documents.ts";
import type { AttemptRecord, NodeRecord, NodeState, WaitingFor } from "../records.ts";
import { RefusedWrite } from "../refused-write.ts";
import { isFinal, NODE_PREDECESSOR } from "../transitions.ts";
import { BEHIND_NODES, IS_LATEST, jsonOf, OF_PROJECT, storable } from "./execution-keys.ts";
import type { ReusedNode } from "./requests.ts";
import { type AttemptRow, type NodeRow, type RunRow, toAttempt, toNode } from "./rows.ts";
import { requireDriver, requireRun } from "./runs.ts";

const NODE_SELECTION = `
  select nodes.name, nodes.position, nodes.state, nodes.reason, executions.id as execution_id, nodes.reused, nodes.waiting_for,
    nodes.waiting_for_v, nodes.decision, nodes.decision_v
  from nodes join runs on runs.key = nodes.run_key
  ${BEHIND_NODES}
  where runs.id = :runId and runs.project_key = :project`;

const selectNodes = statement<{ project: number; runId: string }, NodeRow>(`${NODE_SELECTION} order by nodes.position`);

const selectNode = statement<{ project: number; runId: string; name: string }, NodeRow>(
  `${NODE_SELECTION} and nodes.name = :name`,
);

const updateNodeState = statement<{
  runKey: number;
  name: string;
  from: string;
  state: string;
  reason: string | null;
  decision: string | null;
}>(`
  update nodes set state = :state, reason = :reason, waiting_for = null, decision = coalesce(:decision, decision),
    decision_v = case when :decision is null then decision_v else ${NODE_DECISION.version} end
  where run_key = :runKey and name = :name and state = :from`);

const updateToRetried = statement<{ runKey: number; name: string; reason: string | null; waitingFor: string }>(`
  update nodes set state = 'waiting', reason = :reason, waiting_for = :waitingFor, waiting_for_v = ${WAITING_FOR.version}
  where run_key = :runKey and name = :name and state = 'active'`);

const insertAttempt = statement<{ runKey: number; node: string; ordinal: number; executionKey: number }>(`
  insert into node_executions (run_key, node, ordinal, role, execution_key) values (:runKey, :node, :ordinal, 'attempt', :executionKey)`);

/** The nodes stand in the JSON object `:taken`, by their names, each with `execution` and `decision`. */
type Taken = { runKey: number; project: number; taken: string };

/** Each node and execution is looked up by its key: `cross join` keeps SQLite from walking through all of them. */
const insertTaken = statement<Taken>(`
  insert into node_executions (run_key, node, ordinal, role, execution_key)
  select :runKey, given.key,
    (select coalesce(max(ordinal), 0) + 1 from node_executions where run_key = :runKey and node = given.key), 'attempt', executions.key
  from json_each(:taken) as given cross join executions
  where executions.id = given.value ->> 'execution' and executions.${OF_PROJECT}`);

const selectEarlierAttempts = statement<{ project: number; runId: string }, AttemptRow>(`
  select behind.node, executions.id, executions.number, executions.attempt, executions.state, executions.reason
  from node_executions as behind join executions on executions.key = behind.execution_key
  where behind.run_key = (select key from runs where id = :runId and project_key = :project)
    and behind.role = 'attempt' and not (${IS_LATEST})
  order by behind.node, behind.ordinal`);

/** Returns the nodes that waited, and whose executions are there. */
const updateToReused = statement<Taken, { name: string }>(`
  update nodes set state = 'complete', reused = 1, decision = given.value ->> 'decision', decision_v = ${NODE_DECISION.version}
  from json_each(:taken) as given
  where nodes.run_key = :runKey and nodes.name = given.key and nodes.state = 'waiting'
    and exists (
      select 1 from executions
      where executions.id = given.value ->> 'execution' and executions.${OF_PROJECT} and executions.state || '' = 'complete')
  returning nodes.name`);

export async function listNodes(queries: Queries, project: number, runId: string): Promise<readonly NodeRecord[]> {
  return (await queries.all(selectNodes, { project, runId })).map((row) => toNode(runId, row));
}

export async function getNode(
  queries: Queries,
  project: number,
  runId: string,
  name: string,
): Promise<NodeRecord | undefined> {
  const row = await queries.get(selectNode, { project, runId, name });
  return row && toNode(runId, row);
}

/** Returns the attempts before the last one of all nodes that were tried again, in order. */
export async function listEarlierAttempts(
  queries: Queries,
  project: number,
  runId: string,
): Promise<readonly AttemptRecord[]> {
  return (await queries.all(selectEarlierAttempts, { project, runId })).map(toAttempt);
}

export async function requireNode(queries: Queries, project: number, runId: string, name: string): Promise<NodeRecord> {
  const node = await getNode(queries, project, runId, name);
  if (node !== undefined) return node;
  throw new HeadraceError("HR_NOT_FOUND", `the run has no node “${name}”`, {
    hint: [{ do: "show-run" }, " lists the nodes of a run"],
  });
}

interface NodeMove {
  readonly state: Exclude<NodeState, "waiting">;
  readonly reason?: string | undefined;
  /** The reason why it runs, if it is known now. */
  readonly decision?: NodeDecision | undefined;
  readonly at: number;
}

/** False when the node is not in a state from which it may come there. */
export async function moveNode(
  change: Change,
  node: { readonly runKey: number; readonly runId: string; readonly name: string },
  { state, reason, decision, at }: NodeMove,
): Promise<boolean> {
  const { runKey, runId, name } = node;
  const moved = await change.queries.run(updateNodeState, {
    ...{ runKey, name, state },
    from: NODE_PREDECESSOR[state],
    reason: reason ?? null,
    decision: decision === undefined ? null : JSON.stringify(decision),
  });
  if (moved === 0) return false;
  change.emit(runKey, at, { kind: "node-state", runId, node: name, state, ...(reason !== undefined && { reason }) });
  return true;
}

/** From a failed attempt back to waiting. */
export async function returnNode(
  change: Change,
  node: { readonly runKey: number; readonly runId: string; readonly name: string },
  {
    reason,
    waitingFor,
    at,
  }: { readonly reason: string | undefined; readonly waitingFor: WaitingFor; readonly at: number },
): Promise<void> {
  const { runKey, runId, name } = node;
  const returned = await change.queries.run(updateToRetried, {
    ...{ runKey, name },
    reason: reason ?? null,
    waitingFor: JSON.stringify(waitingFor),
  });
  if (returned === 0) return;
  change.emit(runKey, at, {
    kind: "node-state",
    runId,
    node: name,
    state: "waiting",
    waitingFor,
    ...(reason !== undefined && { reason }),
  });
}

/** Puts an execution behind a node, after those that it has had. */
export async function addAttempt(
  change: Change,
  attempt: {
    readonly runKey: number;
    readonly node: string;
    readonly ordinal: number;
    readonly executionKey: number;
  },
): Promise<void> {
  await change.queries.run(insertAttempt, attempt);
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
      `run ${run.number} has ended already (${run.state}): no node can be completed in it`,
      "start a new run",
    );
  }
  const of = { runKey: run.key, project };
  const changed = await queries.all(updateToReused, { ...of, taken: takenBy(nodes) });
  const names = new Set(changed.map(({ name }) => name));
  // Found complete in the same transaction by the update.
  await queries.run(insertTaken, { ...of, taken: takenBy(nodes.filter(({ node }) => names.has(storable(node)))) });
  for (const { node, decision } of nodes) {
    if (names.has(storable(node))) {
      change.emit(run.key, at, { kind: "node-state", runId, node, state: "complete", reused: decision.execution });
    } else await refuseLost(change, run, node, decision.execution);
  }
}

function takenBy(nodes: readonly ReusedNode[]): string {
  return jsonOf(
    nodes.map(({ node, executionId: execution, decision }) => [
      node,
      { execution: storable(execution), decision: JSON.stringify(decision) },
    ]),
  );
}

/**
 * The person who decided counts the node as complete: if it were left waiting, it would hand nothing to those that
 * follow.
 */
async function refuseLost({ queries, project }: Change, run: RunRow, node: string, execution: number): Promise<void> {
  if ((await getNode(queries, project, run.id, node))?.state !== "waiting") return;
  throw new RefusedWrite(
    "lost",
    `the results of execution ${execution}, which node ${node} was to take, are no longer there`,
    [{ do: "resume", run: run.number }, " goes on with what is"],
  );
}

interface SkipReason {
  readonly reason: string;
  readonly at: number;
  readonly fence: number | undefined;
}

export async function skipNodes(
  change: Change,
  runId: string,
  names: readonly string[],
  skip: SkipReason,
): Promise<void> {
  const { reason, at, fence } = skip;
  const run = requireDriver(await requireRun(change.queries, change.project, runId), fence);
  for (const name of names) await moveNode(change, { runKey: run.key, runId, name }, { state: "skipped", reason, at });
}
