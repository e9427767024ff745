import { onAbort } from "../concurrency/index.ts";
import { faultPoint } from "../fault-point.ts";
import {
  type ConditionFacts,
  conditionNames,
  dueActions,
  executionOf,
  type Plan,
  type PlannedNode,
} from "../planning/index.ts";
import {
  type Actor,
  type ExecutionRecord,
  executionPages,
  type FinalState,
  isFinal,
  type NodeRecord,
  RefusedWrite,
  type RunRecord,
  rejectionText,
} from "../store/index.ts";
import { concernsOneRun } from "./ends-engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { ApprovalRunner, approvalDue, asksAtEnd, asksForApproval } from "./node-runners/approval.ts";
import { ApprovalWaits, type Decided, isDecided } from "./node-runners/approval-waits.ts";
import { ExecutionRunner } from "./node-runners/execution.ts";
import type { NodeRunner, RunCalls } from "./node-runners/node-runner.ts";
import { RunJobs } from "./node-runners/run-jobs.ts";
import { RunSources } from "./node-runners/run-sources.ts";
import { TaskRunner } from "./node-runners/task/task-runner.ts";
import { RemoteEnds } from "./remote-ends.ts";
import { type EndAnswer, type RestoredRun, restoreRun } from "./restore-run.ts";
import { type Consequence, RunGraph } from "./run-graph.ts";
import { type RunEnd, RunOutcome } from "./run-outcome.ts";
import { StopControl } from "./stop-control.ts";
import { tidyUpLeftovers } from "./tidy-up.ts";
import type { Worker } from "./worker.ts";

/** The longest that what ended waits to be told, unless the collector is away. */
const UNTOLD_MS = 60_000;

export interface RunDriverOptions {
  /** In whose name the signals say that the run is to stop. */
  readonly actor?: Actor | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly killSignal?: AbortSignal | undefined;
}

/**
 * Drives one run from its first node to its last: decides whose turn has come, hands it to the runner of its kind, and
 * draws the consequences of its end. Event-driven: the end of a node starts what it made ready in the same turn;
 * nothing is polled. At most `run.jobs` executions of the run are under way at a time. The worker does the work of a
 * step.
 */
export class RunDriver {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #run: RunRecord;
  readonly #plan: Plan;
  readonly #graph: RunGraph;
  readonly #control: StopControl;
  readonly #remote: RemoteEnds;
  readonly #outcome: RunOutcome;
  readonly #jobs: RunJobs;
  readonly #approvals: ApprovalWaits;
  /** The approvals that an earlier driver had asked for, or was about to, at the ends of nodes. */
  readonly #dueAtEnd = new Map<string, NonNullable<ReturnType<typeof approvalDue>>>();
  readonly #runners: Readonly<Record<PlannedNode["kind"], NodeRunner>>;
  readonly #done = Promise.withResolvers<void>();
  /** Aborted when this driver can go on no longer: what is under way is left as it is, for a driver to come. */
  readonly #abandon = new AbortController();
  #underWay = 0;

