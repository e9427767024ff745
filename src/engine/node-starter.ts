import { HeadraceError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import { type PlannedNode, resolveNode } from "../planning/index.ts";
import type { ExecutionRecord, RunRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resultsFor } from "./node-results.ts";

/** A node's execution, held by this process. */
export interface StartedNode {
  readonly execution: ExecutionRecord;
  readonly fence: number;
  /** Why it cannot run although its turn has come. */
  readonly problem?: string;
}

type Resolution = ReturnType<typeof resolveNode>;

/** Makes executions of nodes whose turn has come. */
export class NodeStarter {
  readonly #parts: EngineParts;
  readonly #run: RunRecord;
  readonly #executionIdOf: (node: string) => string | undefined;

  constructor(parts: EngineParts, run: RunRecord, executionIdOf: (node: string) => string | undefined) {
    this.#parts = parts;
    this.#run = run;
    this.#executionIdOf = executionIdOf;
  }

  /** A node that nobody has begun. */
  async start(node: PlannedNode): Promise<StartedNode> {
    const resolution = await this.#resolve(node);
    return withProblem(resolution, await this.#create(node, resolution));
  }

  /** A node that an earlier engine began and did not end. */
  async takeUp(node: PlannedNode, executionId: string): Promise<StartedNode> {
    return withProblem(await this.#resolve(node), await this.#adopt(executionId));
  }

  async #resolve(node: PlannedNode): Promise<Resolution> {
    return resolveNode(node, await resultsFor(this.#parts.store, node, this.#executionIdOf));
  }

  async #create(node: PlannedNode, resolution: Resolution): Promise<StartedNode> {
    const { store, clock } = this.#parts;
    const { parameters, environmentVariables } = node;
    const resolved = resolution.ok ? resolution.resolved : { parameters, inputs: [], environmentVariables, command: [] };
    const execution = await store.createExecution({
      runId: this.#run.id,
      node: node.name,
      step: node.step.name,
      image: node.step.image,
      environmentName: node.environment ?? "local",
      commit: this.#run.commit,
      resolved,
      at: clock.now(),
    });
    if (execution === undefined) throw conflict(`node ${node.name} of run ${this.#run.number} was started by another process`);
    faultPoint("execution-created");
    return { execution, fence: await this.#claim(execution) };
  }

  async #adopt(executionId: string): Promise<StartedNode> {
    const { store, owner } = this.#parts;
    const execution = await store.getExecution(executionId);
    if (execution === undefined) throw new Error(`execution ${executionId} has vanished from the store`);
    if (execution.state === "queued") return { execution, fence: await this.#claim(execution) };
    const claim = (await store.listClaimed()).find((candidate) => candidate.executionId === executionId);
    const fence = claim === undefined ? undefined : await store.adoptExecution(executionId, claim.fence, owner);
    if (fence === undefined) throw conflict(`execution ${execution.number} was taken over by another process`);
    faultPoint("adopted");
    return { execution, fence };
  }

  async #claim(execution: ExecutionRecord): Promise<number> {
    const fence = await this.#parts.store.claimExecution(execution.id, this.#parts.owner, this.#parts.clock.now());
    if (fence === undefined) throw conflict(`execution ${execution.number} was claimed by another process`);
    faultPoint("claimed");
    return fence;
  }
}

function withProblem(resolution: Resolution, started: StartedNode): StartedNode {
  return resolution.ok ? started : { ...started, problem: resolution.message };
}

function conflict(message: string): HeadraceError {
  return new HeadraceError("HR_CONFLICT", message, { hint: "`headrace ls` shows what runs; only one process drives a run" });
}
