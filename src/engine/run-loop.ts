import { HeadraceError } from "../errors.ts";
import { dueActions, type Plan, type PlannedNode, resolveNode } from "../planning/index.ts";
import type { ExecutionRecord, FinalState, NodeRecord, RunRecord } from "../store/index.ts";
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
  /** Executions that an earlier engine began and did not end, by node. */
  readonly #unfinished = new Map<string, string>();
  #active = 0;
  /** Set by an action or a stopped node: the state the run takes at its end, with the reason. */
  #verdict: { readonly state: FinalState; readonly reason: string } | undefined;

  constructor(parts: EngineParts, run: RunRecord, plan: Plan, options: RunLoopOptions) {
    this.#parts = parts;
    this.#run = run;
    this.#graph = new RunGraph(plan);
    this.#control = new StopControl({ store: parts.store, runId: run.id, signal: options.signal, killSignal: options.killSignal });
  }

  /**
   * Resolves with the state of the run once it is recorded. Rejects when the store fails; what was recorded stays, and another
   * `execute` of the same run carries on from there: ended nodes stay ended, unfinished executions are adopted.
   */
  async execute(): Promise<FinalState> {
    using control = this.#control;
    const { store, clock } = this.#parts;
    if (this.#run.state === "created") await store.setRunState(this.#run.id, { state: "started", at: clock.now() });
    const ready = this.#restore(await store.listNodes(this.#run.id));
    control.run.addEventListener("abort", () => this.#giveUpWaiting(String(control.run.reason)), { once: true });
    this.#enqueue(ready);
    if (control.run.aborted) this.#giveUpWaiting(String(control.run.reason));
    await this.#done.promise;
    const { state, reason } = this.#outcome();
    await this.#parts.store.setRunState(this.#run.id, { state, at: this.#parts.clock.now(), ...(reason === undefined ? {} : { reason }) });
    return state;
  }

  /** Replays what the store knows onto the graph; returns the nodes whose turn it is. */
  #restore(records: readonly NodeRecord[]): readonly string[] {
    const recorded = new Map(records.map((record) => [record.name, record]));
    const ready: string[] = [];
    const queue = [...this.#graph.start()];
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const record = recorded.get(name);
      if (record?.executionId !== undefined) this.#executionIds.set(name, record.executionId);
      if (record === undefined || record.state === "waiting") ready.push(name);
      else if (record.state === "active") {
        if (record.executionId !== undefined) this.#unfinished.set(name, record.executionId);
        ready.push(name);
      } else {
        const state = record.state === "skipped" ? "stopped" : record.state;
        if (state === "error") this.#failures.push(name);
        queue.push(...this.#graph.end(name, state).ready);
      }
    }
    return ready;
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
    const begun = await this.#begin(node);
    const { execution, fence, problem } = begun;
    this.#executionIds.set(node.name, execution.id);
    if (problem !== undefined) {
      await this.#parts.store.finishExecution(execution.id, fence, {
        state: "error",
        reason: problem,
        outputs: [],
        at: this.#parts.clock.now(),
      });
      return "error";
    }
    this.#act(node, "node-starting", {});
    const signal = this.#control.executionSignal(execution.id);
    const end = await executeStep(this.#parts, { run: this.#run, node, execution, fence, stop: signal, kill: this.#control.kill });
    this.#control.release(execution.id);
    this.#act(node, end.state === "complete" ? "node-complete" : "node-error", end.metadata);
    return end.state;
  }

  async #begin(node: PlannedNode): Promise<Begun> {
    const unfinished = this.#unfinished.get(node.name);
    return unfinished === undefined ? await this.#create(node) : await this.#adopt(unfinished);
  }

  async #create(node: PlannedNode): Promise<Begun> {
    const { store, clock } = this.#parts;
    const resolution = resolveNode(node, await resultsFor(store, node, (source) => this.#executionIds.get(source)));
    const { parameters, environmentVariables } = node;
    const resolved = resolution.ok ? resolution.resolved : { parameters, inputs: [], environmentVariables, command: [] };
    const execution = await store.createExecution({
      runId: this.#run.id,
      node: node.name,
      step: node.step.name,
      image: node.step.image,
      commit: this.#run.commit,
      resolved,
      at: clock.now(),
    });
    if (execution === undefined) throw conflict(`node ${node.name} of run ${this.#run.number} was started by another process`);
    const fence = await this.#claim(execution);
    return { execution, fence, ...(resolution.ok ? {} : { problem: resolution.message }) };
  }

  async #adopt(executionId: string): Promise<Begun> {
    const { store, clock, owner } = this.#parts;
    const execution = await store.getExecution(executionId);
    if (execution === undefined) throw new Error(`execution ${executionId} has vanished from the store`);
    if (execution.state === "queued") return { execution, fence: await this.#claim(execution) };
    const claim = (await store.listClaimed()).find((candidate) => candidate.executionId === executionId);
    const fence = claim === undefined ? undefined : await store.adoptExecution(executionId, claim.fence, owner, clock.now());
    if (fence === undefined) throw conflict(`execution ${execution.number} was taken over by another process`);
    return { execution, fence };
  }

  async #claim(execution: ExecutionRecord): Promise<number> {
    const fence = await this.#parts.store.claimExecution(execution.id, this.#parts.owner, this.#parts.clock.now());
    if (fence === undefined) throw conflict(`execution ${execution.number} was claimed by another process`);
    return fence;
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
      await this.#parts.store.skipNodes(
        this.#run.id,
        entries.map((entry) => entry.node),
        reason,
        this.#parts.clock.now(),
      );
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

interface Begun {
  readonly execution: ExecutionRecord;
  readonly fence: number;
  /** Why it cannot run although its turn has come. */
  readonly problem?: string;
}

function conflict(message: string): HeadraceError {
  return new HeadraceError("HR_CONFLICT", message, { hint: "`headrace ls` shows what runs; only one process drives a run" });
}
