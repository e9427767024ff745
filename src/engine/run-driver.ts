import { faultPoint } from "../fault-point.ts";
import { dueActions, type Plan, type PlannedNode } from "../planning/index.ts";
import type { FinalState, RunRecord } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { Fifo } from "./fifo.ts";
import { NodeStarter, type StartedNode } from "./node-starter.ts";
import { type RestoredRun, restoreRun } from "./restore-run.ts";
import { type Consequence, RunGraph } from "./run-graph.ts";
import { RunOutcome } from "./run-outcome.ts";
import { StopControl } from "./stop-control.ts";
import { tidyUpLeftovers } from "./tidy-up.ts";
import type { Worker } from "./worker.ts";

export interface RunDriverOptions {
  readonly signal?: AbortSignal | undefined;
  readonly killSignal?: AbortSignal | undefined;
}

/**
 * Drives one run from its first node to its last: decides which node is ready, makes its execution, and draws the consequences of its end.
 * Event-driven: the end of a node starts what it made ready in the same turn; nothing is polled. At most `run.jobs` executions of the
 * run are under way at a time. What a step does is the worker's business.
 */
export class RunDriver {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #run: RunRecord;
  readonly #graph: RunGraph;
  readonly #control: StopControl;
  readonly #starter: NodeStarter;
  readonly #outcome: RunOutcome;
  readonly #queue = new Fifo<string>();
  readonly #executionIds = new Map<string, string>();
  readonly #done = Promise.withResolvers<void>();
  /** Aborted when the engine itself can go on no longer: steps are left as they are, for an engine to come. */
  readonly #abandon = new AbortController();
  /** Executions that an earlier engine began and did not end, by node. */
  readonly #unfinished = new Map<string, string>();
  #active = 0;

