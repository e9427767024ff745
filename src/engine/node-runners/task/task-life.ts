import { Throttle } from "../../../concurrency/index.ts";
import { trialsOf } from "../../../config/index.ts";
import { faultPoint } from "../../../fault-point.ts";
import {
  childOf,
  type FileRef,
  type NodeResult,
  type PlannedTask,
  type ResolvedTask,
  type ResolveTaskResult,
  resolveTask,
  withFiles,
} from "../../../planning/index.ts";
import type { FinalState, TrialRecord } from "../../../store/index.ts";
import {
  bestOf,
  fileOfTrial,
  followsResults,
  suggestTrial,
  sweepTrialOf,
  trialsLeft,
  variedBy,
} from "../../../tasks/index.ts";
import type { Admitted } from "../../reuse/admission.ts";
import { arrangeFiles } from "./child-files.ts";
import { KnownTrials } from "./known-trials.ts";
import { Pruner } from "./pruner.ts";
import { type EarlyEnd, earlyEndOf, mayEndEarly, taskEndOf } from "./task-end.ts";
import type { TaskContext, TrialToStart } from "./task-runner.ts";

/** Running trials are looked at at most this often. */
const LOOK_INTERVAL_MS = 250;
/** Trials about which is decided together whether an earlier execution stands for them. */
const TOGETHER = 150;

/**
 * One task from its beginning to its end. Trials are made one by one, each by what the records tell of those before it,
 * so that an engine that carries on after a crash makes the trial that would have come next. One of its trials at a
 * time waits in the jobs of the run, so that other nodes have their turn in between.
 */
export class TaskLife {
  readonly #context: TaskContext;
  readonly #task: PlannedTask;
  readonly #done = Promise.withResolvers<"ended" | "left">();
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#lookAgain());
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #trials = new KnownTrials();
  /** Trials that are to run, with the reason; decided together with those that are not. */
  readonly #decided = new Map<number, Admitted | undefined>();
  /** Those of `for-each`. */
  #files: readonly FileRef[] = [];
  #resolved: ResolvedTask | undefined;
  #results: Readonly<Record<string, NodeResult>> = {};
  #pruner: Pruner | undefined;
  #early: EarlyEnd | undefined;
  #added = 0;
  #isQueued = false;
  #hasLeft = false;
  #looking: Promise<void> | undefined;

  constructor(context: TaskContext, task: PlannedTask) {
    this.#context = context;
    this.#task = task;
  }

