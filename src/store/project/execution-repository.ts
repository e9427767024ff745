import type { DatumRecord, ExecutionRecord, InputFileRecord } from "../records.ts";
import { listInputFilesById, listInputFilesOfNodes, listOutputsById, listOutputsOfNodes } from "./datums.ts";
import { finishExecution, updateExecution } from "./execution-changes.ts";
import { joinIds } from "./execution-keys.ts";
import { getExecution, listExecutionsById, listExecutionsOfNodes } from "./executions.ts";
import type { ExecutionChange, ExecutionEnd, NodeExecution } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Executions: their records, and what becomes of them once they are claimed. */
export interface ExecutionRepository {
  get(id: string): Promise<ExecutionRecord | undefined>;
  /**
   * Returns the executions behind the nodes of a run, each once: with reused nodes also executions of earlier runs. In
   * no order; one to three queries however many nodes there are.
   */
  listOfNodes(runId: string): Promise<readonly NodeExecution[]>;
  /** The same for executions by their ids, without those that are not there. */
  listById(ids: Iterable<string>): Promise<readonly NodeExecution[]>;
  /** Records the facts that the executor learnt while preparing or running. */
  update(executionId: string, fence: number, change: ExecutionChange): Promise<void>;
  /**
   * One transaction: state, exit, datums, node state. Throws RefusedWrite when the fence is stale or the execution has
   * ended already. An execution that was never claimed has fence 0, and can only be stopped.
   */
  finish(executionId: string, fence: number, end: ExecutionEnd): Promise<void>;
}

export function executionRepository({ database, project, change }: ProjectScope): ExecutionRepository {
  return {
    get: (id) => getExecution(database, project, id),
    listOfNodes: async (runId) => {
      const of = [database, project, runId] as const;
      return withFiles(
        ...(await Promise.all([listExecutionsOfNodes(...of), listInputFilesOfNodes(...of), listOutputsOfNodes(...of)])),
      );
    },
    listById: async (ids) => {
      const of = [database, project, joinIds(ids)] as const;
      return withFiles(
        ...(await Promise.all([listExecutionsById(...of), listInputFilesById(...of), listOutputsById(...of)])),
      );
    },
    update: (id, fence, wanted) => change((open) => updateExecution(open, id, fence, wanted)),
    finish: (id, fence, end) => change((open) => finishExecution(open, id, fence, end)),
  };
}

function withFiles(
  found: readonly ExecutionRecord[],
  inputs: ReadonlyMap<string, readonly InputFileRecord[]>,
  outputs: readonly DatumRecord[],
): readonly NodeExecution[] {
  const outputsOf = Map.groupBy(outputs, (datum) => datum.executionId);
  return found.map((execution) => ({
    execution,
    inputs: inputs.get(execution.id) ?? [],
    outputs: outputsOf.get(execution.id) ?? [],
  }));
}