  constructor(parts: EngineParts, worker: Worker, run: RunRecord, plan: Plan, options: RunDriverOptions) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#graph = new RunGraph(plan);
    this.#outcome = new RunOutcome(plan);
    this.#starter = new NodeStarter(parts, run, (node) => this.#executionIds.get(node));
    const { signal, killSignal } = options;
    this.#control = new StopControl({ store: parts.store, runId: run.id, signal, killSignal, now: parts.clock.now });
  }

  /**
   * Resolves with the state of the run once it is recorded. Rejects when the store fails, and only once nothing is under way any more;
   * what was recorded stays, and another `execute` of the same run carries on from there: ended nodes stay ended, unfinished
   * executions are adopted.
   */
  async execute(): Promise<FinalState> {
    using control = this.#control;
    const { store, clock } = this.#parts;
    if (this.#run.state === "created") await store.setRunState(this.#run.id, { state: "started", at: clock.now() });
    faultPoint("run-started");
    await control.lookUp();
    const restored = await this.#restore();
    // What runs already goes before what could be started, and is not stopped by being forgotten.
    this.#enqueue([...restored.unfinished.keys()]);
    control.run.addEventListener("abort", () => this.#giveUpWaiting(String(control.run.reason)), { once: true });
    this.#enqueue(restored.ready, { start: !control.run.aborted });
    if (control.run.aborted) this.#giveUpWaiting(String(control.run.reason));
    await this.#done.promise.finally(() => this.#worker.tidied());
    const end = this.#outcome.end(control.run);
    await store.setRunState(this.#run.id, { ...end, at: clock.now() });
    faultPoint("run-finished");
    return end.state;
  }

  /** Takes up what the store knows, and does what an earlier engine did not come to: skipped nodes, actions, the clearing of folders. */
  async #restore(): Promise<RestoredRun> {
    const records = await this.#parts.store.listNodes(this.#run.id);
    for (const { name, executionId } of records) if (executionId !== undefined) this.#executionIds.set(name, executionId);
    const restored = restoreRun(this.#graph, records);
    for (const [node, executionId] of restored.unfinished) this.#unfinished.set(node, executionId);
    for (const { node, state } of restored.ended) await this.#recallEnd(node, state);
    await this.#recordSkipped(restored.skipped);
    if (restored.stopRun !== undefined) this.#control.stopRun(restored.stopRun);
    return restored;
  }

  async #recallEnd(name: string, state: FinalState): Promise<void> {
    if (state === "error") this.#outcome.noteFailure(name);
    const node = this.#graph.node(name);
    const executionId = this.#executionIds.get(name);
    if (executionId === undefined) return;
    const execution = await this.#parts.store.getExecution(executionId);
    if (execution !== undefined) await tidyUpLeftovers(this.#parts, execution);
    if (node.actions.length === 0) return;
    this.#act(node, "node-starting", {});
    await this.#actOnEnd(node, state);
  }

  #enqueue(nodes: readonly string[], { start } = { start: true }): void {
    for (const node of nodes) this.#queue.push(node);
    if (start) this.#pump();
  }

  #pump(): void {
    while (this.#active < this.#run.jobs && !this.#abandon.signal.aborted) {
      const name = this.#queue.shift();
      if (name === undefined) break;
      this.#active++;
      this.#passNode(this.#graph.node(name)).then(
        (ready) => {
          this.#active--;
          this.#enqueue(ready);
        },
        (error: unknown) => {
          this.#active--;
          // The first error counts; the driver ends with it when the last step under way has been let go.
          this.#abandon.abort(error);
          this.#pump();
        },
      );
    }
    if (this.#abandon.signal.aborted) {
      if (this.#active === 0) this.#done.reject(this.#abandon.signal.reason);
    } else if (this.#active === 0 && this.#queue.size === 0 && this.#graph.finished) this.#done.resolve();
  }

  /** From a node's turn to what its end makes ready. */
  async #passNode(node: PlannedNode): Promise<readonly string[]> {
    const unfinished = this.#unfinished.get(node.name);
    const started = unfinished === undefined ? await this.#starter.start(node) : await this.#starter.takeUp(node, unfinished);
    this.#executionIds.set(node.name, started.execution.id);
    const state = started.problem === undefined ? await this.#work(node, started) : await this.#refuse(started, started.problem);
    return await this.#nodeEnded(node, state);
  }

  async #work(node: PlannedNode, { execution, fence }: StartedNode): Promise<FinalState> {
    this.#act(node, "node-starting", {});
    const state = await this.#worker.execute({
      run: this.#run,
      node,
      execution,
      fence,
      control: this.#control,
      abandon: this.#abandon.signal,
    });
    if (node.actions.length > 0) await this.#actOnEnd(node, state);
    return state;
  }

  async #refuse({ execution, fence }: StartedNode, reason: string): Promise<FinalState> {
    await this.#parts.store.finishExecution(execution.id, fence, { state: "error", reason, outputs: [], at: this.#parts.clock.now() });
    return "error";
  }

  /** Draws the consequences; returns the nodes that have become ready. */
  async #nodeEnded({ name }: PlannedNode, state: FinalState): Promise<readonly string[]> {
    if (state === "error") this.#outcome.noteFailure(name);
    const consequence = this.#graph.end(name, state);
    await this.#recordSkipped(consequence.skipped);
    if (consequence.stopRun !== undefined) this.#control.stopRun(consequence.stopRun);
    return consequence.ready;
  }

  /** Carries out the node's actions whose time and conditions have come. */
  #act(node: PlannedNode, when: "node-starting" | "node-complete" | "node-error", metadata: Readonly<Record<string, unknown>>): void {
    for (const action of dueActions(node.actions, when, { metadata })) {
      if (action === "stop-pipeline") this.#end("stopped", `stopped by an action of ${node.name} (${when})`);
      if (action === "error-pipeline") this.#end("error", `failed by an action of ${node.name} (${when})`);
    }
  }

  async #actOnEnd(node: PlannedNode, state: FinalState): Promise<void> {
    const executionId = this.#executionIds.get(node.name);
    const execution = executionId === undefined ? undefined : await this.#parts.store.getExecution(executionId);
    this.#act(node, state === "complete" ? "node-complete" : "node-error", execution?.metadata ?? {});
  }

  #end(state: FinalState, reason: string): void {
    this.#outcome.decide({ state, reason });
    this.#control.stopRun(reason);
  }

  /** The run is to stop: what waits is skipped at once, what runs has been told by its own signal. */
  #giveUpWaiting(reason: string): void {
    const waiting = this.#queue.drain();
    const begun = waiting.filter((node) => this.#unfinished.has(node));
    for (const node of begun) this.#queue.push(node);
    const handedOut = waiting.filter((node) => !this.#unfinished.has(node));
    const skipped = [...this.#graph.skipWaiting(reason), ...handedOut.map((node) => this.#skipHandedOut(node, reason))];
    // The run must not be recorded as ended before this is.
    this.#active++;
    this.#recordSkipped(skipped)
      .catch((error: unknown) => this.#abandon.abort(error))
      .finally(() => {
        this.#active--;
        this.#pump();
      });
  }

  #skipHandedOut(node: string, reason: string): { readonly node: string; readonly reason: string } {
    this.#graph.end(node, "stopped");
    return { node, reason };
  }

  async #recordSkipped(skipped: Consequence["skipped"]): Promise<void> {
    const byReason = Map.groupBy(skipped, (entry) => entry.reason);
    for (const [reason, entries] of byReason) {
      const nodes = entries.map((entry) => entry.node);
      await this.#parts.store.skipNodes(this.#run.id, nodes, reason, this.#parts.clock.now());
    }
    if (skipped.length > 0) faultPoint("nodes-skipped");
  }
}
