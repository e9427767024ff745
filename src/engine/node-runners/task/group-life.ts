import { Throttle } from "../../../concurrency/index.ts";
import { faultPoint } from "../../../fault-point.ts";
import {
  checkCondition,
  childOf,
  conditionNames,
  type NodeResult,
  type PlannedTask,
  type ResolvedTask,
  resolveTask,
} from "../../../planning/index.ts";
import type { FinalState, TrialRecord } from "../../../store/index.ts";
import { isOpenTrial, lastOfEach } from "../../../tasks/index.ts";
import type { MemberToStart } from "./start-members.ts";
import type { TaskContext } from "./task-runner.ts";

/** The wishes of people and what running members have printed are looked at at most this often. */
const LOOK_INTERVAL_MS = 250;

interface End {
  readonly state: FinalState;
  readonly reason?: string;
}

/**
 * A distributed task from its beginning to its end: all of its executions are made in one transaction, once there are
 * slots for all, and end together. Where one fails, the others are stopped, and all are tried again if the rule for
 * retries says so for the one that failed.
 */
export class GroupLife {
  readonly #context: TaskContext;
  readonly #task: PlannedTask;
  readonly #done = Promise.withResolvers<End | "left">();
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#context.calls.track(this.#look()));
  #results: Readonly<Record<string, NodeResult>> = {};
  /** Set where the task is to end: nothing begins any more, and members that run are stopped. */
  #early: End | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #leaving = new AbortController();
  /** Aborted when nothing is to begin any more. */
  readonly #over = new AbortController();
  #isUnderWay = false;

  constructor(context: TaskContext, task: PlannedTask) {
    this.#context = context;
    this.#task = task;
  }

