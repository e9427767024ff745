import { HeadraceError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import { type NodeDecision, type PlannedNode, resolveNode } from "../planning/index.ts";
import type { FinalState, NewExecution, RunRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resultsFor } from "./node-results.ts";
import type { Work, Worker } from "./worker.ts";

/** What has become of a node whose turn had come. */
export type StartedNode =
  /** This process holds it, and has room for it. */
  | { readonly kind: "claimed"; readonly work: Work; readonly slot: Disposable }
  /** It waits for an engine that has room. */
  | { readonly kind: "queued"; readonly executionId: string }
  /** It has ended without a process. */
  | { readonly kind: "ended"; readonly executionId: string; readonly state: FinalState };

/** Makes executions of nodes whose turn has come. */
export class NodeStarter {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #run: RunRecord;
  readonly #executionIdOf: (node: string) => string | undefined;

  constructor(parts: EngineParts, worker: Worker, run: RunRecord, executionIdOf: (node: string) => string | undefined) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#executionIdOf = executionIdOf;
  }

  /** `decision`: why it runs, for the record. */
  async start(node: PlannedNode, decision?: NodeDecision): Promise<StartedNode> {
    const resolution = resolveNode(node, await resultsFor(this.#parts.store, node, this.#executionIdOf));
    if (!resolution.ok) return await this.#refuse(node, resolution.message, decision);
    const execution = this.#newExecution(node, resolution.resolved, decision);
    const slot = this.#worker.takeSlot(execution.environmentName);
    return slot === undefined ? await this.#queue(execution) : await this.#claim(execution, slot);
  }

  /** Made and claimed in one transaction, since each costs a sync of the disk. */
  async #claim(wanted: NewExecution, slot: Disposable): Promise<StartedNode> {
    const { store, members, limits } = this.#parts;
    try {
      const started = await store.queue.start(wanted, { owner: members.id, limits });
      if (started === undefined) throw this.#taken(wanted.node);
      const { execution, fence } = started;
      faultPoint("execution-created");
      if (fence !== undefined) {
        faultPoint("claimed");
        return { kind: "claimed", work: { execution, fence }, slot };
      }
      slot[Symbol.dispose]();
      return { kind: "queued", executionId: execution.id };
    } catch (error) {
      slot[Symbol.dispose]();
      throw error;
    }
  }

  async #queue(wanted: NewExecution): Promise<StartedNode> {
    const execution = await this.#parts.store.queue.add(wanted);
    if (execution === undefined) throw this.#taken(wanted.node);
    faultPoint("execution-created");
    this.#worker.noteQueued();
    return { kind: "queued", executionId: execution.id };
  }

  /** It cannot run although its turn has come: recorded as one that failed, with the reason. */
  async #refuse(node: PlannedNode, failure: string, decision: NodeDecision | undefined): Promise<StartedNode> {
    const { parameters, environmentVariables } = node;
    const wanted = this.#newExecution(node, { parameters, inputs: [], environmentVariables, command: [] }, decision);
    const started = await this.#parts.store.queue.start(wanted, { owner: this.#parts.members.id, failure });
    if (started === undefined) throw this.#taken(node.name);
    return { kind: "ended", executionId: started.execution.id, state: "error" };
  }

  #newExecution(node: PlannedNode, resolved: NewExecution["resolved"], decision: NodeDecision | undefined): NewExecution {
    return {
      runId: this.#run.id,
      runFence: this.#run.fence,
      node: node.name,
      step: node.step.name,
      image: node.step.image,
      environmentName: node.environment ?? "local",
      commit: this.#run.commit,
      resolved,
      ...(decision === undefined ? {} : { decision }),
      at: this.#parts.clock.now(),
    };
  }

  #taken(node: string): HeadraceError {
    return new HeadraceError("HR_CONFLICT", `node ${node} of run ${this.#run.number} was started by another process`, {
      hint: "`headrace ls` shows what runs; only one process drives a run",
    });
  }
}
