import { THIS_MACHINE } from "../config/index.ts";
import { faultPoint } from "../fault-point.ts";
import {
  type FileRef,
  type NodeDecision,
  type NodeResult,
  type PlannedExecution,
  resolveNode,
} from "../planning/index.ts";
import { type FinalState, type NewExecution, RefusedWrite, type RunRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resultsFor, type SourceLookup } from "./node-results.ts";
import type { Work, Worker } from "./worker.ts";

/** The state of a node whose turn had come, after its start. */
export type StartedNode =
  /** This process holds it, and has room for it. */
  | { readonly kind: "claimed"; readonly work: Work; readonly slot: Disposable }
  /** It waits for an engine that has room. */
  | { readonly kind: "queued"; readonly executionId: string }
  /** It has ended without a process. */
  | { readonly kind: "ended"; readonly executionId: string; readonly state: FinalState };

/** The trial of a task that an execution is. */
interface TrialOf {
  readonly trial?: number;
  readonly results?: Readonly<Record<string, NodeResult>>;
  /** The file of `for-each` that it has. */
  readonly file?: FileRef | undefined;
}

/** The reason why members of a distributed task run. */
const TOGETHER: NodeDecision = { kind: "ran", why: { kind: "off", by: "distributed" } };

/** Makes executions of nodes whose turn has come. */
export class NodeStarter {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #run: RunRecord;
  readonly #sources: SourceLookup;

  constructor(parts: EngineParts, worker: Worker, run: RunRecord, sources: SourceLookup) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#sources = sources;
  }

  /** `decision`: why it runs, for the record. A trial of a task brings the results of the task's sources along. */
  async start(node: PlannedExecution, decision?: NodeDecision, of: TrialOf = {}): Promise<StartedNode> {
    const results = of.results ?? (await resultsFor(this.#parts.store, node, this.#sources));
    const resolution = resolveNode(node, results);
    if (!resolution.ok) return await this.refuse(node, resolution.message, decision, of);
    const execution = this.#newExecution(node, resolution.resolved, decision, of);
    const slot = this.#worker.takeSlot(execution.environmentName);
    return slot === undefined ? await this.#queue(execution) : await this.#claim(execution, slot);
  }

  /**
   * The members of a distributed task, all made and claimed by this process at once; undefined where the limits leave
   * no room for all of them now. Says why where one of them cannot run.
   */
  async startMembers(
    members: readonly { readonly node: PlannedExecution; readonly trial: number }[],
    results: Readonly<Record<string, NodeResult>>,
  ): Promise<readonly Work[] | string | undefined> {
    const wanted: NewExecution[] = [];
    for (const { node, trial } of members) {
      const resolution = resolveNode(node, results);
      if (!resolution.ok) return resolution.message;
      wanted.push({ ...this.#newExecution(node, resolution.resolved, TOGETHER, { trial }), isMember: true });
    }
    const { store, members: engines, limits } = this.#parts;
    const started = await store.queue.startGroup(wanted, { owner: engines.id, limits });
    if (started !== undefined) faultPoint("members-created");
    return started;
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
  async refuse(
    node: PlannedExecution,
    failure: string,
    decision: NodeDecision | undefined,
    of: TrialOf = {},
  ): Promise<StartedNode> {
    const { parameters, environmentVariables } = node;
    const resolved = { parameters, inputs: [], environmentVariables, command: [] };
    const wanted = this.#newExecution(node, resolved, decision, of);
    const started = await this.#parts.store.queue.start(wanted, { owner: this.#parts.members.id, failure });
    if (started === undefined) throw this.#taken(node.name);
    return { kind: "ended", executionId: started.execution.id, state: "error" };
  }

  #newExecution(
    node: PlannedExecution,
    resolved: NewExecution["resolved"],
    decision: NodeDecision | undefined,
    { trial, file }: TrialOf,
  ): NewExecution {
    return {
      runId: this.#run.id,
      runFence: this.#run.fence,
      node: node.name,
      step: node.step.name,
      image: node.step.image,
      environmentName: node.environment ?? THIS_MACHINE,
      commit: node.commit ?? this.#run.commit,
      resolved,
      ...(decision === undefined ? {} : { decision }),
      ...(trial === undefined ? {} : { trial }),
      ...(file === undefined ? {} : { file }),
      at: this.#parts.clock.now(),
    };
  }

  #taken(node: string): RefusedWrite {
    return new RefusedWrite("lost", `node ${node} of run ${this.#run.number} was started by another process`, [
      { do: "list-runs" },
      " shows what runs; only one process drives a run",
    ]);
  }
}
