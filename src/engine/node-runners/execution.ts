import {
  type ConditionFacts,
  longestWaitMs,
  type PlannedExecution,
  type PlannedNode,
  resolveNode,
} from "../../planning/index.ts";
import type { FinalState, NodeRecord, RunRecord } from "../../store/index.ts";
import type { EngineParts } from "../engine-parts.ts";
import { conditionFacts, keptMetadata } from "../full-metadata.ts";
import { resultsFor } from "../node-results.ts";
import { NodeStarter } from "../node-starter.ts";
import type { RemoteEnds } from "../remote-ends.ts";
import { RetryTimers } from "../retry-timers.ts";
import { NodeAdmission, type ReuseVerdict } from "../reuse/admission.ts";
import type { Worker } from "../worker.ts";
import { asksAtEnd } from "./approval.ts";
import { NONE_READY, type NodeRunner, type ReadyNodes, type RunCalls } from "./node-runner.ts";
import type { RunSources } from "./run-sources.ts";

export interface ExecutionContext {
  readonly parts: EngineParts;
  readonly worker: Worker;
  readonly run: RunRecord;
  readonly nodes: readonly PlannedExecution[];
  readonly remote: RemoteEnds;
  readonly calls: RunCalls;
  readonly sources: RunSources;
}

/**
 * Nodes that execute a step: they take an earlier result, or have an execution, and another one where that failed and
 * they may be tried again.
 */
export class ExecutionRunner implements NodeRunner {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #run: RunRecord;
  readonly #remote: RemoteEnds;
  readonly #calls: RunCalls;
  readonly #starter: NodeStarter;
  readonly #admission: NodeAdmission;
  readonly #retries = new RetryTimers((name) => this.#enqueue([name]));
  readonly #sources: RunSources;
  /** Executions that an earlier engine began and did not end, by node. */
  readonly #unfinished = new Map<string, string>();

