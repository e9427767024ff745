import type { PlannedNode } from "../../planning/index.ts";
import type { ReusableRecord } from "../../store/index.ts";

export interface ClaimsOf {
  readonly nodes: readonly PlannedNode[];
  /** The execution that a node of the run has already: in a run that goes on, nodes were decided before. */
  readonly executionIdOf: (node: string) => string | undefined;
}

/** Which node of a run got which earlier execution. Each is given to one node only, so that equal nodes keep different results. */
export class Claims {
  readonly #of: ClaimsOf;
  readonly #holders = new Map<string, string>();
  readonly #nodes = new Map<string, PlannedNode>();
  #isReady = false;

  constructor(of: ClaimsOf) {
    this.#of = of;
  }

  /** The node that has the execution, or that will want it: its own, where it still does the same. Undefined where `node` may have it. */
  holderOf({ executionId, node: maker }: ReusableRecord, node: PlannedNode): string | undefined {
    this.#prepare();
    const holder = this.#holders.get(executionId);
    if (holder !== undefined) return holder === node.name ? undefined : holder;
    if (maker === node.name) return undefined;
    const today = this.#nodes.get(maker);
    return today !== undefined && today.step.name === node.step.name && workOf(today) === workOf(node) ? maker : undefined;
  }

  /** False where another node was quicker. */
  take({ executionId }: ReusableRecord, { name }: PlannedNode): boolean {
    this.#prepare();
    const holder = this.#holders.get(executionId);
    if (holder === undefined) this.#holders.set(executionId, name);
    return holder === undefined || holder === name;
  }

  /** Only now: what an earlier driver of the run has decided is read after this was made. */
  #prepare(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    for (const node of this.#of.nodes) {
      this.#nodes.set(node.name, node);
      const executionId = this.#of.executionIdOf(node.name);
      if (executionId !== undefined) this.#holders.set(executionId, node.name);
    }
  }
}

/** What a node is to do, without its name and what comes before and after it. */
function workOf({
  step,
  parameters,
  inputs,
  environmentVariables,
  parameterEdges,
  environmentVariableEdges,
  environment,
}: PlannedNode): string {
  return JSON.stringify([step, parameters, inputs, environmentVariables, parameterEdges, environmentVariableEdges, environment]);
}
