import type { PlannedExecution } from "../../planning/index.ts";
import type { ReusableRecord } from "../../store/index.ts";

export interface ClaimsOf {
  readonly nodes: readonly PlannedExecution[];
  /** The execution that a node of the run has already: in a run that goes on, nodes were decided before. */
  readonly executionIdOf: (node: string) => string | undefined;
}

/** A node, or one of the many executions of a task: two of them with the same work have an execution each. */
export type Claimant = PlannedExecution & { readonly trial?: number };

/**
 * Remembers which node of a run got which earlier execution. Each is given to one node only, so that equal nodes keep
 * different results.
 */
export class Claims {
  readonly #of: ClaimsOf;
  readonly #holders = new Map<string, { readonly node: string; readonly trial: number | undefined }>();
  readonly #nodes = new Map<string, PlannedExecution>();
  #isReady = false;

  constructor(of: ClaimsOf) {
    this.#of = of;
  }

  /**
   * The node that has the execution, or that will want it: its own, where it still does the same. Undefined where
   * `node` may have it.
   */
  holderOf({ executionId, node: maker }: ReusableRecord, node: Claimant): string | undefined {
    this.#prepare();
    const holder = this.#holders.get(executionId);
    if (holder !== undefined) return isSame(holder, node) ? undefined : holder.node;
    if (maker === node.name) return undefined;
    const today = this.#nodes.get(maker);
    return today !== undefined && today.step.name === node.step.name && workOf(today) === workOf(node)
      ? maker
      : undefined;
  }

  /** False where another node was quicker. */
  take({ executionId }: Pick<ReusableRecord, "executionId">, claimant: Pick<Claimant, "name" | "trial">): boolean {
    this.#prepare();
    const holder = this.#holders.get(executionId);
    if (holder === undefined) this.#holders.set(executionId, { node: claimant.name, trial: claimant.trial });
    return holder === undefined || isSame(holder, claimant);
  }

  /** Only now: what an earlier driver of the run has decided is read after this was made. */
  #prepare(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    for (const node of this.#of.nodes) {
      this.#nodes.set(node.name, node);
      const executionId = this.#of.executionIdOf(node.name);
      if (executionId !== undefined) this.#holders.set(executionId, { node: node.name, trial: undefined });
    }
  }
}

function isSame(
  holder: { readonly node: string; readonly trial: number | undefined },
  { name, trial }: Pick<Claimant, "name" | "trial">,
): boolean {
  return holder.node === name && holder.trial === trial;
}

/** Returns the work of a node, without its name and the nodes before and after it. */
function workOf({
  step,
  parameters,
  inputs,
  environmentVariables,
  parameterEdges,
  environmentVariableEdges,
  environment,
}: PlannedExecution): string {
  return JSON.stringify([
    step,
    parameters,
    inputs,
    environmentVariables,
    parameterEdges,
    environmentVariableEdges,
    environment,
  ]);
}
