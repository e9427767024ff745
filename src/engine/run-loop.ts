import { HeadraceError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import { dueActions, type Plan, type PlannedNode, resolveNode } from "../planning/index.ts";
import type { ExecutionRecord, FinalState, RunRecord } from "../store/index.ts";
import { BackgroundWork } from "./background-work.ts";
import type { EngineParts } from "./engine-parts.ts";
import { executeStep } from "./execute-step.ts";
import { Fifo } from "./fifo.ts";
import { resultsFor } from "./node-results.ts";
import { type RestoredRun, restoreRun } from "./restore-run.ts";
import { RunGraph } from "./run-graph.ts";
import { StopControl } from "./stop-control.ts";
import { tidyUp, tidyUpLeftovers } from "./tidy-up.ts";

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
  readonly #plan: Plan;
  readonly #queue = new Fifo<string>();
  readonly #executionIds = new Map<string, string>();
  readonly #failures = new Set<string>();
  readonly #done = Promise.withResolvers<void>();
  /** Aborted when the engine itself can go on no longer: steps are left as they are, for an engine to come. */
  readonly #abandon = new AbortController();
  /** Executions that an earlier engine began and did not end, by node. */
  readonly #unfinished = new Map<string, string>();
  /** Folders of ended executions are cleared while the next ones run already. */
  readonly #tidying: BackgroundWork;
  #active = 0;
  /** Set by an action or a stopped node: the state the run takes at its end, with the reason. */
  #verdict: { readonly state: FinalState; readonly reason: string } | undefined;

  constructor(parts: EngineParts, run: RunRecord, plan: Plan, options: RunLoopOptions) {
    this.#parts = parts;
    this.#run = run;
    this.#plan = plan;
    this.#graph = new RunGraph(plan);
    this.#tidying = new BackgroundWork(run.jobs);
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
    await this.#done.promise.finally(() => this.#tidying.idle());
    const { state, reason } = this.#outcome();
    await store.setRunState(this.#run.id, { state, at: clock.now(), ...(reason === undefined ? {} : { reason }) });
    faultPoint("run-finished");
    return state;
  }

  /** Takes up what the store knows, and does what an earlier engine did not come to: skipped nodes, actions, the clearing of folders. */
  async #restore(): Promise<RestoredRun> {
    const { store } = this.#parts;
    const records = await store.listNodes(this.#run.id);
    for (const { name, executionId } of records) if (executionId !== undefined) this.#executionIds.set(name, executionId);
    const restored = restoreRun(this.#graph, records);
    for (const [node, executionId] of restored.unfinished) this.#unfinished.set(node, executionId);
    for (const { node, state } of restored.ended) await this.#recallEnd(node, state);
    await this.#recordSkipped(restored.skipped);
    if (restored.stopRun !== undefined) this.#control.stopRun(restored.stopRun);
    return restored;
  }

  async #recallEnd(name: string, state: FinalState): Promise<void> {
    if (state === "error") this.#failures.add(name);
    const node = this.#graph.node(name);
    const executionId = this.#executionIds.get(name);
    if (executionId === undefined) return;
    const execution = await this.#parts.store.getExecution(executionId);
    if (execution !== undefined) await tidyUpLeftovers(this.#parts, execution);
    if (node.actions.length === 0) return;
    this.#act(node, "node-starting", {});
    await this.#actOnEnd(node, state, executionId);
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
      this.#runNode(this.#graph.node(name)).then(
        (state) => this.#afterNode(name, state),
        (error: unknown) => {
          this.#active--;
          // The first error counts; the run loop ends with it when the last step under way has been let go.
          this.#abandon.abort(error);
          this.#pump();
        },
      );
    }
    if (this.#abandon.signal.aborted) {
      if (this.#active === 0) this.#done.reject(this.#abandon.signal.reason);
    } else if (this.#active === 0 && this.#queue.size === 0 && this.#graph.finished) this.#done.resolve();
  }

  async #afterNode(name: string, state: FinalState): Promise<void> {
    let ready: readonly string[] = [];
    try {
      if (state === "error") this.#failures.add(name);
      const consequence = this.#graph.end(name, state);
      await this.#recordSkipped(consequence.skipped);
      if (consequence.stopRun !== undefined) this.#control.stopRun(consequence.stopRun);
      ready = consequence.ready;
    } catch (error) {
      this.#abandon.abort(error);
    }
    this.#active--;
    this.#enqueue(ready);
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
    const stop = this.#control.executionSignal(execution.id);
    const { kill } = this.#control;
    const state = await executeStep(this.#parts, { run: this.#run, node, execution, fence, stop, kill, abandon: this.#abandon.signal });
    this.#control.release(execution.id);
    await this.#tidying.add(async () => {
      await tidyUp(this.#parts, execution, node.name);
      faultPoint("execution-tidied");
    });
    if (node.actions.length > 0) await this.#actOnEnd(node, state, execution.id);
    return state;
  }

  async #begin(node: PlannedNode): Promise<Begun> {
    const { store } = this.#parts;
    const resolution = resolveNode(node, await resultsFor(store, node, (source) => this.#executionIds.get(source)));
    const unfinished = this.#unfinished.get(node.name);
    const begun = unfinished === undefined ? await this.#create(node, resolution) : await this.#adopt(unfinished);
    return { ...begun, ...(resolution.ok ? {} : { problem: resolution.message }) };
  }

  async #create(node: PlannedNode, resolution: ReturnType<typeof resolveNode>): Promise<Begun> {
    const { store, clock } = this.#parts;
    const { parameters, environmentVariables } = node;
    const resolved = resolution.ok ? resolution.resolved : { parameters, inputs: [], environmentVariables, command: [] };
    const execution = await store.createExecution({
      runId: this.#run.id,
      node: node.name,
      step: node.step.name,
      image: node.step.image,
      environmentName: "local",
      commit: this.#run.commit,
      resolved,
      at: clock.now(),
    });
    if (execution === undefined) throw conflict(`node ${node.name} of run ${this.#run.number} was started by another process`);
    faultPoint("execution-created");
    return { execution, fence: await this.#claim(execution) };
  }

  async #adopt(executionId: string): Promise<Begun> {
    const { store, clock, owner } = this.#parts;
    const execution = await store.getExecution(executionId);
    if (execution === undefined) throw new Error(`execution ${executionId} has vanished from the store`);
    if (execution.state === "queued") return { execution, fence: await this.#claim(execution) };
    const claim = (await store.listClaimed()).find((candidate) => candidate.executionId === executionId);
    const fence = claim === undefined ? undefined : await store.adoptExecution(executionId, claim.fence, owner, clock.now());
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

  /** Carries out the node's actions whose time and conditions have come. */
  #act(node: PlannedNode, when: "node-starting" | "node-complete" | "node-error", metadata: Readonly<Record<string, unknown>>): void {
    for (const action of dueActions(node.actions, when, { metadata })) {
      if (action === "stop-pipeline") this.#end("stopped", `stopped by an action of ${node.name} (${when})`);
      if (action === "error-pipeline") this.#end("error", `failed by an action of ${node.name} (${when})`);
    }
  }

  async #actOnEnd(node: PlannedNode, state: FinalState, executionId: string): Promise<void> {
    const execution = await this.#parts.store.getExecution(executionId);
    this.#act(node, state === "complete" ? "node-complete" : "node-error", execution?.metadata ?? {});
  }

  #end(state: FinalState, reason: string): void {
    this.#verdict ??= { state, reason };
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
    if (skipped.length > 0) faultPoint("nodes-skipped");
  }

  #outcome(): { readonly state: FinalState; readonly reason?: string } {
    if (this.#verdict !== undefined) return this.#verdict;
    // In the plan's order, so that the words do not depend on who failed first.
    const failed = this.#plan.nodes.filter((node) => this.#failures.has(node.name));
    const decisive = failed.filter((node) => node.onError !== "continue").map((node) => node.name);
    if (decisive.length > 0) return { state: "error", reason: `${someOf(decisive)} failed` };
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

/** A fan-out of thousands may fail as a whole; the record names enough to begin with. */
function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more nodes` : names.join(", ");
}

function conflict(message: string): HeadraceError {
  return new HeadraceError("HR_CONFLICT", message, { hint: "`headrace ls` shows what runs; only one process drives a run" });
}
