import type { PlannedNode } from "../../../planning/index.ts";
import { type Queries, type SqlParameters, statement } from "../../database.ts";
import { PLANNED_NODE, withStep } from "../../documents/plan-documents.ts";
import type { NodeRecord, NodeState } from "../../records.ts";
import { BEHIND_NODES } from "../execution-keys.ts";
import { type NodeRow, type PlannedRow, readStep, toNode } from "../rows.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { Listed, NodeQuery } from "./list-query.ts";

/** A node of a run as it was planned, and how far it is. */
export interface ListedNode {
  readonly node: NodeRecord;
  readonly planned: PlannedNode;
}

const STATES: Readonly<Record<NodeState, string>> = {
  waiting: "'waiting'",
  active: "'active'",
  complete: "'complete'",
  error: "'error'",
  stopped: "'stopped'",
  skipped: "'skipped'",
};

const NODE_ROWS = `
  select nodes.name, nodes.position, nodes.state, nodes.reason, executions.id as execution_id, nodes.reused, nodes.waiting_for,
    nodes.waiting_for_v, nodes.decision, nodes.decision_v, planned_nodes.node, planned_nodes.v as node_v, planned_steps.step, planned_steps.v as step_v
  from nodes
  join planned_nodes on planned_nodes.run_key = nodes.run_key and planned_nodes.position = nodes.position
  left join planned_steps on planned_steps.run_key = nodes.run_key and planned_steps.position = planned_nodes.step_position
  ${BEHIND_NODES}`;

type ListedRow = NodeRow & PlannedRow;

const ORDER = "position asc";

/** A page of a run's nodes in the plan's order. */
export async function pageOfNodes(
  queries: Queries,
  project: number,
  runId: string,
  query: NodeQuery,
): Promise<Listed<ListedNode>> {
  const { limit, states } = query;
  if (limit < 1 || states?.length === 0) return { items: [], next: null };
  const after = query.after === undefined ? -1 : readCursor(ORDER, query.after).number;
  const inStates =
    states === undefined ? "" : ` and nodes.state in (${[...new Set(states)].map(literalOf).join(", ")})`;
  const rows = await queries.all(
    statement<SqlParameters, ListedRow>(
      `${NODE_ROWS}
      where nodes.run_key = (select key from runs where id = :runId and project_key = :project) and nodes.position > :after${inStates}
      order by nodes.position limit :limit`,
      { adHoc: true },
    ),
    { project, runId, after, limit: limit + 1 },
  );
  const last = rows[limit - 1];
  const steps = new Map<string, ReturnType<typeof readStep>>();
  return {
    items: rows.slice(0, limit).map((row) => ({ node: toNode(runId, row), planned: plannedOf(row, steps) })),
    next:
      rows.length > limit && last !== undefined
        ? writeCursor(ORDER, { section: 0, value: 0, number: last.position })
        : null,
  };
}

/** Thousands of nodes may share a step: its text is read once. */
function plannedOf(row: ListedRow, steps: Map<string, ReturnType<typeof readStep>>): PlannedNode {
  const step = row.step === null ? undefined : (steps.get(row.step) ?? readStep(row));
  if (row.step !== null) steps.set(row.step, step);
  return withStep(PLANNED_NODE.read(row.node_v, row.node), step);
}

function literalOf(state: NodeState): string {
  if (!Object.hasOwn(STATES, state)) throw new TypeError(`${JSON.stringify(state)} is not a state of a node`);
  return STATES[state];
}
