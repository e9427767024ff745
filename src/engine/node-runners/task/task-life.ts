import { Throttle } from "../../../concurrency/index.ts";
import { trialsOf } from "../../../config/index.ts";
import { faultPoint } from "../../../fault-point.ts";
import { childOf, type NodeResult, type PlannedTask, type ResolvedTask, resolveTask } from "../../../planning/index.ts";
import type { FinalState, TrialRecord } from "../../../store/index.ts";
import {
  bestOf,
  isOpenTrial,
  lastOfEach,
  suggestTrial,
  sweepTrialOf,
  trialsLeft,
  variedBy,
} from "../../../tasks/index.ts";

import { Pruner } from "./pruner.ts";
import { type EarlyEnd, earlyEndOf, taskEndOf } from "./task-end.ts";
import type { TaskContext } from "./task-runner.ts";

/** Running trials are looked at at most this often. */
const LOOK_INTERVAL_MS = 250;

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
  /** The last execution of each trial. */
  readonly #trials = new Map<number, TrialRecord>();
  /** Trials whose execution is made or followed now. */
  readonly #underWay = new Set<number>();
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
    if (!resolution.ok) return await this.#finish({ state: "error", reason: resolution.message });
    this.#resolved = resolution.task;
    const { pruning } = resolution.task.sweep;
    if (pruning !== undefined) this.#pruner = new Pruner(parts.store, pruning);
    for (const record of lastOfEach(await parts.store.tasks.listTrials(run.id, this.#task.name)))
      this.#trials.set(record.trial, record);
    if (this.#hasLeft) return;
    const unsubscribe = parts.store.events.listen(() => this.#throttle.call());
    const onStop = (): void => this.#settle();
    calls.stopped.addEventListener("abort", onStop, { once: true });
    try {
      await this.#look();
      for (const record of this.#trials.values()) if (isOpenTrial(record)) this.#goOnWith(record);
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

  /** Follows a trial that an earlier engine had begun to its end. */
  #goOnWith(record: TrialRecord): void {
    if (record.state === "error") this.#awaitRetry(record);
    else {
      this.#underWay.add(record.trial);
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
    if (this.#underWay.size >= most) return undefined;
    const now = this.#context.parts.clock.now();
    for (const [trial, { state, retryAt }] of this.#trials)
      if (state === "error" && retryAt !== undefined && retryAt <= now && !this.#underWay.has(trial)) return trial;
    return trialsLeft(sweep, this.#added, this.#trials.size) > 0 ? this.#trials.size + 1 : undefined;
  }

  async #job(): Promise<void> {
    const trial = this.#mayBegin ? this.#next() : undefined;
    if (trial === undefined) {
      this.#isQueued = false;
      return this.#settle();
    }
    this.#underWay.add(trial);
    const end = await this.#begin(trial);
    // Only now: what the next trial is to be hangs on this one being recorded.
    this.#isQueued = false;
    this.#pump();
    await end();
    await this.#noteEnd(trial);
  }

  /** Makes the execution of a trial. Returns what waits for its end. */
  async #begin(trial: number): Promise<() => Promise<unknown>> {
    const { sweep, parameters } = this.#requireResolved();
    const varied = variedBy(sweep);
    const known = this.#trials.get(trial);
    const history = [...this.#trials.values()].map((record) => sweepTrialOf(record, varied));
    const values = known === undefined ? suggestTrial(sweep, trial - 1, history) : sweepTrialOf(known, varied).values;
    const child = childOf(this.#task, parameters, values);
    const made = child.ok
      ? await this.#context.start(child.child, trial, this.#results)
      : await this.#context.refuse(this.#task, trial, child.message, { ...parameters, ...values });
    await this.#read(trial);
    return made;
  }

  async #read(trial: number): Promise<TrialRecord | undefined> {
    const { parts, run } = this.#context;
    const record = await parts.store.tasks.getTrial(run.id, this.#task.name, trial);
    const known = this.#trials.get(trial);
    // An answer may come late, after that to a later question.
    const isLate = known?.executionId === record?.executionId && known?.finishedAt !== undefined;
    if (record !== undefined && !isLate) this.#trials.set(trial, record);
    return this.#trials.get(trial);
  }

  async #noteEnd(trial: number): Promise<void> {
    const record = await this.#read(trial);
    this.#underWay.delete(trial);
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
    if (stopCondition !== undefined)
      for (const trial of this.#underWay) if (this.#trials.has(trial)) await this.#read(trial);
    await this.#drawConsequences();
    await this.#prune();
    if (hasMore) this.#pump();
    else this.#settle();
  }

  async #prune(): Promise<void> {
    if (this.#pruner === undefined || !this.#mayBegin) return;
    const { parts, run } = this.#context;
    const made = [...this.#underWay].filter((trial) => this.#trials.has(trial));
    const fresh = await Promise.all(made.map((trial) => this.#read(trial)));
    const still = fresh.flatMap((record) => (record?.state === "started" && !record.pruned ? [record] : []));
    const ids = new Set(still.map(({ executionId }) => executionId));
    const others = [...this.#trials.values()].flatMap(({ executionId, state }) =>
      ids.has(executionId) || state === "queued" ? [] : [executionId],
    );
    for (const [executionId, reason] of await this.#pruner.worse([...ids], others)) {
      await parts.store.tasks.prune(run.id, this.#task.name, { executionId, reason, at: parts.clock.now() });
      faultPoint("trial-pruned");
    }
  }

  /** By the rules of the task: nothing new begins, and what runs may have to stop. */
  async #drawConsequences(): Promise<void> {
    this.#early ??= earlyEndOf(this.#requireResolved().sweep, lastOfEach(this.#trials.values()));
    if (this.#early?.stopsRunning !== true) return;
    const { parts, run } = this.#context;
    const { reason } = this.#early;
    for (const { executionId, state } of this.#trials.values()) {
      if (state !== "queued" && state !== "started") continue;
      await parts.store.runs.requestStop({ runId: run.id, executionId, reason }, parts.clock.now());
    }
  }

  /** Ends the task once nothing of it is under way and nothing is to come. */
  #settle(): void {
    if (this.#underWay.size > 0 || this.#resolved === undefined) return;
    const waits = [...this.#trials.values()].some(isOpenTrial);
    const left = trialsLeft(this.#resolved.sweep, this.#added, this.#trials.size);
    if (!this.#mayBegin || (left === 0 && !waits && !this.#isQueued)) this.#done.resolve("ended");
  }

  #end(): { readonly state: FinalState; readonly reason?: string } {
    const { stopped } = this.#context.calls;
    const trials = lastOfEach(this.#trials.values());
    if (stopped.aborted && (this.#early === undefined || this.#early.state === "complete")) {
      const { sweep } = this.#requireResolved();
      const isWhole = trials.length >= trialsOf(sweep) && !trials.some(({ state }) => state === "stopped");
      if (!isWhole) return { state: "stopped", reason: String(stopped.reason) };
    }
    return taskEndOf(this.#requireResolved().sweep, trials, this.#early);
  }

  async #finish(end: { readonly state: FinalState; readonly reason?: string }): Promise<void> {
    const { parts, run, calls } = this.#context;
    const trials = [...this.#trials.values()];
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