  /** Resolves when the end of the task is recorded, or the driver has left it. */
  async live(): Promise<void> {
    const { parts, calls } = this.#context;
    this.#results = await this.#context.resultsFor(this.#task);
    const resolution = resolveTask(this.#task, this.#results);
    calls.started(this.#task.name, { parameters: resolution.ok ? resolution.task.parameters : {} });
    if (!resolution.ok) return await this.#finish({ state: "error", reason: resolution.message });
    const unsubscribe = parts.store.events.listen(() => this.#throttle.call());
    const onStop = (): void => this.#stop({ state: "stopped", reason: String(calls.stopped.reason) });
    calls.stopped.addEventListener("abort", onStop, { once: true });
    if (calls.stopped.aborted) onStop();
    try {
      const records = await this.#members();
      const open = records.filter(isUnderWay);
      if (open.length > 0) calls.track(this.#goOnWith(records, resolution.task));
      else if (records.length > 0) this.#judge(records, resolution.task);
      else this.#enqueue(resolution.task);
      const end = await this.#done.promise;
      if (end !== "left") await this.#finish(end);
    } finally {
      unsubscribe();
      calls.stopped.removeEventListener("abort", onStop);
      this.#throttle[Symbol.dispose]();
      clearTimeout(this.#timer);
    }
  }

  /** The run's jobs that had not begun were forgotten: the run is to stop. */
  jobDropped(): void {
    this.#done.resolve(this.#early ?? { state: "stopped", reason: String(this.#context.calls.stopped.reason) });
  }

  leave(): void {
    this.#leaving.abort();
    this.#over.abort();
    clearTimeout(this.#timer);
    this.#throttle[Symbol.dispose]();
    this.#done.resolve("left");
  }

  async #members(): Promise<readonly TrialRecord[]> {
    const { parts, run } = this.#context;
    return lastOfEach(await parts.store.tasks.listTrials(run.id, this.#task.name));
  }

  #enqueue(task: ResolvedTask): void {
    if (this.#early === undefined) this.#context.calls.jobs.add(this.#task.name, () => this.#begin(task));
    else this.#done.resolve(this.#early);
  }

  /** One attempt of all members. It is one of the run's jobs, and takes a slot for each member. */
  async #begin(task: ResolvedTask): Promise<void> {
    this.#isUnderWay = true;
    try {
      const started = await this.#start(task);
      if (started === undefined) return;
      if (typeof started === "string") return this.#done.resolve({ state: "error", reason: started });
      await this.#toTheirEnds(started);
      this.#isUnderWay = false;
      this.#judge(await this.#members(), task);
    } finally {
      this.#isUnderWay = false;
      if (this.#early !== undefined) this.#done.resolve(this.#early);
    }
  }

  /** Returns what waits for the end of each; the reason where they cannot run, nothing where they are not to. */
  async #start({ sweep, parameters }: ResolvedTask): Promise<readonly Promise<FinalState>[] | string | undefined> {
    const members: MemberToStart[] = [];
    for (const [index, values] of (sweep.sets ?? []).entries()) {
      const made = childOf(this.#task, parameters, values);
      if (!made.ok) return made.message;
      members.push({ node: made.child, trial: index + 1 });
    }
    try {
      return await this.#context.startMembers(members, this.#results, this.#over.signal);
    } catch (error) {
      if (this.#over.signal.aborted) return undefined;
      throw error;
    }
  }

  async #goOnWith(records: readonly TrialRecord[], task: ResolvedTask): Promise<void> {
    this.#isUnderWay = true;
    const { remote } = this.#context;
    await this.#toTheirEnds(
      records.map((record) =>
        isUnderWay(record) ? remote.endOf(record.executionId) : Promise.resolve(record.state as FinalState),
      ),
    );
    this.#isUnderWay = false;
    this.#judge(await this.#members(), task);
  }

  /** The first that ends otherwise than complete ends the others. */
  async #toTheirEnds(ends: readonly Promise<FinalState>[]): Promise<void> {
    let isOver = false;
    await Promise.all(
      ends.map(async (end, index) => {
        const state = await end;
        if (state === "complete" || isOver) return;
        isOver = true;
        await this.#stopMembers(`member ${index + 1} ${state === "error" ? "failed" : "was stopped"}`);
      }),
    );
  }

  /** All have ended. */
  #judge(records: readonly TrialRecord[], task: ResolvedTask): void {
    if (this.#leaving.signal.aborted) return;
    const end = endOfMembers(records);
    if (end.state === "complete" || this.#early === undefined) {
      if (end.retryAt === undefined) this.#done.resolve(end);
      else this.#awaitRetry(end.retryAt, task);
    } else this.#done.resolve(this.#early);
  }

  #awaitRetry(at: number, task: ResolvedTask): void {
    const { calls, parts } = this.#context;
    const { promise, resolve } = Promise.withResolvers<void>();
    calls.track(promise);
    const begin = (): void => {
      clearTimeout(this.#timer);
      this.#over.signal.removeEventListener("abort", begin);
      if (!this.#leaving.signal.aborted) this.#enqueue(task);
      resolve();
    };
    this.#over.signal.addEventListener("abort", begin, { once: true });
    this.#timer = setTimeout(begin, Math.max(0, at - parts.clock.now()));
  }

  /** Takes in what people have asked for, and the stop-condition of the task. */
  async #look(): Promise<void> {
    if (this.#leaving.signal.aborted || this.#early !== undefined) return;
    const { parts, run } = this.#context;
    const wishes = await parts.store.tasks.wishes(run.id, this.#task.name);
    if (wishes.stop) return await this.#end({ state: "stopped", reason: "stopped by request" });
    const { stopCondition } = this.#task.sweep;
    if (stopCondition === undefined || !this.#isUnderWay) return;
    const met = (await this.#members()).find((each) => checkCondition(stopCondition, conditionNames(each)).holds);
    if (met !== undefined)
      await this.#end({ state: "complete", reason: `the stop-condition was met by member ${met.trial}` });
  }

  async #end(end: End): Promise<void> {
    this.#stop(end);
    if (this.#isUnderWay) await this.#stopMembers(end.reason ?? "the task has ended");
  }

  #stop(end: End): void {
    this.#early ??= end;
    this.#over.abort();
  }

  async #stopMembers(reason: string): Promise<void> {
    const { parts, run } = this.#context;
    for (const record of await this.#members())
      if (isUnderWay(record))
        await parts.store.runs.requestStop(
          { runId: run.id, executionId: record.executionId, reason },
          parts.clock.now(),
        );
    faultPoint("members-stopped");
  }

  async #finish(end: End): Promise<void> {
    const { parts, run, calls } = this.#context;
    await parts.store.tasks.finish(run.id, this.#task.name, { ...end, at: parts.clock.now(), fence: run.fence });
    faultPoint("task-finished");
    await calls.ended(this.#task.name, end.state);
  }
}

/** The end of the task by those of its members; with `retryAt` all of them are tried again. */
function endOfMembers(records: readonly TrialRecord[]): End & { readonly retryAt?: number } {
  const bad = records
    .filter(({ state }) => state !== "complete")
    .sort(({ finishedAt: a = 0 }, { finishedAt: b = 0 }) => a - b);
  const [first] = bad;
  if (first === undefined) return { state: "complete" };
  const failure = bad.find(({ state }) => state === "error");
  if (failure === undefined) return { state: "stopped", reason: `member ${first.trial} was stopped` };
  const why = failure.reason === undefined ? "" : `: ${failure.reason}`;
  const { retryAt } = failure;
  return {
    ...{ state: "error", reason: `member ${failure.trial} failed${why}` },
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function isUnderWay(record: TrialRecord): boolean {
  return record.state !== "error" && isOpenTrial(record);
}
