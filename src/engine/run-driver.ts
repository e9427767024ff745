import { faultPoint } from "../fault-point.ts";
import { type ConditionFacts, conditionNames, dueActions, longestWaitMs, type Plan, type PlannedNode } from "../planning/index.ts";
import { executionPages, type FinalState, isFinal, RefusedWrite, type RunRecord } from "../store/index.ts";
import { concernsOneRun } from "./ends-engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { Fifo } from "./fifo.ts";
import { conditionFacts, keptMetadata } from "./full-metadata.ts";
import { NodeStarter } from "./node-starter.ts";
import { RemoteEnds } from "./remote-ends.ts";
import { type RestoredRun, restoreRun } from "./restore-run.ts";
import { RetryTimers } from "./retry-timers.ts";
import { NodeAdmission, type ReuseVerdict } from "./reuse/admission.ts";
import { handOn } from "./reuse/fetched-inputs.ts";
import { type Consequence, RunGraph } from "./run-graph.ts";
import { type RunEnd, RunOutcome } from "./run-outcome.ts";
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
  readonly #plan: Plan;
  readonly #graph: RunGraph;
  readonly #control: StopControl;
  readonly #starter: NodeStarter;
  readonly #remote: RemoteEnds;
  readonly #outcome: RunOutcome;
  readonly #admission: NodeAdmission;
  readonly #queue = new Fifo<string>();
  readonly #retries = new RetryTimers((node) => this.#enqueue([node]));
  readonly #executionIds = new Map<string, string>();
  readonly #done = Promise.withResolvers<void>();
  /** Aborted when this driver can go on no longer: what is under way is left as it is, for a driver to come. */
  readonly #abandon = new AbortController();
  /** Executions that an earlier engine began and did not end, by node. */
  readonly #unfinished = new Map<string, string>();
  #active = 0;
  /** Calls of `#admit` under way. */
  #admitting = 0;

  constructor(parts: EngineParts, worker: Worker, run: RunRecord, plan: Plan, options: RunDriverOptions) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#plan = plan;
    this.#graph = new RunGraph(plan);
    this.#outcome = new RunOutcome(plan);
    this.#starter = new NodeStarter(parts, worker, run, (node) => this.#executionIds.get(node));
    const { signal, killSignal } = options;
    this.#control = new StopControl({ store: parts.store, runId: run.id, signal, killSignal, now: parts.clock.now });
    this.#remote = new RemoteEnds(parts, worker, run.id, this.#control.run);
    this.#admission = new NodeAdmission(parts, run, {
      nodes: plan.nodes,
      nodeOf: (name) => this.#graph.node(name),
      executionIdOf: (node) => this.#executionIds.get(node),
      reused: (node, verdict) => this.#endReused(node, verdict),
      start: (nodes) => this.#enqueue(nodes),
      giveUp: (nodes) => this.#skipAll(nodes, String(this.#control.run.reason)),
      stopped: this.#control.run,
      abandoned: this.#abandon.signal,
    });
  }

  /**
   * Resolves with the state of the run once it is recorded. Rejects when the store fails, and only once nothing is under way any more;
   * what was recorded stays, and another `execute` of the same run carries on from there: ended nodes stay ended, unfinished
   * executions are adopted.
   */
  async execute(): Promise<FinalState> {
    using control = this.#control;
    using _remote = this.#remote;
    using _abandoned = onAbort(this.#worker.abandoned, () => this.#leave(this.#worker.abandoned.reason));
    using _known = this.#worker.introduce({ run: this.#run, control, nodeOf: async (name) => this.#graph.node(name) });
    if (this.#run.state === "created") await this.#setState({ state: "started" });
    faultPoint("run-started");
    await control.lookUp();
    const restored = await this.#restore();
    // What runs already goes before what could be started, and is not stopped by being forgotten.
    this.#enqueue([...restored.unfinished.keys()]);
    control.run.addEventListener("abort", () => this.#giveUpWaiting(String(control.run.reason)), { once: true });
    this.#admit(restored.ready);
    for (const { node, retryAt } of restored.retrying) this.#awaitRetry(this.#graph.node(node), retryAt);
    if (control.run.aborted) this.#giveUpWaiting(String(control.run.reason));
    await this.#done.promise.finally(() => this.#worker.idle(this.#run.id));
    await this.#remote.clearUp();
    const end = this.#outcome.end(control.run);
    await this.#setState(end);
    faultPoint("run-finished");
    return end.state;
  }

  async #setState(change: RunEnd | { readonly state: "started" }): Promise<void> {
    const { store, clock } = this.#parts;
    await store.runs.setState(this.#run.id, { ...change, at: clock.now(), fence: this.#run.fence });
  }

  /** Takes up what the store knows, and does what an earlier engine did not come to: skipped nodes, actions, the clearing of folders. */
  async #restore(): Promise<RestoredRun> {
    await this.#recordGiven();
    const records = await this.#parts.store.nodes.list(this.#run.id);
    for (const { name, executionId } of records) if (executionId !== undefined) this.#executionIds.set(name, executionId);
    const restored = restoreRun(this.#graph, records);
    for (const [node, executionId] of restored.unfinished) this.#unfinished.set(node, executionId);
    if (this.#executionIds.size > 0) await this.#clearFolders();
    for (const { node, state } of restored.ended) await this.#recallEnd(node, state);
    await this.#recordSkipped(restored.skipped);
    if (restored.stopRun !== undefined) this.#control.stopRun(restored.stopRun);
    return restored;
  }

  /** Nodes whose results the plan brings along. Without effect on those that an earlier driver has recorded. */
  async #recordGiven(): Promise<void> {
    const given = this.#plan.nodes.flatMap(({ name: node, given }) => (given === undefined ? [] : [{ node, ...given }]));
    if (given.length === 0) return;
    await this.#parts.store.nodes.reuse(this.#run.id, given, this.#parts.clock.now(), this.#run.fence);
  }

  /** Of all that has ended, failed attempts before a node's last one included. */
  async #clearFolders(): Promise<void> {
    for await (const page of executionPages(this.#parts.store, this.#run.id)) {
      for (const execution of page) if (isFinal(execution.state)) await tidyUpLeftovers(this.#parts, execution);
    }
  }

  async #recallEnd(name: string, state: FinalState): Promise<void> {
    this.#outcome.noteEnd(name, state);
    const node = this.#graph.node(name);
    if (node.actions.length === 0 || !this.#executionIds.has(name)) return;
    const facts = await this.#factsOf(node, this.#executionIds.get(name));
    this.#act(node, "node-starting", { ...facts, metadata: {} });
    this.#act(node, state === "complete" ? "node-complete" : "node-error", facts);
  }

  #enqueue(nodes: readonly string[]): void {
    for (const node of nodes) this.#queue.push(node);
    this.#pump();
  }

  /** These nodes' turn has come: those with an earlier result are complete without a start, and so on; the others are queued. */
  #admit(nodes: readonly string[]): void {
    this.#admitting++;
    this.#admission
      .admit(nodes)
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#admitting--;
        this.#pump();
      });
  }

  #pump(): void {
    while (this.#active < this.#run.jobs && !this.#abandon.signal.aborted) {
      const name = this.#queue.shift();
      if (name === undefined) break;
      this.#active++;
      this.#passNode(this.#graph.node(name)).then(
        (ready) => {
          this.#active--;
          this.#admit(ready);
        },
        async (error: unknown) => {
          await this.#giveUp(error);
          this.#active--;
          this.#pump();
        },
      );
    }
    if (this.#abandon.signal.aborted) {
      if (this.#active + this.#admitting === 0) this.#done.reject(this.#abandon.signal.reason);
    } else if (this.#active + this.#admitting === 0 && this.#queue.size === 0 && this.#graph.finished) this.#done.resolve();
  }

  /** The first error counts; the driver ends with it when the last step under way has been let go. */
  async #giveUp(error: unknown): Promise<void> {
    // Another driver has the run, or may take it: what this process works on it works on to its end, under fences of their own.
    const isLeft = this.#servesOthers && concernsOneRun(error);
    if (!isLeft && !(await this.#isReplaced(error))) this.#worker.giveUp(error);
    this.#leave(error);
  }

  get #servesOthers(): boolean {
    return this.#parts.members.identity.serves === true;
  }

  async #isReplaced(error: unknown): Promise<boolean> {
    if (!(error instanceof RefusedWrite)) return false;
    const run = await this.#parts.store.runs.get(this.#run.id).catch(() => undefined);
    return run !== undefined && run.fence !== this.#run.fence;
  }

  #leave(error: unknown): void {
    this.#abandon.abort(error);
    this.#retries.drain();
    this.#pump();
  }

  /** From a node's turn to what its end makes ready. */
  async #passNode(node: PlannedNode): Promise<readonly string[]> {
    const state = await this.#endOf(node);
    if (state === "error" && node.retry !== undefined && (await this.#isTriedAgain(node))) return [];
    if (node.actions.length > 0) await this.#actOnEnd(node, state);
    return await this.#nodeEnded(node, state);
  }

  async #endOf(node: PlannedNode): Promise<FinalState> {
    const unfinished = this.#unfinished.get(node.name);
    if (unfinished !== undefined) {
      await this.#actOnStart(node, unfinished);
      return await this.#remote.endOf(unfinished);
    }
    const admitted = await this.#admission.settle(node);
    if (admitted?.kind === "reuse") {
      this.#executionIds.set(node.name, admitted.executionId);
      await this.#admission.record(node, admitted);
      this.#act(node, "node-starting", { ...admitted.facts, metadata: {} });
      return "complete";
    }
    const started = await this.#starter.start(node, admitted?.decision);
    const executionId = started.kind === "claimed" ? started.work.execution.id : started.executionId;
    this.#executionIds.set(node.name, executionId);
    if (admitted?.inputs !== undefined) handOn(this.#parts, executionId, admitted.inputs);
    if (started.kind === "ended") return started.state;
    await this.#actOnStart(node, executionId);
    const state = started.kind === "claimed" ? await this.#worker.execute(started.work, started.slot) : undefined;
    // Of what another process works on, or has taken from this one.
    return state ?? (await this.#remote.endOf(executionId));
  }

  /** Whoever recorded the failure has decided it, together with that. */
  async #isTriedAgain(node: PlannedNode): Promise<boolean> {
    const record = await this.#parts.store.nodes.get(this.#run.id, node.name);
    if (record?.state !== "waiting" || record.retryAt === undefined) return false;
    this.#unfinished.delete(node.name);
    if (this.#control.run.aborted) await this.#skipAll([node.name], String(this.#control.run.reason));
    else this.#awaitRetry(node, record.retryAt);
    return true;
  }

  /** Never longer than it was meant to be, whatever the clock has done since. */
  #awaitRetry({ name, retry }: PlannedNode, retryAt: number): void {
    if (this.#abandon.signal.aborted) return;
    const longestMs = retry === undefined ? 0 : longestWaitMs(retry);
    this.#retries.add(name, Math.min(Math.max(0, retryAt - this.#parts.clock.now()), longestMs));
  }

  /** Without a process or a wait: its actions and consequences are those of any node that is complete. */
  #endReused(node: PlannedNode, { executionId, facts }: ReuseVerdict): readonly string[] {
    this.#executionIds.set(node.name, executionId);
    this.#act(node, "node-starting", { ...facts, metadata: {} });
    this.#act(node, "node-complete", facts);
    return this.#graph.end(node.name, "complete").ready;
  }

  /** Draws the consequences; returns the nodes that have become ready. */
  async #nodeEnded({ name }: PlannedNode, state: FinalState): Promise<readonly string[]> {
    this.#outcome.noteEnd(name, state);
    const consequence = this.#graph.end(name, state);
    await this.#recordSkipped(consequence.skipped);
    if (consequence.stopRun !== undefined) this.#control.stopRun(consequence.stopRun);
    return consequence.ready;
  }

  /** Carries out the node's actions whose time and conditions have come. */
  #act(node: PlannedNode, when: "node-starting" | "node-complete" | "node-error", facts: ConditionFacts): void {
    for (const action of dueActions(node.actions, when, conditionNames(facts))) {
      if (action === "stop-pipeline") this.#end("stopped", `stopped by an action of ${node.name} (${when})`);
      if (action === "error-pipeline") this.#end("error", `failed by an action of ${node.name} (${when})`);
    }
  }

  async #actOnEnd(node: PlannedNode, state: FinalState): Promise<void> {
    this.#act(node, state === "complete" ? "node-complete" : "node-error", await this.#factsOf(node, this.#executionIds.get(node.name)));
  }

  /** At its start a node has no metadata, whatever an earlier attempt printed. */
  async #actOnStart(node: PlannedNode, executionId: string): Promise<void> {
    this.#act(node, "node-starting", { ...(await this.#factsOf(node, executionId)), metadata: {} });
  }

  async #factsOf(node: PlannedNode, executionId: string | undefined): Promise<ConditionFacts> {
    const { store } = this.#parts;
    if (node.actions.length === 0 || executionId === undefined) return NO_FACTS;
    const execution = await store.executions.get(executionId);
    if (execution === undefined) return NO_FACTS;
    return await conditionFacts(store, executionId, { ...keptMetadata(execution), parameters: execution.parameters }, node);
  }

  #end(state: FinalState, reason: string): void {
    this.#outcome.decide({ state, reason });
    this.#control.stopRun(reason);
  }

  /** The run is to stop: what waits is skipped at once, what runs has been told by its own signal. */
  #giveUpWaiting(reason: string): void {
    const waiting = [...this.#queue.drain(), ...this.#retries.drain()];
    const begun = waiting.filter((node) => this.#unfinished.has(node));
    for (const node of begun) this.#queue.push(node);
    const handedOut = waiting.filter((node) => !this.#unfinished.has(node));
    const skipped = [...this.#graph.skipWaiting(reason), ...handedOut.map((node) => this.#skipHandedOut(node, reason))];
    // The run must not be recorded as ended before this is.
    this.#active++;
    this.#recordSkipped(skipped)
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#active--;
        this.#pump();
      });
  }

  async #skipAll(handedOut: readonly string[], reason: string): Promise<void> {
    await this.#recordSkipped(handedOut.map((node) => this.#skipHandedOut(node, reason)));
  }

  #skipHandedOut(node: string, reason: string): { readonly node: string; readonly reason: string } {
    this.#graph.end(node, "stopped");
    return { node, reason };
  }

  async #recordSkipped(skipped: Consequence["skipped"]): Promise<void> {
    const byReason = Map.groupBy(skipped, (entry) => entry.reason);
    for (const [reason, entries] of byReason) {
      const nodes = entries.map((entry) => entry.node);
      await this.#parts.store.nodes.skip(this.#run.id, nodes, reason, this.#parts.clock.now(), this.#run.fence);
    }
    if (skipped.length > 0) faultPoint("nodes-skipped");
  }
}

const NO_FACTS: ConditionFacts = { parameters: {}, metadata: {} };

function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", callback) };
}
