import { HeadraceError } from "../errors.ts";
import { dueActions, type Plan, type PlannedNode, resolveNode } from "../planning/index.ts";
import type { ExecutionRecord, FinalState, RunRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { executeStep } from "./execute-step.ts";
import { resultsFor } from "./node-results.ts";
import { RunGraph } from "./run-graph.ts";
import { StopControl } from "./stop-control.ts";

export interface RunLoopOptions {
  readonly signal?: AbortSignal | undefined;
  readonly killSignal?: AbortSignal | undefined;
}

/**
 * Drives one run from its first node to its last. Event-driven: the end of a node starts what it made ready in the same turn;
 * nothing is polled. At most `run.jobs` executions are under way at a time.
 */
export class RunLoop {
  readonly #parts: EngineParts;
  readonly #run: RunRecord;
  readonly #graph: RunGraph;
  readonly #control: StopControl;
  readonly #queue: string[] = [];
  readonly #executionIds = new Map<string, string>();
  readonly #failures: string[] = [];
  readonly #done = Promise.withResolvers<void>();
  #active = 0;
  /** Set by an action or a stopped node: the state the run takes at its end, with the reason. */
  #verdict: { readonly state: FinalState; readonly reason: string } | undefined;

  constructor(parts: EngineParts, run: RunRecord, plan: Plan, options: RunLoopOptions) {
    this.#parts = parts;
    this.#run = run;
    this.#graph = new RunGraph(plan);
    this.#control = new StopControl({ store: parts.store, runId: run.id, signal: options.signal, killSignal: options.killSignal });
  }

  /** Resolves with the state of the run once it is recorded. Rejects when the store fails; what was recorded stays. */
  async execute(): Promise<FinalState> {
    using control = this.#control;
    await this.#parts.store.setRunState(this.#run.id, { state: "started", at: this.#parts.clock.now() });
    control.run.addEventListener("abort", () => this.#giveUpWaiting(String(control.run.reason)), { once: true });
    if (control.run.aborted) this.#giveUpWaiting(String(control.run.reason));
    this.#enqueue(this.#graph.start());
    await this.#done.promise;
    const { state, reason } = this.#outcome();
    await this.#parts.store.setRunState(this.#run.id, { state, at: this.#parts.clock.now(), ...(reason === undefined ? {} : { reason }) });
    return state;
  }

  #enqueue(nodes: readonly string[]): void {
    for (const node of nodes) this.#queue.push(node);
    this.#pump();
  }

  #pump(): void {
    while (this.#active < this.#run.jobs) {
      const name = this.#queue.shift();
      if (name === undefined) break;
      this.#active++;
      this.#runNode(this.#graph.node(name)).then(
        (state) => this.#afterNode(name, state),
        (error: unknown) => this.#done.reject(error),
      );
    }
    if (this.#active === 0 && this.#queue.length === 0 && this.#graph.finished) this.#done.resolve();
  }

  async #afterNode(name: string, state: FinalState): Promise<void> {
    try {
      if (state === "error") this.#failures.push(name);
      const consequence = this.#graph.end(name, state);
      if (consequence.skipped.length > 0) await this.#recordSkipped(consequence.skipped);
      if (consequence.stopRun !== undefined) this.#control.stopRun(consequence.stopRun);
      this.#active--;
      this.#enqueue(consequence.ready);
    } catch (error) {
      this.#done.reject(error);
    }
  }

  async #runNode(node: PlannedNode): Promise<FinalState> {
    const { store, clock } = this.#parts;
    const results = await resultsFor(store, node, (source) => this.#executionIds.get(source));
    const resolution = resolveNode(node, results);
    const resolved = resolution.ok ? resolution.resolved : { parameters: node.parameters, inputs: [], environmentVariables: node.environmentVariables, command: [] };
    const { id: runId, commit } = this.#run;
    const execution = await store.createExecution({
      runId,
      node: node.name,
      step: node.step.name,
      image: node.step.image,
      commit,
      resolved,
      at: clock.now(),
    });
    if (execution === undefined) throw new HeadraceError("HR_CONFLICT", `node ${node.name} of run ${this.#run.number} was started by another process`);
    this.#executionIds.set(node.name, execution.id);
    const fence = await store.claimExecution(execution.id, this.#parts.owner, clock.now());
    if (fence === undefined) throw new HeadraceError("HR_CONFLICT", `execution ${execution.number} was claimed by another process`);
    const state = resolution.ok ? await this.#runExecution(node, execution, fence) : await this.#fail(execution, fence, resolution.message);
    return state;
  }

  async #runExecution(node: PlannedNode, execution: ExecutionRecord, fence: number): Promise<FinalState> {
    this.#act(node, "node-starting", {});
    const signal = this.#control.executionSignal(execution.id);
    const end = await executeStep(this.#parts, { run: this.#run, node, execution, fence, stop: signal, kill: this.#control.kill });
    this.#control.release(execution.id);
    this.#act(node, end.state === "complete" ? "node-complete" : "node-error", end.metadata);
    return end.state;
  }

  async #fail(execution: ExecutionRecord, fence: number, reason: string): Promise<FinalState> {
    await this.#parts.store.finishExecution(execution.id, fence, { state: "error", reason, outputs: [], at: this.#parts.clock.now() });
    return "error";
  }

  /** Carries out the node's actions whose time and conditions have come. */
  #act(node: PlannedNode, when: "node-starting" | "node-complete" | "node-error", metadata: Readonly<Record<string, unknown>>): void {
    for (const action of dueActions(node.actions, when, { metadata })) {
      if (action === "stop-pipeline") this.#end("stopped", `stopped by an action of ${node.name} (${when})`);
      if (action === "error-pipeline") this.#end("error", `failed by an action of ${node.name} (${when})`);
    }
  }

  #end(state: FinalState, reason: string): void {
    this.#verdict ??= { state, reason };
    this.#control.stopRun(reason);
  }

  /** The run is to stop: what waits is skipped at once, what runs has been told by its own signal. */
  #giveUpWaiting(reason: string): void {
    const skipped = [...this.#graph.skipWaiting(reason), ...this.#queue.splice(0).map((node) => this.#skipHandedOut(node, reason))];
    this.#recordSkipped(skipped).then(
      () => this.#pump(),
      (error: unknown) => this.#done.reject(error),
    );
  }

  #skipHandedOut(node: string, reason: string): { readonly node: string; readonly reason: string } {
    this.#graph.end(node, "stopped");
    return { node, reason };
  }

  async #recordSkipped(skipped: readonly { readonly node: string; readonly reason: string }[]): Promise<void> {
    const byReason = Map.groupBy(skipped, (entry) => entry.reason);
    for (const [reason, entries] of byReason) {
      await this.#parts.store.skipNodes(this.#run.id, entries.map((entry) => entry.node), reason, this.#parts.clock.now());
    }
  }

  #outcome(): { readonly state: FinalState; readonly reason?: string } {
    if (this.#verdict !== undefined) return this.#verdict;
    const decisive = this.#failures.filter((name) => this.#graph.node(name).onError !== "continue");
    if (decisive.length > 0) return { state: "error", reason: `${decisive.join(", ")} failed` };
    if (this.#control.run.aborted) return { state: "stopped", reason: String(this.#control.run.reason) };
    return { state: "complete" };
  }
}
