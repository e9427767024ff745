import type { ApprovalRecord } from "../records.ts";
import { decideApproval, listApprovals, requestApproval, withdrawApprovals } from "./approvals.ts";
import type { ApprovalDecision, ApprovalRequest, Wish } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Moments of nodes that a person has to let pass. */
export interface ApprovalRepository {
  /** All that were asked for in a run, with their answers; in the order of asking. */
  list(runId: string): Promise<readonly ApprovalRecord[]>;
  /**
   * Asks once for a moment of a node, which waits for it from then on (`waitingFor`); returns what was asked before
   * where that was so, with its answer.
   */
  request(runId: string, node: string, request: ApprovalRequest): Promise<ApprovalRecord>;
  /** Takes requests at the ends of nodes back from what these show; the run is to stop. */
  withdraw(runId: string, nodes: readonly string[], fence?: number): Promise<void>;
  /**
   * Throws HR_NOT_FOUND where the node waits for none, RefusedWrite (`ended`) where somebody has decided already, or
   * the run has ended. A node that is rejected before it begins is skipped.
   */
  decide(runId: string, node: string, decision: ApprovalDecision, wish: Wish): Promise<ApprovalRecord>;
}

export function approvalRepository({ database, project, change }: ProjectScope): ApprovalRepository {
  return {
    list: (runId) => listApprovals(database, project, runId),
    request: (runId, node, request) => change((open) => requestApproval(open, runId, node, request)),
    withdraw: (runId, nodes, fence) => change((open) => withdrawApprovals(open, runId, nodes, fence)),
    decide: (runId, node, decision, wish) => change((open) => decideApproval(open, runId, node, decision, wish)),
  };
}