  /** Resolves when the end of the task is recorded, or the driver has left it. */
  async live(): Promise<void> {
    const { parts, run, calls } = this.#context;
    this.#results = await this.#context.resultsFor(this.#task);
    const resolution = resolveTask(this.#task, this.#results);
    calls.started(this.#task.name, { parameters: resolution.ok ? resolution.task.parameters : {} });
    for (const record of await parts.store.tasks.listTrials(run.id, this.#task.name)) {
      this.#trials.note(record);
      if (record.reused) this.#context.keep(this.#task, record);
    }
    const whole = resolution.ok ? await this.#withFiles(resolution.task) : resolution;
    if (this.#hasLeft) return;
    if (!whole.ok) {
      if (calls.stopped.aborted) return await this.#finish({ state: "stopped", reason: String(calls.stopped.reason) });
      return await this.#finish({ state: "error", reason: whole.message });
    }
    this.#resolved = whole.task;
    const { pruning } = whole.task.sweep;
    if (pruning !== undefined) this.#pruner = new Pruner(parts.store, pruning);
    const unsubscribe = parts.store.events.listen(() => this.#throttle.call());
    const onStop = (): void => this.#settle();
    calls.stopped.addEventListener("abort", onStop, { once: true });
    try {
      await this.#look();
      for (const record of this.#trials.open()) this.#goOnWith(record);
      this.#pump();
      if ((await this.#done.promise) === "left") return;
      await this.#looking;
    } finally {
      unsubscribe();
      calls.stopped.removeEventListener("abort", onStop);
      this.#throttle[Symbol.dispose]();
    }
    await this.#finish(this.#end());
  }

  /** Finds the files of which each execution gets one; those that URIs name are fetched now. */
  async #withFiles(task: ResolvedTask): Promise<ResolveTaskResult> {
    if (task.forEach === undefined) return { ok: true, task };
    const fetched = await this.#context.filesOf(this.#task, task.forEach);
    if (!fetched.ok) return fetched;
    const placeOf = (trial: number): number => fileOfTrial(task.sweep, trial - 1);
    this.#files = arrangeFiles(fetched.files, this.#trials.all(), placeOf);
    return withFiles(task, this.#files);
  }

  /** Follows a trial that an earlier engine had begun to its end. */
  #goOnWith(record: TrialRecord): void {
    if (record.state === "error") this.#awaitRetry(record);
    else {
      this.#trials.begin(record.trial);
      this.#context.calls.track(this.#follow(record));
    }
  }

  async #follow({ trial, executionId }: TrialRecord): Promise<void> {
    await this.#context.remote.endOf(executionId);
    await this.#noteEnd(trial);
  }

  /** The run's jobs that had not begun were forgotten. */
  jobDropped(): void {
    this.#isQueued = false;
    this.#settle();
  }

  leave(): void {
    this.#hasLeft = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#throttle[Symbol.dispose]();
    this.#done.resolve("left");
  }

  get #mayBegin(): boolean {
    return !this.#hasLeft && this.#early === undefined && !this.#context.calls.stopped.aborted;
  }

  #pump(): void {
    this.#settle();
    if (!this.#mayBegin || this.#isQueued || this.#next() === undefined) return;
    this.#isQueued = true;
    this.#context.calls.jobs.add(this.#task.name, () => this.#job());
  }

  /** The trial whose turn it is: one that is tried again, else a new one. */
  #next(): number | undefined {
    const { sweep } = this.#requireResolved();
    const most = Math.min(sweep.parallel ?? Number.POSITIVE_INFINITY, this.#context.run.jobs);
    if (this.#trials.underWay >= most) return undefined;
    const due = this.#trials.due(this.#context.parts.clock.now());
    if (due !== undefined) return due;
    return this.#left > 0 ? this.#trials.free(1)[0] : undefined;
  }

  /** Number of trials that may still begin. */
  get #left(): number {
    return trialsLeft(this.#requireResolved().sweep, this.#added, this.#trials.size);
  }

  async #job(): Promise<void> {
    await this.#takeEarlier();
    const trial = this.#mayBegin ? this.#next() : undefined;
    if (trial === undefined) {
      this.#isQueued = false;
      return this.#settle();
    }
    this.#trials.begin(trial);
    const end = await this.#begin(trial);
    // Only now: what the next trial is to be hangs on this one being recorded.
    this.#isQueued = false;
    this.#pump();
    await end();
    await this.#noteEnd(trial);
  }

  /**
   * Trials for which an earlier execution stands are recorded together, up to those of which some are to run. Where a
   * trial decides what the next one is, or that there is none, it is decided about by itself.
   */
  async #takeEarlier(): Promise<void> {
    const { sweep } = this.#requireResolved();
    if (followsResults(sweep) || mayEndEarly(sweep) || this.#pruner !== undefined) return;
    while (this.#mayBegin && this.#decided.size === 0 && this.#left > 0) {
      const numbers = this.#trials.free(Math.min(TOGETHER, this.#left));
      const children = numbers.flatMap((trial) => {
        const made = this.#make(trial);
        return made.ok ? [made.start] : [];
      });
      const { reused, toRun } = await this.#context.decide(this.#task, children);
      for (const trial of numbers) if (!reused.has(trial)) this.#decided.set(trial, toRun.get(trial));
      if (reused.size > 0) await this.#readAll(Math.min(...reused), Math.max(...reused));
    }
  }

  /** Returns a trial as a node of its own. */
  #make(
    trial: number,
  ): { ok: true; start: TrialToStart } | { ok: false; message: string; values: TrialRecord["parameters"] } {
    const { sweep, parameters } = this.#requireResolved();
    const varied = variedBy(sweep);
    const known = this.#trials.get(trial);
    const history = followsResults(sweep) ? this.#trials.all().map((record) => sweepTrialOf(record, varied)) : [];
    const values = known === undefined ? suggestTrial(sweep, trial - 1, history) : sweepTrialOf(known, varied).values;
    const file =
      known?.file ?? (sweep.forEach?.kind === "input" ? this.#files[fileOfTrial(sweep, trial - 1)] : undefined);
    const child = childOf(this.#task, parameters, values, file);
    if (!child.ok) return { ok: false, message: child.message, values: { ...parameters, ...values } };
    return { ok: true, start: { child: child.child, trial, file, results: this.#results } };
  }

  /** Makes the execution of a trial. Returns what waits for its end. */
  async #begin(trial: number): Promise<() => Promise<unknown>> {
    const made = this.#make(trial);
    const decided = this.#decided.get(trial);
    this.#decided.delete(trial);
    const end = made.ok
      ? await this.#context.start(made.start, decided)
      : await this.#context.refuse(this.#task, trial, made.message, made.values);
    await this.#read(trial);
    return end;
  }

  async #read(trial: number): Promise<TrialRecord | undefined> {
    const { parts, run } = this.#context;
    const record = await parts.store.tasks.getTrial(run.id, this.#task.name, trial);
    if (record !== undefined) this.#trials.note(record);
    return this.#trials.get(trial);
  }

  async #readAll(from: number, to: number): Promise<void> {
    const { parts, run } = this.#context;
    for (const record of await parts.store.tasks.listTrials(run.id, this.#task.name, { from, to }))
      this.#trials.note(record);
  }

  async #noteEnd(trial: number): Promise<void> {
    const record = await this.#read(trial);
    this.#trials.end(trial);
    await this.#drawConsequences();
    if (record?.state === "error" && record.retryAt !== undefined) this.#awaitRetry(record);
    this.#pump();
  }

  #awaitRetry({ retryAt = 0 }: TrialRecord): void {
    if (!this.#mayBegin) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#pump();
      },
      Math.max(0, retryAt - this.#context.parts.clock.now()),
    );
    this.#timers.add(timer);
  }

  #lookAgain(): void {
    if (this.#hasLeft || this.#looking !== undefined) return;
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
    });
    this.#context.calls.track(this.#looking);
  }

  /** Takes in what people have asked for and what running trials have printed. */
  async #look(): Promise<void> {
    const { parts, run } = this.#context;
    const wishes = await parts.store.tasks.wishes(run.id, this.#task.name);
    if (wishes.stop) this.#early ??= { reason: "stopped by request", stopsRunning: true, state: "stopped" };
    const hasMore = wishes.moreTrials > this.#added;
    this.#added = wishes.moreTrials;
    const { stopCondition } = this.#requireResolved().sweep;
    if (stopCondition !== undefined) for (const { trial } of this.#trials.followed()) await this.#read(trial);
    await this.#drawConsequences();
    await this.#prune();
    if (hasMore) this.#pump();
    else this.#settle();
  }

  async #prune(): Promise<void> {
    if (this.#pruner === undefined || !this.#mayBegin) return;
    const { parts, run } = this.#context;
    const fresh = await Promise.all(this.#trials.followed().map(({ trial }) => this.#read(trial)));
    const still = fresh.flatMap((record) => (record?.state === "started" && !record.pruned ? [record] : []));
    const ids = new Set(still.map(({ executionId }) => executionId));
    const others = this.#trials
      .all()
      .flatMap(({ executionId, state }) => (ids.has(executionId) || state === "queued" ? [] : [executionId]));
    for (const [executionId, reason] of await this.#pruner.worse([...ids], others)) {
      await parts.store.tasks.prune(run.id, this.#task.name, { executionId, reason, at: parts.clock.now() });
      faultPoint("trial-pruned");
    }
  }

  /** By the rules of the task: nothing new begins, and what runs may have to stop. */
  async #drawConsequences(): Promise<void> {
    const { sweep } = this.#requireResolved();
    if (this.#early === undefined && mayEndEarly(sweep)) this.#early = earlyEndOf(sweep, this.#trials.all());
    if (this.#early?.stopsRunning !== true) return;
    const { parts, run } = this.#context;
    const { reason } = this.#early;
    for (const { executionId, state } of this.#trials.open()) {
      if (state !== "queued" && state !== "started") continue;
      await parts.store.runs.requestStop({ runId: run.id, executionId, reason }, parts.clock.now());
    }
  }

  /** Ends the task once nothing of it is under way and nothing is to come. */
  #settle(): void {
    if (this.#trials.underWay > 0 || this.#resolved === undefined) return;
    if (!this.#mayBegin || (this.#left === 0 && !this.#trials.hasOpen && !this.#isQueued)) this.#done.resolve("ended");
  }

  #end(): { readonly state: FinalState; readonly reason?: string } {
    const { stopped } = this.#context.calls;
    const trials = this.#trials.all();
    if (stopped.aborted && (this.#early === undefined || this.#early.state === "complete")) {
      const { sweep } = this.#requireResolved();
      const isWhole = trials.length >= trialsOf(sweep) && !trials.some(({ state }) => state === "stopped");
      if (!isWhole) return { state: "stopped", reason: String(stopped.reason) };
    }
    return taskEndOf(this.#requireResolved().sweep, trials, this.#early);
  }

  async #finish(end: { readonly state: FinalState; readonly reason?: string }): Promise<void> {
    const { parts, run, calls } = this.#context;
    const trials = this.#trials.all();
    const best = bestOf(
      this.#resolved?.sweep.goals ?? [],
      trials.map((record) => sweepTrialOf(record, [])),
    );
    const bestId = best === undefined ? undefined : this.#trials.get(best.trial)?.executionId;
    await parts.store.tasks.finish(run.id, this.#task.name, {
      ...end,
      ...(bestId === undefined ? {} : { best: bestId }),
      at: parts.clock.now(),
      fence: run.fence,
    });
    faultPoint("task-finished");
    await calls.ended(this.#task.name, end.state);
  }

  #requireResolved(): ResolvedTask {
    if (this.#resolved === undefined) throw new Error(`task ${this.#task.name} has not begun`);
    return this.#resolved;
  }
}
