import type { ClaimRecord, ExecutionRecord, OpenExecutionRecord } from "../records.ts";
import { claimNext, startExecution, startGroup } from "./claim-next.ts";
import { adoptExecution, claimExecution, listClaimed, listOpenExecutions } from "./claims.ts";
import { createExecution } from "./executions.ts";
import type { NewExecution, NextClaim, StartedExecution, StartingClaim } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Executions that wait for an engine, and which engine works on which. */
export interface QueueRepository {
  /** Turns a waiting node into a queued execution; undefined when another engine did so first. */
  add(execution: NewExecution): Promise<ExecutionRecord | undefined>;
  /** The same, and claimed at once where the limits leave room; otherwise it stays queued, without a fence. */
  start(execution: NewExecution, claim: StartingClaim): Promise<StartedExecution | undefined>;
  /**
   * Makes all executions of a group, claimed by the caller; undefined where the limits leave no room for all of them
   * now: nothing is made then.
   */
  startGroup(
    executions: readonly NewExecution[],
    claim: Omit<StartingClaim, "failure">,
  ): Promise<readonly Required<StartedExecution>[] | undefined>;
  /** Claims the oldest queued execution that the caller can work on; undefined when there is none. */
  claimNext(claim: NextClaim): Promise<Required<StartedExecution> | undefined>;
  /**
   * queued → started for the caller; returns the fence that later writes must carry, undefined when it is no longer
   * queued.
   */
  claim(executionId: string, owner: string, at: number): Promise<number | undefined>;
  /**
   * Takes a started execution over from the engine that held `fence`: gives it the next fence, so that the former owner
   * can no longer write. Undefined when it has ended or somebody else took it first.
   */
  adopt(executionId: string, fence: number, owner: string): Promise<number | undefined>;
  /** Returns the executions that have not ended, of one run or of all, oldest first. */
  listOpen(runId?: string): Promise<readonly OpenExecutionRecord[]>;
  /** Executions that are started or stopping, with their owner, oldest first. */
  listClaimed(owner?: string): Promise<readonly ClaimRecord[]>;
}

export function queueRepository({ database, project, change }: ProjectScope): QueueRepository {
  return {
    add: (execution) => change((open) => createExecution(open, execution)),
    start: (execution, claim) => change((open) => startExecution(open, execution, claim)),
    startGroup: (executions, claim) => change((open) => startGroup(open, executions, claim)),
    claimNext: (claim) => change((open) => claimNext(open, claim)),
    claim: (id, owner, at) => change((open) => claimExecution(open, id, { owner, at })),
    adopt: (id, fence, owner) => change((open) => adoptExecution(open, id, fence, owner)),
    listOpen: (runId) => listOpenExecutions(database, project, runId),
    listClaimed: (owner) => listClaimed(database, project, owner),
  };
}
