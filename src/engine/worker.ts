import { BackgroundWork, onAbort } from "../concurrency/index.ts";
import { faultPoint } from "../fault-point.ts";
import { executionOf, type PlannedExecution } from "../planning/index.ts";
import {
  type ExecutionRecord,
  type FinalState,
  type OpenExecutionRecord,
  RefusedWrite,
  type RunRecord,
} from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { executeStep } from "./execute-step.ts";
import { isWithinReach, letGo } from "./foreign-steps.ts";
import { LogKeeper } from "./log-keeper.ts";
import { RecordedRemarks, warnOf } from "./step-remarks.ts";
import { StopControl } from "./stop-control.ts";
import { tidyUp } from "./tidy-up.ts";
import type { SlotShare } from "./worker-slots.ts";

/** An execution that this process has claimed or adopted, and works on to its end. */
export interface Work {
  readonly execution: ExecutionRecord;
  readonly fence: number;
}

/** The facts of a run that are needed to work on its executions. */
export interface KnownRun {
  readonly run: RunRecord;
  /** Says which of its executions are to stop. */
  readonly control: StopControl;
  readonly nodeOf: (name: string) => Promise<PlannedExecution>;
}

interface RunEntry {
  readonly known: KnownRun;
  /**
   * Driven by another process, as far as this worker knew when it made the entry: it lasts as long as one of its
   * executions.
   */
  readonly isForeign: boolean;
  users: number;
}

/**
 * The slots of this process: executes claimed steps, so many at a time, whichever run they belong to and whoever drives
 * it. The first failure that is none of a step's ends all of it: steps are left as they are, for an engine to come
 * (`giveUp`).
 */
export class Worker {
  readonly #parts: EngineParts;
  readonly #slots: SlotShare;
  /** Folders of ended executions are cleared while the next ones run already. */
  readonly #tidying: BackgroundWork;
  readonly #abandon = new AbortController();
  readonly #keeper: LogKeeper;
  readonly #runs = new Map<string, RunEntry>();
  readonly #underWay = new Map<Promise<unknown>, string>();
  readonly #onAdopted: ((execution: ExecutionRecord) => void) | undefined;
  /** Something waits in the queue that this process has put there: it comes before what is made only now. */
  #hasQueued = false;

  /** `onAdopted` hears of each execution that a dead engine had left. */
  constructor(parts: EngineParts, slots: SlotShare, onAdopted?: (execution: ExecutionRecord) => void) {
    this.#onAdopted = onAdopted;
    this.#parts = parts;
    this.#slots = slots;
    this.#tidying = new BackgroundWork(Math.max(1, slots.size));
    this.#keeper = new LogKeeper(parts, this.#abandon.signal, (id, message) => warnOf(parts, id, message));
  }

  /** Aborted, with the error as its reason, when this process can go on no longer. */
  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  giveUp(error: unknown): void {
    this.#abandon.abort(error);
  }

  /** Calls back when a slot has become free. Returns the unsubscriber. */
  onFree(listener: () => void): () => void {
    return this.#slots.onFree(listener);
  }

  /**
   * ResourceAmount for an execution that is about to be made; undefined when all is taken, others have waited for
   * longer, or it is for an engine that has its environment.
   */
  takeSlot(environmentName: string): Disposable | undefined {
    return this.#hasQueued || !this.#canRun(environmentName) ? undefined : this.#slots.take();
  }

  /**
   * Slots for executions that are to begin together, once there are so many; undefined where this process cannot run
   * them.
   */
  async takeSlots(
    environmentName: string,
    count: number,
    signal: AbortSignal,
  ): Promise<readonly Disposable[] | undefined> {
    return this.#canRun(environmentName) ? await this.#slots.takeTogether(count, signal) : undefined;
  }

