import type { Plan, PlannedNode } from "../../planning/index.ts";
import type { AttemptRecord, NodeRecord } from "../records.ts";
import { getNode, listEarlierAttempts, listNodes, reuseNodes, skipNodes } from "./nodes.ts";
import type { ReusedNode } from "./requests.ts";
import { getPlan, getPlannedNode } from "./runs.ts";
import type { ProjectScope } from "./scope.ts";

/** The nodes of runs: as planned, and how far they are. */
export interface NodeRepository {
  /** The plan of a run, as it was recorded. Kept apart from the run's record, since a plan may hold 100,000 nodes. */
  getPlan(runId: string): Promise<Plan | undefined>;
  /** One node of that plan, at a price that does not depend on the plan's size. */
  getPlanned(runId: string, node: string): Promise<PlannedNode | undefined>;
  /** All nodes of a run, in the plan's order. */
  list(runId: string): Promise<readonly NodeRecord[]>;
  get(runId: string, name: string): Promise<NodeRecord | undefined>;
  /** The attempts that nodes of a run have had before their last one, node after node, in order. */
  listEarlierAttempts(runId: string): Promise<readonly AttemptRecord[]>;
  /** Marks waiting nodes as skipped. */
  skip(runId: string, nodes: readonly string[], reason: string, at: number, fence?: number): Promise<void>;
  /**
   * Makes waiting nodes complete with what earlier executions left, all in one transaction; nodes that wait no longer
   * stay as they are. Throws RefusedWrite (`lost`) where an execution is no longer there.
   */
  reuse(runId: string, nodes: readonly ReusedNode[], at: number, fence?: number): Promise<void>;
}

export function nodeRepository({ database, project, change }: ProjectScope): NodeRepository {
  return {
    getPlan: (runId) => database.transaction("snapshot", (queries) => getPlan(queries, project, runId)),
    getPlanned: (runId, node) => getPlannedNode(database, project, runId, node),
    list: (runId) => listNodes(database, project, runId),
    listEarlierAttempts: (runId) => listEarlierAttempts(database, project, runId),
    get: (runId, name) => getNode(database, project, runId, name),
    skip: (runId, nodes, reason, at, fence) => change((open) => skipNodes(open, runId, nodes, { reason, at, fence })),
    reuse: (runId, nodes, at, fence) => change((open) => reuseNodes(open, runId, nodes, { at, fence })),
  };
}
