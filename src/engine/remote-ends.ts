import { onAbort, Throttle } from "../concurrency/index.ts";
import { type ExecutionRecord, type FinalState, type OpenExecutionRecord, outcomeOf } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";
import { endAsLost } from "./foreign-steps.ts";
import { tidyUpLeftovers } from "./tidy-up.ts";
import type { Worker } from "./worker.ts";

/** The open executions of the run are looked at at most this often, while others commit. */
const LOOK_INTERVAL_MS = 50;

/**
 * The ends of those executions of a run that its driver does not itself hand to the worker: queued ones, those in other
 * processes, those that dead engines left. It asks when something has been committed, an engine has died or a slot is
 * free; never by the clock. While it waits it sees to it that they end: takes what is queued where there is room, takes
 * up what dead engines left within reach, and ends what is out of everybody's reach.
 */
export class RemoteEnds implements Disposable {
  readonly #parts: EngineParts;
  readonly #worker: Worker;
  readonly #runId: string;
  /** The wish to stop the run. */
  readonly #stop: AbortSignal;
  readonly #awaited = new Map<string, PromiseWithResolvers<FinalState>>();
  /** The engine that works on each execution, as last seen. */
  readonly #owners = new Map<string, string>();
  /** Executions that have ended elsewhere, by their engine: it clears their folders, if it lives to. */
  readonly #ended = new Map<string, Pick<ExecutionRecord, "id" | "environmentName">[]>();
  /** Executions elsewhere that have been asked to stop. */
  readonly #asked = new Set<string>();
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#look());
  #listening: DisposableStack | undefined;
  #looking = false;
  #again = false;
  /** The last attempt of this look to claim found something. */
  #mayClaim = true;

  constructor(parts: EngineParts, worker: Worker, runId: string, stop: AbortSignal) {
    this.#parts = parts;
    this.#worker = worker;
    this.#runId = runId;
    this.#stop = stop;
  }

  /** Resolves with the state in which the execution has ended. */
  async endOf(executionId: string): Promise<FinalState> {
    const end = Promise.withResolvers<FinalState>();
    this.#awaited.set(executionId, end);
    this.#listen();
    this.#look();
    try {
      return await end.promise;
    } finally {
      this.#awaited.delete(executionId);
      if (this.#awaited.size === 0) this.#stopListening();
    }
  }

  /** Clears the folders of executions whose engines recorded the end and died before they came to it. */
  async clearUp(): Promise<void> {
    for (const [owner, executions] of this.#ended) {
      if ((await this.#parts.members.lifeOf(owner)).life !== "dead") continue;
      for (const execution of executions) await tidyUpLeftovers(this.#parts, execution);
    }
    this.#ended.clear();
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    this.#throttle[Symbol.dispose]();
  }

  #listen(): void {
    if (this.#listening !== undefined) return;
    const wake = (): void => this.#throttle.call();
    const abandon = (): void => this.#fail(this.#worker.abandoned.reason);
    this.#listening = new DisposableStack();
    this.#listening.defer(this.#parts.store.events.listen(wake));
    this.#listening.defer(this.#parts.members.onDeath(wake));
    this.#listening.defer(this.#worker.onFree(wake));
    this.#listening.use(onAbort(this.#stop, wake));
    this.#listening.use(onAbort(this.#worker.abandoned, abandon));
  }

  #stopListening(): void {
    this.#listening?.dispose();
    this.#listening = undefined;
  }

  #look(): void {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    this.#lookAll()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#looking = false;
        if (this.#again) this.#look();
      });
  }

  async #lookAll(): Promise<void> {
    while (this.#again && this.#awaited.size > 0) {
      this.#again = false;
      this.#mayClaim = true;
      const asked = [...this.#awaited.keys()];
      const open = new Map((await this.#parts.store.queue.listOpen(this.#runId)).map((one) => [one.executionId, one]));
      for (const executionId of asked) {
        const execution = open.get(executionId);
        if (execution === undefined) await this.#resolve(executionId);
        else await this.#seeTo(execution);
      }
    }
    this.#again = false;
  }

  async #resolve(executionId: string): Promise<void> {
    const execution = await this.#parts.store.executions.get(executionId);
    if (execution === undefined) throw new Error(`execution ${executionId} has vanished from the store`);
    const { state } = execution;
    if (state !== "complete" && state !== "error" && state !== "stopped") return;
    const owner = this.#owners.get(executionId);
    this.#owners.delete(executionId);
    if (owner !== undefined) this.#noteEnd(owner, execution);
    this.#awaited.get(executionId)?.resolve(state);
  }

  #noteEnd(owner: string, { id, environmentName }: ExecutionRecord): void {
    const ended = this.#ended.get(owner);
    if (ended === undefined) this.#ended.set(owner, [{ id, environmentName }]);
    else ended.push({ id, environmentName });
  }

  async #seeTo(execution: OpenExecutionRecord): Promise<void> {
    const { members, store, clock } = this.#parts;
    if (execution.state === "queued") return await this.#seeToQueued(execution);
    if (execution.owner === undefined || execution.owner === members.id) return;
    this.#owners.set(execution.executionId, execution.owner);
    if (this.#stop.aborted && !this.#asked.has(execution.executionId)) {
      const reason = String(this.#stop.reason);
      await store.runs.requestStop({ runId: this.#runId, executionId: execution.executionId, reason }, clock.now());
      this.#asked.add(execution.executionId);
    }
    if ((await members.lifeOf(execution.owner)).life !== "dead") return;
    if (await this.#worker.adopt(execution)) return;
    // It is not lost: the next process finds it.
    if (this.#worker.abandoned.aborted) return;
    if (await endAsLost(this.#parts, execution)) this.#again = true;
  }

  async #seeToQueued(execution: OpenExecutionRecord): Promise<void> {
    if (!this.#stop.aborted) {
      // If the limits leave no room for the first, sixty others need not ask.
      if (this.#mayClaim) this.#mayClaim = await this.#worker.claimNext(this.#runId);
      return;
    }
    const end = {
      state: "stopped",
      reason: String(this.#stop.reason),
      outputs: [],
      at: this.#parts.clock.now(),
    } as const;
    // Refused where it was claimed in the meantime: then it is stopped like any other.
    await outcomeOf(this.#parts.store.executions.finish(execution.executionId, execution.fence, end));
    this.#again = true;
  }

  #fail(error: unknown): void {
    for (const end of this.#awaited.values()) end.reject(error);
  }
}
