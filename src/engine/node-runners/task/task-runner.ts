import type { ParameterValue } from "../../../config/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { faultPoint } from "../../../fault-point.ts";
import {
  type ConditionFacts,
  executionOf,
  type FileRef,
  membersOf,
  type NodeResult,
  type PlannedExecution,
  type PlannedNode,
  type PlannedTask,
  type ResolvedInput,
  resolveTask,
} from "../../../planning/index.ts";
import type { FinalState, NodeRecord, ReusedTrial, RunRecord, TrialRecord } from "../../../store/index.ts";
import { systemFailure } from "../../../system-failure.ts";
import type { EngineParts } from "../../engine-parts.ts";
import { fetchInputs } from "../../fetch-inputs.ts";
import { resultsFor } from "../../node-results.ts";
import { NodeStarter } from "../../node-starter.ts";
import type { RemoteEnds } from "../../remote-ends.ts";
import { type Admitted, NodeAdmission } from "../../reuse/admission.ts";
import { RecordedRemarks } from "../../step-remarks.ts";
import type { Worker } from "../../worker.ts";
import { NONE_READY, type NodeRunner, type RunCalls } from "../node-runner.ts";
import type { RunSources } from "../run-sources.ts";
import { GroupLife } from "./group-life.ts";
import { type MemberToStart, startMembers } from "./start-members.ts";
import { TaskLife } from "./task-life.ts";

/** The parts of a run that the life of a task needs. */
export interface TaskContext {
  readonly parts: EngineParts;
  readonly run: RunRecord;
  readonly remote: RemoteEnds;
  readonly calls: RunCalls;
  resultsFor(task: PlannedTask): Promise<Readonly<Record<string, NodeResult>>>;
  /** Returns the files of the input of which each execution gets one, or why they cannot be had. */
  filesOf(task: PlannedTask, input: ResolvedInput): Promise<FilesOf>;
  /** An earlier driver has recorded that this earlier execution stands for a trial. */
  keep(task: PlannedTask, record: TrialRecord): void;
  /** Records the trials for which earlier executions stand. Says of the others why they run, where it is known. */
  decide(
    task: PlannedTask,
    trials: readonly TrialToStart[],
  ): Promise<{ readonly reused: ReadonlySet<number>; readonly toRun: ReadonlyMap<number, Admitted> }>;
  /** Makes the execution of a trial, or takes an earlier one. Returns what waits for its end. */
  start(trial: TrialToStart, decided: Admitted | undefined): Promise<() => Promise<unknown>>;
  /** Begins all members of a distributed task at once. Returns what waits for the end of each, or says why not. */
  startMembers(
    members: readonly MemberToStart[],
    results: Readonly<Record<string, NodeResult>>,
    signal: AbortSignal,
  ): Promise<readonly Promise<FinalState>[] | string>;
  /** A trial that cannot run is recorded as one that failed. */
  refuse(
    task: PlannedTask,
    trial: number,
    message: string,
    parameters: Readonly<Record<string, ParameterValue>>,
  ): Promise<() => Promise<unknown>>;
}

export type FilesOf =
  | { readonly ok: true; readonly files: readonly FileRef[] }
  | { readonly ok: false; readonly message: string };

/** A trial as a node of its own. */
export interface TrialToStart {
  readonly child: PlannedExecution;
  readonly trial: number;
  readonly file: FileRef | undefined;
  readonly results: Readonly<Record<string, NodeResult>>;
}

export interface TaskRunnerOptions {
  readonly parts: EngineParts;
  readonly worker: Worker;
  readonly run: RunRecord;
  readonly tasks: readonly PlannedTask[];
  readonly remote: RemoteEnds;
  readonly calls: RunCalls;
  readonly sources: RunSources;
}

/** Nodes that execute a step many times: each has a life of its own. */
export class TaskRunner implements NodeRunner {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #run: RunRecord;
  readonly #calls: RunCalls;
  readonly #sources: RunSources;
  readonly #starter: NodeStarter;
  readonly #admission: NodeAdmission;
  readonly #context: TaskContext;
  readonly #lives = new Map<string, TaskLife | GroupLife>();

  constructor({ parts, worker, run, tasks, remote, calls, sources }: TaskRunnerOptions) {
    this.#parts = parts;
    this.#worker = worker;
    this.#run = run;
    this.#calls = calls;
    this.#sources = sources;
    this.#starter = new NodeStarter(parts, worker, run, sources);
    this.#admission = new NodeAdmission(parts, run, {
      nodes: tasks.map(executionOf),
      nodeOf: (name) => executionOf(this.#taskOf(name)),
      sources,
      reused: () => NONE_READY,
      start: () => undefined,
      begin: () => undefined,
      giveUp: () => Promise.resolve(),
      stopped: calls.stopped,
      abandoned: calls.abandoned,
    });
    this.#context = {
      ...{ parts, run, remote, calls },
      resultsFor: (task) => resultsFor(parts.store, task, sources),
      filesOf: (task, input) => this.#filesOf(task, input),
      keep: ({ name }, { executionId, trial }) => this.#admission.keep(executionId, name, trial),
      decide: (task, trials) => this.#decide(task, trials),
      start: (trial, decided) => this.#start(trial, decided, remote),
      startMembers: (...asked) => startMembers({ parts, run, worker, starter: this.#starter, remote }, ...asked),
      refuse: async (task, trial, message, parameters) => {
        await this.#starter.refuse({ ...executionOf(task), parameters }, message, undefined, { trial });
        return () => Promise.resolve();
      },
    };
  }