  /**
   * A process that works for one run alone takes what it cannot run as well, and the execution's record then tells why
   * it could not.
   */
  #canRun(environmentName: string): boolean {
    const { members, environments } = this.#parts;
    return (
      members.identity.takesAnyRun !== true || environments === undefined || environments.includes(environmentName)
    );
  }

  noteQueued(): void {
    this.#hasQueued = true;
  }

  /** The driver of a run in this process makes it known, until disposed. */
  introduce(known: KnownRun): Disposable {
    const { id } = known.run;
    const before = this.#runs.get(id);
    const entry: RunEntry = { known, isForeign: false, users: 0 };
    this.#runs.set(id, entry);
    const stop = (): void => before?.known.control.stopRun(String(known.control.run.reason));
    // An execution that was adopted before its run got a driver here listens to a control of its own.
    const listening = onAbort(before === undefined ? undefined : known.control.run, stop);
    return {
      [Symbol.dispose]: () => {
        if (this.#runs.get(id) === entry) this.#runs.delete(id);
        listening[Symbol.dispose]();
      },
    };
  }

  /** Claims and begins the oldest queued execution, of one run or of all; false when there is none, or no room. */
  async claimNext(runId?: string): Promise<boolean> {
    const slot = this.#abandon.signal.aborted ? undefined : this.#slots.take();
    if (slot === undefined) return false;
    try {
      const { store, clock, members, limits, environments } = this.#parts;
      const work = await store.queue.claimNext({
        pool: members.pool,
        owner: members.id,
        at: clock.now(),
        runId,
        limits,
        environments,
      });
      if (work === undefined) {
        if (runId === undefined) this.#hasQueued = false;
        slot.giveBack();
        return false;
      }
      faultPoint("claimed");
      this.#begin(work, slot);
      return true;
    } catch (error) {
      slot[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Takes up a started execution of a dead engine where its process can be reached from here, beyond the slots: it runs
   * already.
   */
  async adopt(orphan: OpenExecutionRecord): Promise<boolean> {
    const { store, members } = this.#parts;
    if (this.#abandon.signal.aborted || !(await isWithinReach(this.#parts, orphan))) return false;
    const fence = await store.queue.adopt(orphan.executionId, orphan.fence, members.id);
    const execution = fence === undefined ? undefined : await store.executions.get(orphan.executionId);
    if (fence === undefined || execution === undefined) return false;
    faultPoint("adopted");
    this.#begin({ execution, fence }, this.#slots.takeExtra());
    this.#onAdopted?.(execution);
    // The record of the dead engine is no longer needed.
    if (orphan.owner !== undefined) await members.removeEngine(orphan.owner);
    return true;
  }

  /**
   * Resolves with the recorded end; with undefined when another engine has taken the execution meanwhile. Rejects when
   * the end could not be recorded, and gives up.
   */
  execute(work: Work, slot: Disposable): Promise<FinalState | undefined> {
    const working = this.#workOn(work, slot);
    this.#underWay.set(working, work.execution.runId);
    return working.finally(() => this.#underWay.delete(working));
  }

  /**
   * Resolves when nothing of a run, or nothing at all, is under way here any more, what ended executions have left is
   * cleared, and their logs are kept.
   */
  async idle(runId?: string): Promise<void> {
    for (;;) {
      const own = [...this.#underWay]
        .filter(([, of]) => runId === undefined || of === runId)
        .map(([working]) => working);
      if (own.length === 0) break;
      await Promise.allSettled(own);
    }
    await this.#tidying.idle();
    await this.#keeper.idle();
  }

  #begin(work: Work, slot: Disposable): void {
    this.execute(work, slot).catch((error: unknown) => this.giveUp(error));
  }

  async #workOn(work: Work, slot: Disposable): Promise<FinalState | undefined> {
    using _slot = slot;
    const { execution } = work;
    const entry = await this.#knowRun(execution.runId);
    try {
      const { state, hasLog } = await this.#liveThrough(work, entry.known);
      if (hasLog !== false) this.#keeper.add(execution);
      await this.#tidying.add(async () => {
        await tidyUp(this.#parts, execution);
        faultPoint("execution-tidied");
      });
      return state;
    } catch (error) {
      if (!(error instanceof RefusedWrite) || !(await letGo(this.#parts, work))) throw error;
      return undefined;
    } finally {
      this.#forgetRun(entry);
    }
  }

  async #liveThrough({ execution, fence }: Work, { run, control, nodeOf }: KnownRun): ReturnType<typeof executeStep> {
    const stop = control.executionSignal(execution.id);
    const remarks = new RecordedRemarks(this.#parts, {
      runId: execution.runId,
      node: execution.node,
      executionId: execution.id,
    });
    try {
      const node = await nodeOf(execution.node);
      return await executeStep(this.#parts, {
        run,
        node,
        execution,
        fence,
        stop,
        kill: control.kill,
        abandon: this.#abandon.signal,
        remarks,
      });
    } finally {
      await remarks.close({ write: false });
      control.release(execution.id);
    }
  }

  /** A run that another process drives is looked after here for as long as one of its executions is. */
  async #knowRun(runId: string): Promise<RunEntry> {
    const known = this.#runs.get(runId);
    if (known !== undefined) {
      known.users++;
      return known;
    }
    const { store, clock } = this.#parts;
    const run = await store.runs.get(runId);
    if (run === undefined) throw new Error(`run ${runId} has vanished from the store`);
    // Another execution of it may have been claimed in the meantime.
    if (this.#runs.has(runId)) return await this.#knowRun(runId);
    const control = new StopControl({ store, runId, now: clock.now });
    const nodeOf = async (name: string): Promise<PlannedExecution> => {
      const node = await store.nodes.getPlanned(runId, name);
      if (node === undefined) throw new Error(`run ${run.number} has no node ${name}`);
      return executionOf(node);
    };
    const entry: RunEntry = { known: { run, control, nodeOf }, isForeign: true, users: 1 };
    this.#runs.set(runId, entry);
    await control.lookUp();
    return entry;
  }

  #forgetRun(entry: RunEntry): void {
    entry.users--;
    if (!entry.isForeign || entry.users > 0) return;
    entry.known.control[Symbol.dispose]();
    const { id } = entry.known.run;
    if (this.#runs.get(id) === entry) this.#runs.delete(id);
  }
}
