import { onAbort, Throttle } from "../concurrency/index.ts";
import { HeadraceError, originalError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import {
  type FinalState,
  type OpenExecutionRecord,
  RefusedWrite,
  type RunRecord,
  type RunState,
} from "../store/index.ts";
import { concernsOneRun, endsEngine } from "./ends-engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { BEAT_MS } from "./engine-watch.ts";
import { RunDriver } from "./run-driver.ts";
import { warnOf } from "./step-remarks.ts";
import { Worker } from "./worker.ts";
import type { SlotShare } from "./worker-slots.ts";

/** The queue is looked at at most this often, while others commit. */
const LOOK_INTERVAL_MS = 100;
const UNFINISHED: readonly RunState[] = ["created", "queued", "started", "stopping"];
/** More unfinished runs than this are looked at once some of them have ended. */
const RUNS_AT_A_TIME = 1_000;

/** A notice of an engine's work for a project, for a human to read. */
export type ProjectNotice =
  | { readonly kind: "run-taken"; readonly run: RunRecord }
  | { readonly kind: "run-ended"; readonly run: RunRecord; readonly state: FinalState }
  /** Another engine has taken its place as the run's driver, or is to: this one cannot go on with it. */
  | { readonly kind: "run-left"; readonly run: RunRecord; readonly reason: string }
  | { readonly kind: "adopted"; readonly runId: string; readonly node: string; readonly number: number };

export interface ProjectDriverOptions {
  readonly onNotice: (notice: ProjectNotice) => void;
  /** The slots of the process as this project sees them. */
  readonly slots: SlotShare;
}

export interface DriveOptions {
  /**
   * Says when the driver ends. `idle`: once there is nothing left to do or to wait for here. `no-run-is-left`: once
   * every run that this process could work on has ended. Else when it is told to.
   */
  readonly until?: "idle" | "no-run-is-left";
  /** Ends at once, and leaves what is under way to engines to come. */
  readonly signal: AbortSignal;
}

/**
 * Works for all runs of a project whose files it can reach: drives those that nobody drives, claims what is queued,
 * takes up what dead engines of its place have left. It looks when something was committed, an engine has died or a
 * slot is free; an idle one asks nothing but how the others' beats stand.
 */
export class ProjectDriver {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #options: ProjectDriverOptions;
  readonly #driven = new Map<string, Promise<void>>();
  /** Runs that this process could not go on with: it would fail at the same place again. */
  readonly #left = new Set<string>();
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#look());
  readonly #done = Promise.withResolvers<void>();
  #looking = false;
  #again = false;
  /** Engines have died since the orphans were last looked for. */
  #mayHaveOrphans = true;
  #stopping = false;
  #until: DriveOptions["until"];
  #doubt: NodeJS.Timeout | undefined;

  constructor(parts: EngineParts, options: ProjectDriverOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#worker = new Worker(parts, options.slots, ({ runId, node, number }) =>
      options.onNotice({ kind: "adopted", runId, node, number }),
    );
  }

  /** Resolves when it was told to end, or may; rejects with what keeps this process from going on. */
  async drive({ until, signal }: DriveOptions): Promise<void> {
    this.#until = until;
    using listening = new DisposableStack();
    listening.use(this.#throttle);
    const wake = (): void => this.#throttle.call();
    listening.defer(this.#parts.store.events.listen(wake));
    listening.defer(this.#options.slots.onFree(wake));
    listening.defer(
      this.#parts.members.onDeath(() => {
        this.#mayHaveOrphans = true;
        wake();
      }),
    );
    listening.defer(() => clearTimeout(this.#doubt));
    listening.use(onAbort(signal, () => this.#leave(new Leaving())));
    listening.use(onAbort(this.#worker.abandoned, () => this.#end()));
    wake();
    await this.#done.promise;
    this.#stopping = true;
    await Promise.all(this.#driven.values());
    await this.#worker.idle();
    const { reason } = this.#worker.abandoned;
    if (reason !== undefined && !(reason instanceof Leaving)) throw reason;
  }

  #leave(reason: Error): void {
    this.#worker.giveUp(reason);
    this.#end();
  }

  #end(): void {
    this.#stopping = true;
    this.#done.resolve();
  }

  #look(): void {
    this.#again = true;
    if (this.#looking || this.#stopping) return;
    this.#looking = true;
    this.#lookAll()
      .catch((error: unknown) => this.#worker.giveUp(error))
      .finally(() => {
        this.#looking = false;
        if (this.#again) this.#look();
      });
  }

  async #lookAll(): Promise<void> {
    while (this.#again && !this.#stopping) {
      this.#again = false;
      const runs = await this.#takeRuns();
      if (this.#mayHaveOrphans) await this.#adoptOrphans(runs);
      while (!this.#stopping && (await this.#worker.claimNext()));
      const isIdle = this.#doubt === undefined && this.#driven.size === 0 && !this.#worker.busy && !this.#again;
      if (isIdle && (this.#until === "idle" || (this.#until === "no-run-is-left" && runs.size === 0))) this.#end();
    }
    this.#again = false;
  }

  /** Drives every run that nobody drives; returns the unfinished ones that this process can work on. */
  async #takeRuns(): Promise<ReadonlyMap<string, RunRecord>> {
    const { store, members } = this.#parts;
    const unfinished = (await store.lists.runs({ limit: RUNS_AT_A_TIME, states: UNFINISHED })).items;
    const within = unfinished.filter(({ pool }) => pool === members.pool || pool === "");
    for (const run of within.toReversed()) {
      if (this.#stopping) break;
      if (this.#driven.has(run.id) || this.#left.has(run.id)) continue;
      const { life } = run.owner === undefined ? { life: "dead" } : await members.lifeOf(run.owner);
      if (life === "doubtful") this.#lookAgainSoon();
      if (life !== "dead") continue;
      const fence = await store.runs.claim(run.id, run.fence, members.id);
      if (fence === undefined) continue;
      faultPoint("driver-taken");
      this.#drive({ ...run, owner: members.id, fence });
    }
    return new Map(within.map((run) => [run.id, run]));
  }

  /** Looks again soon: an engine elsewhere must be watched for some beats before it is known whether it lives. */
  #lookAgainSoon(): void {
    if (this.#doubt !== undefined) return;
    this.#doubt = setTimeout(() => {
      this.#doubt = undefined;
      this.#throttle.call();
    }, BEAT_MS);
  }

  #drive(run: RunRecord): void {
    this.#options.onNotice({ kind: "run-taken", run });
    const driving = this.#driveToEnd(run)
      .catch((error: unknown) => this.#driverFailed(run, error))
      .finally(() => {
        this.#driven.delete(run.id);
        this.#throttle.call();
      });
    this.#driven.set(run.id, driving);
  }

  async #driveToEnd(run: RunRecord): Promise<void> {
    const plan = await this.#parts.store.nodes.getPlan(run.id);
    if (plan === undefined) throw new Error(`the plan of run ${run.number} is missing`);
    const state = await new RunDriver(this.#parts, this.#worker, run, plan, {}).execute();
    this.#options.onNotice({ kind: "run-ended", run, state });
  }

  /**
   * A driver that was replaced, or that only its own run stands in the way of, leaves the others in peace; whatever
   * else ends one ends this process.
   */
  async #driverFailed(run: RunRecord, thrown: unknown): Promise<void> {
    if (this.#worker.abandoned.aborted) return;
    const error = originalError(thrown);
    if (!(error instanceof HeadraceError && concernsOneRun(error))) return this.#worker.giveUp(error);
    this.#left.add(run.id);
    // Free for whoever can go on with it; where somebody has it already, the fence is no longer ours and this does
    // nothing.
    await this.#parts.store.runs
      .claim(run.id, run.fence, undefined)
      .catch((failure: unknown) => this.#worker.giveUp(failure));
    const reason =
      error.hint === undefined || error instanceof RefusedWrite ? error.message : `${error.message} (${error.hint})`;
    this.#options.onNotice({ kind: "run-left", run, reason });
  }

  async #adoptOrphans(runs: ReadonlyMap<string, RunRecord>): Promise<void> {
    const { store, members } = this.#parts;
    this.#mayHaveOrphans = false;
    for (const execution of await store.queue.listOpen()) {
      if (execution.owner === undefined || execution.owner === members.id || !runs.has(execution.runId)) continue;
      if ((await members.lifeOf(execution.owner)).life === "dead") await this.#adopt(execution);
    }
  }

  /**
   * An execution that cannot be looked at from here (its environment is not set up any more) does not stop the others.
   */
  async #adopt(orphan: OpenExecutionRecord): Promise<void> {
    try {
      await this.#worker.adopt(orphan);
    } catch (error) {
      if (!(error instanceof HeadraceError) || endsEngine(error)) throw error;
      const message = `execution ${orphan.number}, which a dead engine left, cannot be taken up: ${error.message}`;
      await warnOf(this.#parts, orphan.executionId, message);
    }
  }
}

/** The reason of an end that was asked for. */
class Leaving extends Error {}