  constructor(parts: EngineParts, worker: Worker, run: RunRecord, plan: Plan, options: RunDriverOptions) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#plan = plan;
    this.#graph = new RunGraph(plan);
    this.#outcome = new RunOutcome(plan);
    const { actor, signal, killSignal } = options;
    this.#control = new StopControl({
      store: parts.store,
      runId: run.id,
      actor,
      signal,
      killSignal,
      now: parts.clock.now,
    });
    this.#remote = new RemoteEnds(parts, worker, run.id, this.#control.run);
    this.#jobs = new RunJobs(run.jobs, (work) => this.#track(work));
    // A caller that waits for the end gets the failure; until then nobody does.
    this.#done.promise.catch(() => undefined);
    const sources = new RunSources(parts.store, run, plan.nodes);
    const context = { parts, worker, run, remote: this.#remote, calls: this.#calls(), sources };
    const execution = new ExecutionRunner({
      ...context,
      nodes: plan.nodes.filter((node) => node.kind === "execution"),
    });
    const task = new TaskRunner({ ...context, tasks: plan.nodes.filter((node) => node.kind === "task") });
    this.#approvals = new ApprovalWaits(parts, run, context.calls);
    const afterApproval = (runner: NodeRunner): NodeRunner =>
      new ApprovalRunner(this.#approvals, context.calls, runner);
    this.#runners = { execution: afterApproval(execution), task: afterApproval(task) };
  }

  /**
   * Resolves with the state of the run once it is recorded. Rejects when the store fails, and only once nothing is
   * under way any more; what was recorded stays, and another `execute` of the same run carries on from there: ended
   * nodes stay ended, unfinished executions are adopted.
   */
  async execute(): Promise<FinalState> {
    using control = this.#control;
    using _remote = this.#remote;
    using _abandoned = onAbort(this.#worker.abandoned, () => this.#leave(this.#worker.abandoned.reason));
    using _known = this.#worker.introduce({
      run: this.#run,
      control,
      nodeOf: async (name) => executionOf(this.#graph.node(name)),
    });
    if (this.#run.state === "created") await this.#setState({ state: "started" });
    this.#parts.lineage?.runChanged(this.#run.id, "started");
    faultPoint("run-started");
    await control.lookUp();
    const restored = await this.#restore();
    // Nodes that run already go before nodes that could be started.
    for (const record of restored.begun) this.#runnerOf(record.name).restore(record);
    for (const { node, state } of restored.held) void this.#track(this.#hold(node, state, this.#dueAtEnd.get(node)));
    this.#begin(restored.ready);
    using _stopped = onAbort(control.run, () => this.#giveUpWaiting(String(control.run.reason)));
    this.#settle();
    await this.#done.promise.finally(() => this.#worker.idle(this.#run.id));
    await this.#remote.clearUp();
    const end = this.#outcome.end(control.run);
    await this.#setState(end);
    faultPoint("run-finished");
    const { tracer, lineage, project, clock } = this.#parts;
    lineage?.runChanged(this.#run.id, "ended");
    tracer?.runEnded(project, this.#run, { ...end, at: clock.now() });
    return end.state;
  }

  #calls(): RunCalls {
    return {
      jobs: this.#jobs,
      stopped: this.#control.run,
      abandoned: this.#abandon.signal,
      nodeOf: (name) => this.#graph.node(name),
      track: (work) => void this.#track(work),
      started: (name, { parameters }) => this.#act(name, "node-starting", { parameters, metadata: {} }),
      completed: (name, facts) => {
        this.#act(name, "node-complete", facts);
        const ready = Map.groupBy(this.#graph.end(name, "complete").ready, (each) => {
          const node = this.#graph.node(each);
          return node.kind === "execution" && !asksForApproval(node);
        });
        return { executions: ready.get(true) ?? [], others: ready.get(false) ?? [] };
      },
      begin: (names) => this.#begin(names),
      ended: (name, state) => this.#ended(name, state),
      rejected: (name, reason) => this.#rejected(name, reason),
      skip: (names) => this.#skipAll(names, String(this.#control.run.reason)),
    };
  }

  #runnerOf(name: string): NodeRunner {
    return this.#runners[this.#graph.node(name).kind];
  }

  #begin(names: readonly string[]): void {
    for (const [runner, own] of Map.groupBy(names, (name) => this.#runnerOf(name))) runner.begin(own);
  }

  async #setState(change: RunEnd | { readonly state: "started" }): Promise<void> {
    const { store, clock } = this.#parts;
    await store.runs.setState(this.#run.id, { ...change, at: clock.now(), fence: this.#run.fence });
  }

  /**
   * Takes up what the store knows, and does what an earlier engine did not come to: skipped nodes, actions, the
   * clearing of folders.
   */
  async #restore(): Promise<RestoredRun> {
    await this.#recordGiven();
    const records = this.#isNew() ? [] : await this.#parts.store.nodes.list(this.#run.id);
    for (const record of records) this.#runnerOf(record.name).recall(record);
    const restored = restoreRun(this.#graph, records, await this.#recallAnswers(records));
    // The records of nodes do not tell: an ended task has executions, and none of its own.
    if (this.#run.state !== "created") await this.#clearFolders();
    for (const { node, state } of restored.ended) await this.#recallEnd(node, state);
    await this.#recordSkipped(restored.skipped);
    if (restored.stopRun !== undefined) this.#control.stopRun(restored.stopRun);
    return restored;
  }

  /**
   * True if all nodes wait. The run had not been started when it was read, and whoever drives it has started it under
   * the fence that it had then.
   */
  #isNew(): boolean {
    return this.#run.state === "created" && this.#plan.nodes.every(({ given }) => given === undefined);
  }

  /** Nodes whose results the plan brings along. Without effect on those that an earlier driver has recorded. */
  async #recordGiven(): Promise<void> {
    const given = this.#plan.nodes.flatMap(({ name: node, given }) =>
      given === undefined ? [] : [{ node, ...given }],
    );
    if (given.length === 0) return;
    await this.#parts.store.nodes.reuse(this.#run.id, given, this.#parts.clock.now(), this.#run.fence);
  }

  /** Clears the folders of all executions that have ended, failed attempts before a node's last one included. */
  async #clearFolders(): Promise<void> {
    for await (const page of executionPages(this.#parts.store, this.#run.id)) {
      for (const execution of page) if (isFinal(execution.state)) await tidyUpLeftovers(this.#parts, execution);
      this.#tellAgain(page);
    }
  }

  /**
   * An engine that died had not told all of its last executions. Spans that a collector gets twice have the same ids.
   */
  #tellAgain(executions: readonly ExecutionRecord[]): void {
    const { tracer, project } = this.#parts;
    const last = Math.max(...executions.map(({ finishedAt = 0 }) => finishedAt));
    for (const execution of executions) {
      const { state, finishedAt: at = 0 } = execution;
      if (isFinal(state) && at > last - UNTOLD_MS)
        tracer?.executionEnded(project, this.#run, execution, { ...execution, state, at });
    }
  }

  /**
   * Takes up what people have decided. Returns the nodes from whose ends nothing follows yet, since nobody has been
   * asked or has answered, and those from whose ends nothing is to follow.
   */
  async #recallAnswers(records: readonly NodeRecord[]): Promise<ReadonlyMap<string, EndAnswer>> {
    const answers = new Map<string, EndAnswer>();
    if (!this.#plan.nodes.some((node) => asksForApproval(node) || asksAtEnd(node))) return answers;
    const decided = (await this.#parts.store.approvals.list(this.#run.id)).filter(isDecided);
    for (const { node, decision, actor, comment = "" } of decided)
      if (decision === "rejected") this.#outcome.noteRejection(node, rejectionText(actor, comment));
    const ends = new Map(decided.flatMap((each) => (each.moment === "end" ? [[each.node, each.decision]] : [])));
    for (const { name, state } of records) {
      if ((state !== "complete" && state !== "error") || !asksAtEnd(this.#graph.node(name))) continue;
      const decision = ends.get(name);
      if (decision === "rejected") answers.set(name, "rejected");
      else if (decision === undefined) {
        const due = approvalDue(this.#graph.node(name), momentOf(state), await this.#runnerOf(name).factsOf(name));
        if (due === undefined) continue;
        this.#dueAtEnd.set(name, due);
        answers.set(name, "open");
      }
    }
    return answers;
  }

  async #recallEnd(name: string, state: FinalState): Promise<void> {
    this.#outcome.noteEnd(name, state);
    if (this.#graph.node(name).actions.length === 0) return;
    const facts = await this.#runnerOf(name).factsOf(name);
    this.#act(name, "node-starting", { ...facts, metadata: {} });
    this.#act(name, momentOf(state), facts);
  }

  /** The run ends once nothing of it is under way; a failure of what is ends the driver. */
  async #track(work: Promise<unknown>): Promise<void> {
    this.#underWay++;
    await work.catch((error: unknown) => this.#giveUp(error));
    this.#underWay--;
    this.#settle();
  }

  #settle(): void {
    if (this.#underWay > 0) return;
    if (this.#abandon.signal.aborted) this.#done.reject(this.#abandon.signal.reason);
    else if (this.#graph.finished) this.#done.resolve();
  }

  /** The first error counts; the driver ends with it when the last step under way has been let go. */
  async #giveUp(error: unknown): Promise<void> {
    // Another driver has the run, or may take it: what this process works on it works on to its end, under fences of
    // their own.
    const isLeft = this.#worksForOthers && concernsOneRun(error);
    if (!isLeft && !(await this.#isReplaced(error))) this.#worker.giveUp(error);
    this.#leave(error);
  }

  get #worksForOthers(): boolean {
    return this.#parts.members.identity.takesAnyRun === true;
  }

  async #isReplaced(error: unknown): Promise<boolean> {
    if (!(error instanceof RefusedWrite)) return false;
    const run = await this.#parts.store.runs.get(this.#run.id).catch(() => undefined);
    return run !== undefined && run.fence !== this.#run.fence;
  }

  #leave(error: unknown): void {
    this.#abandon.abort(error);
    this.#jobs.close();
    for (const runner of Object.values(this.#runners)) runner.leave();
    this.#approvals.drop("end");
    this.#settle();
  }

  async #ended(name: string, state: FinalState): Promise<void> {
    const node = this.#graph.node(name);
    const facts = node.actions.length === 0 ? undefined : await this.#runnerOf(name).factsOf(name);
    if (facts !== undefined) this.#act(name, momentOf(state), facts);
    this.#outcome.noteEnd(name, state);
    const due = facts === undefined ? undefined : approvalDue(node, momentOf(state), facts);
    // If the run is to stop, nothing follows, and nobody need be asked.
    if (this.#control.run.aborted || due === undefined) await this.#conclude(name, state);
    else await this.#hold(name, state, due);
  }

  /** Nothing follows from the end of the node until somebody lets it. */
  async #hold(name: string, state: FinalState, due: ReturnType<typeof approvalDue>): Promise<void> {
    const goOn: Decided = async ({ decision, actor, comment }) => {
      if (decision === "approved") await this.#conclude(name, state);
      else await this.#rejected(name, rejectionText(actor, comment ?? ""));
    };
    if (!(await this.#approvals.ask(name, { moment: "end", rule: due?.rule }, goOn))) await this.#withdraw([name]);
  }

  /** Nobody is asked any more: the run is to stop. */
  async #withdraw(names: readonly string[]): Promise<void> {
    for (const name of names) this.#graph.end(name, "stopped");
    await this.#parts.store.approvals.withdraw(this.#run.id, names, this.#run.fence);
  }

  async #conclude(name: string, state: FinalState): Promise<void> {
    const consequence = this.#graph.end(name, state);
    await this.#recordSkipped(consequence.skipped);
    if (consequence.stopRun !== undefined) this.#control.stopRun(consequence.stopRun);
    this.#begin(consequence.ready);
  }

  async #rejected(name: string, reason: string): Promise<void> {
    this.#outcome.noteRejection(name, reason);
    const { skipped } = this.#graph.end(name, "stopped", `${name} was rejected`);
    await this.#recordSkipped(skipped);
  }

  /** Carries out the node's actions whose time and conditions have come. */
  #act(name: string, when: "node-starting" | "node-complete" | "node-error", facts: ConditionFacts): void {
    for (const action of dueActions(this.#graph.node(name).actions, when, conditionNames(facts))) {
      if (action === "stop-pipeline") this.#end("stopped", `stopped by an action of ${name} (${when})`);
      if (action === "error-pipeline") this.#end("error", `failed by an action of ${name} (${when})`);
    }
  }

  #end(state: FinalState, reason: string): void {
    this.#outcome.decide({ state, reason });
    this.#control.stopRun(reason);
  }

  /** The run is to stop: what waits is skipped at once, what runs has been told by its own signal. */
  #giveUpWaiting(reason: string): void {
    const queued = Map.groupBy(this.#jobs.drain(), (name) => this.#runnerOf(name));
    const handedOut = Object.values(this.#runners).flatMap((runner) => runner.giveUp(queued.get(runner) ?? []));
    const skipped = [...this.#graph.skipWaiting(reason), ...handedOut.map((node) => this.#skipHandedOut(node, reason))];
    // The run must not be recorded as ended before this is.
    void this.#track(this.#recordSkipped(skipped));
    const held = this.#approvals.drop("end");
    if (held.length > 0) void this.#track(this.#withdraw(held));
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

function momentOf(state: FinalState): "node-complete" | "node-error" {
  return state === "complete" ? "node-complete" : "node-error";
}
