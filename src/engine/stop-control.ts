import { onAbort } from "../concurrency/index.ts";
import type { Actor, ProjectStore } from "../store/index.ts";

/** Requests of other processes are looked up at most this often, however many events there are. */
const LOOKUP_INTERVAL_MS = 100;
const STOPPED_BY_REQUEST = "stopped by request";

export interface StopControlOptions {
  readonly store: ProjectStore;
  readonly runId: string;
  /** The caller's wish to stop the run (first Ctrl-C). */
  readonly signal?: AbortSignal | undefined;
  /** The caller's wish not to wait for a graceful end (second Ctrl-C). */
  readonly killSignal?: AbortSignal | undefined;
  /** In whose name the caller acts. */
  readonly actor?: Actor | undefined;
  readonly now?: () => number;
}

/**
 * Gathers every wish to stop, whether it comes from this process or, through the database, from another one,
 * into signals that the executions of a run listen to. A signal's reason is the text for the record.
 */
export class StopControl implements Disposable {
  readonly #options: StopControlOptions;
  readonly #run = new AbortController();
  readonly #kill = new AbortController();
  readonly #executions = new Map<string, AbortController>();
  readonly #listening = new DisposableStack();
  readonly #onCallerStop = (): void => {
    this.stopRun("stopped by the user");
    const { store, runId, actor, now } = this.#options;
    // Recorded as well: if this process dies before the steps have ended, who takes the run over shall stop it and not
    // carry on.
    store.runs.requestStop({ runId, actor }, (now ?? Date.now)()).catch(() => undefined);
  };
  readonly #onCallerKill = (): void => {
    this.#onCallerStop();
    this.#kill.abort("killed by the user");
  };
  #lookup: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: StopControlOptions) {
    this.#options = options;
    this.#listening.use(onAbort(options.signal, this.#onCallerStop));
    this.#listening.use(onAbort(options.killSignal, this.#onCallerKill));
    this.#listening.defer(options.store.events.listen(() => this.#scheduleLookup()));
    this.#scheduleLookup();
  }

  /** Aborted once the run as a whole is to stop. */
  get run(): AbortSignal {
    return this.#run.signal;
  }

  /** Aborted once steps are to be killed without grace. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  stopRun(reason: string): void {
    this.#run.abort(reason);
    for (const execution of this.#executions.values()) execution.abort(this.#run.signal.reason);
  }

  /**
   * A signal for one execution, until it is released: its own stop, or that of the run. No `AbortSignal.any` with the
   * run's signal, which would keep something of each of a run's 100,000 executions to the end of the run.
   */
  executionSignal(executionId: string): AbortSignal {
    const execution = this.#controller(executionId);
    if (this.#run.signal.aborted) execution.abort(this.#run.signal.reason);
    return execution.signal;
  }

  /** The execution has ended: its signal is not heard of again. */
  release(executionId: string): void {
    this.#executions.delete(executionId);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#lookup);
    this.#listening.dispose();
  }

  #controller(executionId: string): AbortController {
    const known = this.#executions.get(executionId);
    if (known !== undefined) return known;
    const controller = new AbortController();
    this.#executions.set(executionId, controller);
    return controller;
  }

  #scheduleLookup(): void {
    if (this.#disposed || this.#lookup !== undefined) return;
    this.#lookup = setTimeout(() => {
      this.#lookup = undefined;
      // A failed look-up is tried again with the next event; the step's own end does not depend on it.
      this.lookUp().catch(() => undefined);
    }, LOOKUP_INTERVAL_MS);
    this.#lookup.unref();
  }

  /** Takes in what other processes have asked for by now. */
  async lookUp(): Promise<void> {
    const requests = await this.#options.store.runs.getStopRequests(this.#options.runId);
    if (this.#disposed) return;
    if (requests.run) this.stopRun(STOPPED_BY_REQUEST);
    for (const executionId of requests.executionIds) {
      this.#controller(executionId).abort(requests.reasons?.[executionId] ?? STOPPED_BY_REQUEST);
    }
  }
}