  constructor({ parts, worker, run, nodes, remote, calls, sources }: ExecutionContext) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#remote = remote;
    this.#calls = calls;
    this.#sources = sources;
    this.#starter = new NodeStarter(parts, worker, run, sources);
    this.#admission = new NodeAdmission(parts, run, {
      nodes,
      nodeOf: (name) => this.#nodeOf(name),
      sources,
      reused: (node, verdict) => this.#endReused(node, verdict),
      start: (names) => this.#enqueue(names),
      begin: (names) => calls.begin(names),
      giveUp: (names) => calls.skip(names),
      stopped: calls.stopped,
      abandoned: calls.abandoned,
    });
  }

  begin(names: readonly string[]): void {
    this.#calls.track(this.#admission.admit(names));
  }

  restore(record: NodeRecord): void {
    const { name, executionId, waitingFor } = record;
    if (waitingFor?.kind === "retry") this.#awaitRetry(name, waitingFor.at);
    else {
      if (executionId !== undefined) this.#unfinished.set(name, executionId);
      this.#enqueue([name]);
    }
  }

  recall({ name, executionId }: NodeRecord): void {
    if (executionId !== undefined) this.#sources.executionIds.set(name, executionId);
  }

  async factsBefore(name: string): Promise<ConditionFacts> {
    const node = this.#nodeOf(name);
    const results = await resultsFor(this.#parts.store, node, this.#sources);
    const resolution = resolveNode(node, results);
    return { parameters: resolution.ok ? resolution.resolved.parameters : node.parameters, metadata: {} };
  }

  async factsOf(name: string): Promise<ConditionFacts> {
    const { store } = this.#parts;
    const node = this.#nodeOf(name);
    const executionId = this.#sources.executionIds.get(name);
    if (node.actions.length === 0 || executionId === undefined) return NO_FACTS;
    const execution = await store.executions.get(executionId);
    if (execution === undefined) return NO_FACTS;
    const known = { ...keptMetadata(execution), parameters: execution.parameters };
    return await conditionFacts(store, executionId, known, node);
  }

  /** Executions that an earlier engine left do not stop when this driver forgets them. */
  giveUp(queued: readonly string[]): readonly string[] {
    const waiting = [...queued, ...this.#retries.drain()];
    this.#enqueue(waiting.filter((name) => this.#unfinished.has(name)));
    return waiting.filter((name) => !this.#unfinished.has(name));
  }

  leave(): void {
    this.#retries.drain();
  }

  #nodeOf(name: string): PlannedExecution {
    return requireExecution(this.#calls.nodeOf(name));
  }

  #enqueue(names: readonly string[]): void {
    for (const name of names) this.#calls.jobs.add(name, () => this.#passNode(this.#nodeOf(name)));
  }

  /** From a node's turn to its end, or to the wait for another attempt. */
  async #passNode(node: PlannedExecution): Promise<void> {
    const state = await this.#endOf(node);
    if (state === "error" && node.retry !== undefined && (await this.#isTriedAgain(node))) return;
    await this.#calls.ended(node.name, state);
  }

  async #endOf(node: PlannedExecution): Promise<FinalState> {
    const unfinished = this.#unfinished.get(node.name);
    if (unfinished !== undefined) {
      await this.#actOnStart(node);
      return await this.#remote.endOf(unfinished);
    }
    const admitted = await this.#admission.settle(node);
    if (admitted?.kind === "reuse") {
      this.#sources.executionIds.set(node.name, admitted.executionId);
      await this.#admission.record(node, admitted);
      this.#calls.started(node.name, admitted.facts);
      return "complete";
    }
    const started = await this.#starter.start(node, admitted?.decision);
    const executionId = started.kind === "claimed" ? started.work.execution.id : started.executionId;
    this.#sources.executionIds.set(node.name, executionId);
    if (admitted?.inputs !== undefined) this.#parts.fetchedInputs.add(executionId, admitted.inputs);
    if (started.kind === "ended") return started.state;
    await this.#actOnStart(node);
    const state = started.kind === "claimed" ? await this.#worker.execute(started.work, started.slot) : undefined;
    // The execution has no state here if another process works on it, or has taken it from this one.
    return state ?? (await this.#remote.endOf(executionId));
  }

  /**
   * Returns true if the node is tried again. The program that recorded the failure has decided that together with it.
   */
  async #isTriedAgain({ name }: PlannedExecution): Promise<boolean> {
    const record = await this.#parts.store.nodes.get(this.#run.id, name);
    if (record?.state !== "waiting" || record.waitingFor?.kind !== "retry") return false;
    this.#unfinished.delete(name);
    if (this.#calls.stopped.aborted) await this.#calls.skip([name]);
    else this.#awaitRetry(name, record.waitingFor.at);
    return true;
  }

  /** Never longer than it was meant to be, whatever the clock has done since. */
  #awaitRetry(name: string, at: number): void {
    if (this.#calls.abandoned.aborted) return;
    const { retry } = this.#nodeOf(name);
    const longestMs = retry === undefined ? 0 : longestWaitMs(retry);
    this.#retries.add(name, Math.min(Math.max(0, at - this.#parts.clock.now()), longestMs));
  }

  /** Without a process or a wait: its actions and consequences are those of any node that is complete. */
  #endReused(node: PlannedExecution, verdict: ReuseVerdict): ReadyNodes {
    const { name } = node;
    const { executionId, facts } = verdict;
    this.#sources.executionIds.set(name, executionId);
    this.#calls.started(name, facts);
    if (asksAtEnd(node)) {
      this.#calls.track(this.#endRecorded(node, verdict));
      return NONE_READY;
    }
    return this.#calls.completed(name, facts);
  }

  /** A person is asked about what is recorded, and not about what will be with others. */
  async #endRecorded(node: PlannedExecution, verdict: ReuseVerdict): Promise<void> {
    await this.#admission.record(node, verdict);
    await this.#calls.ended(node.name, "complete");
  }

  async #actOnStart({ name, actions }: PlannedExecution): Promise<void> {
    if (actions.length > 0) this.#calls.started(name, await this.factsOf(name));
  }
}

const NO_FACTS: ConditionFacts = { parameters: {}, metadata: {} };

function requireExecution(node: PlannedNode): PlannedExecution {
  if (node.kind === "execution") return node;
  throw new Error("this node executes no step");
}