  begin(names: readonly string[]): void {
    for (const name of names) this.#calls.track(this.#begin(name));
  }

  restore({ name }: NodeRecord): void {
    this.#calls.track(this.#live(name));
  }

  /** Nothing: what its executions are is read from the records. */
  recall(): void {}

  async factsBefore(name: string): Promise<ConditionFacts> {
    const task = this.#taskOf(name);
    const resolution = resolveTask(task, await resultsFor(this.#parts.store, task, this.#sources));
    return { parameters: resolution.ok ? resolution.task.parameters : task.parameters, metadata: {} };
  }

  /** Conditions at its end are held against its best execution, where it looks for something. */
  async factsOf(name: string): Promise<ConditionFacts> {
    const task = this.#taskOf(name);
    if (task.actions.length === 0) return { parameters: {}, metadata: {} };
    const { best, parameters, metadata } = (await this.#sources.resultOfTask(name)) ?? { parameters: {}, metadata: {} };
    return best === undefined ? { parameters, metadata } : { parameters: best.parameters, metadata: best.metadata };
  }

  /** A task that has begun ends by itself once it hears that the run is to stop. */
  giveUp(queued: readonly string[]): readonly string[] {
    for (const name of queued) this.#lives.get(name)?.jobDropped();
    return [];
  }

  leave(): void {
    for (const life of this.#lives.values()) life.leave();
  }

  async #begin(name: string): Promise<void> {
    if (this.#calls.stopped.aborted) return await this.#calls.skip([name]);
    await this.#parts.store.tasks.begin(this.#run.id, name, this.#parts.clock.now(), this.#run.fence);
    faultPoint("task-begun");
    await this.#live(name);
  }

  async #live(name: string): Promise<void> {
    if (this.#calls.abandoned.aborted) return;
    const task = this.#taskOf(name);
    const life =
      membersOf(task.sweep) === undefined ? new TaskLife(this.#context, task) : new GroupLife(this.#context, task);
    this.#lives.set(name, life);
    await life.live();
  }

  async #filesOf({ name }: PlannedTask, input: ResolvedInput): Promise<FilesOf> {
    if (input.uris.length === 0) return { ok: true, files: input.files };
    const { stopped, abandoned } = this.#calls;
    const remarks = new RecordedRemarks(this.#parts, { runId: this.#run.id, node: name });
    try {
      const fetched = await fetchInputs(this.#parts.sources, [input], {
        signal: AbortSignal.any([stopped, abandoned]),
        report: (message) => remarks.progress(message),
        warn: (message) => remarks.warn(message),
      });
      await remarks.close({ write: true });
      return { ok: true, files: fetched.flatMap(({ files }) => files.map(({ uri: _, ...file }) => file)) };
    } catch (thrown) {
      await remarks.close({ write: !abandoned.aborted });
      const error = systemFailure(thrown) ?? thrown;
      if (stopped.aborted || error instanceof HeadraceError) {
        if (!abandoned.aborted) return { ok: false, message: error instanceof Error ? error.message : String(error) };
      }
      throw error;
    }
  }

  async #decide(
    { name }: PlannedTask,
    trials: readonly TrialToStart[],
  ): Promise<{ readonly reused: ReadonlySet<number>; readonly toRun: ReadonlyMap<number, Admitted> }> {
    const verdicts = await this.#admission.judgeAll(trials.map(({ child, trial }) => ({ ...child, trial })));
    const taken: ReusedTrial[] = [];
    const toRun = new Map<number, Admitted>();
    for (const [index, { trial, file }] of trials.entries()) {
      const verdict = verdicts[index];
      if (verdict?.kind === "run") toRun.set(trial, verdict);
      if (verdict?.kind !== "reuse") continue;
      const { executionId, decision } = verdict;
      taken.push({ trial, executionId, decision, ...(file === undefined ? {} : { file }) });
    }
    if (taken.length > 0) await this.#take(name, taken);
    return { reused: new Set(taken.map(({ trial }) => trial)), toRun };
  }

  async #take(task: string, trials: readonly ReusedTrial[]): Promise<void> {
    await this.#parts.store.tasks.reuse(this.#run.id, task, trials, this.#parts.clock.now(), this.#run.fence);
    faultPoint("trial-reused");
  }

  async #start(
    { child, trial, file, results }: TrialToStart,
    decided: Admitted | undefined,
    remote: RemoteEnds,
  ): Promise<() => Promise<unknown>> {
    const admitted = decided ?? (await this.#admission.judge({ ...child, trial }));
    if (admitted?.kind === "reuse") {
      const { executionId, decision } = admitted;
      await this.#take(child.name, [{ trial, executionId, decision, ...(file === undefined ? {} : { file }) }]);
      return () => Promise.resolve();
    }
    const started = await this.#starter.start(child, admitted?.decision, { trial, results, file });
    const executionId = started.kind === "claimed" ? started.work.execution.id : started.executionId;
    if (admitted?.inputs !== undefined) this.#parts.fetchedInputs.add(executionId, admitted.inputs);
    if (started.kind === "ended") return () => Promise.resolve();
    // Its step runs already while the next trial is chosen.
    const state = started.kind === "claimed" ? this.#worker.execute(started.work, started.slot) : undefined;
    state?.catch(() => undefined);
    return async () => (await state) ?? (await remote.endOf(executionId));
  }

  #taskOf(name: string): PlannedTask {
    return requireTask(this.#calls.nodeOf(name));
  }
}

function requireTask(node: PlannedNode): PlannedTask {
  if (node.kind === "task") return node;
  throw new Error("this node is no task");
}
