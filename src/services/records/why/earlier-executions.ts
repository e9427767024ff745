import type { PlannedNode } from "../../../planning/index.ts";
import type { ExecutionRecord, ProjectStore, RunRecord } from "../../../store/index.ts";

/** Runs in which a node's last result is looked for. */
const RUNS_LOOKED_AT = 20;

export interface Sought {
  readonly node: PlannedNode;
  /** Absent: all runs count. */
  readonly beforeNumber?: number | undefined;
  /** The execution that the decision named. */
  readonly named: number | undefined;
  readonly limit: number;
}

/** Earlier successes of a node that it may be held against. */
export class EarlierExecutions {
  readonly #store: ProjectStore;
  readonly #runs = new Map<number | undefined, Promise<readonly RunRecord[]>>();

  constructor(store: ProjectStore) {
    this.#store = store;
  }

  /**
   * The result that the node had before comes first: it is what its user has in mind. Then the one of the decision,
   * then the newest.
   */
  async of({ node, beforeNumber, named, limit }: Sought): Promise<readonly ExecutionRecord[]> {
    const found = new Map<string, ExecutionRecord>();
    const add = (execution: ExecutionRecord | undefined): void => {
      if (execution !== undefined && found.size < limit) found.set(execution.id, execution);
    };
    add(await this.#lastOf(node, beforeNumber));
    if (named !== undefined) add(await this.#numbered(named));
    const filter = {
      step: node.step.name,
      node: node.name,
      limit,
      ...(beforeNumber === undefined ? {} : { beforeNumber }),
    };
    for (const { executionId } of found.size < limit ? await this.#store.reuse.listNearest(filter) : []) {
      if (!found.has(executionId)) add(await this.#store.executions.get(executionId));
    }
    return [...found.values()];
  }

  async #lastOf({ name, step }: PlannedNode, beforeNumber: number | undefined): Promise<ExecutionRecord | undefined> {
    for (const run of await this.#runsBefore(beforeNumber)) {
      const record = await this.#store.nodes.get(run.id, name);
      if (record?.state !== "complete" || record.executionId === undefined) continue;
      const execution = await this.#store.executions.get(record.executionId);
      // A reproduction leaves no fingerprint: it checked a result and is none to be compared with.
      if (execution?.step === step.name && (await this.#store.reuse.getFingerprint(execution.id)) !== undefined)
        return execution;
    }
    return undefined;
  }

  #runsBefore(beforeNumber: number | undefined): Promise<readonly RunRecord[]> {
    const runs =
      this.#runs.get(beforeNumber) ??
      this.#store.lists
        .runs({ limit: RUNS_LOOKED_AT, ...(beforeNumber === undefined ? {} : { below: beforeNumber }) })
        .then(({ items }) => items);
    this.#runs.set(beforeNumber, runs);
    return runs;
  }

  async #numbered(number: number): Promise<ExecutionRecord | undefined> {
    const found = await this.#store.findByNumber(number);
    return found?.kind === "execution" ? found.execution : undefined;
  }
}
