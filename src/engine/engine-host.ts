import { type Backoff, backoffMs, onAbort, Throttle } from "../concurrency/index.ts";
import type { ProjectDriver, ProjectNotice } from "./project-driver.ts";

/** It is asked for work at most this often, while others commit. */
const LOOK_INTERVAL_MS = 100;

/** After a failure; the pause doubles with each further one in a row. */
const PAUSES: Backoff = { firstMs: 1_000, longestMs: 60_000 };

/** A project that has work, opened for a driver. */
export interface HostedProject extends AsyncDisposable {
  readonly driver: (onNotice: (notice: ProjectNotice) => void) => ProjectDriver;
}

export interface EngineHostOptions {
  /** The ids of the projects in which there is something to do for this process: one question for all of them. */
  readonly findWork: (what: "unfinished" | "waiting") => Promise<readonly string[]>;
  /** Calls back after commits in any of the projects. Returns the unsubscriber. */
  readonly listen: (listener: () => void) => () => void;
  readonly open: (projectId: string) => Promise<HostedProject>;
  /** Ends once there is nothing left to do or to wait for. */
  readonly exitWhenIdle: boolean;
  /** Ends at once, and leaves what is under way to engines to come. */
  readonly signal: AbortSignal;
  readonly onNotice: (projectId: string, notice: ProjectNotice) => void;
  /**
   * Decides what becomes of the host after the failure of a project, or of the search for work (no project). `go-on`:
   * the others are worked for, and this is tried again later. Absent: any failure ends the host.
   */
  readonly onFailure?: (error: unknown, projectId?: string) => "end" | "go-on";
}

/**
 * The engine of a process: drives the projects that have work, each by a driver of its own that lasts as long as the
 * work. Projects without any cost nothing: one question finds work in all of them, and is asked when something was
 * committed.
 */
export class EngineHost {
  readonly #options: EngineHostOptions;
  readonly #driven = new Map<string, Promise<void>>();
  /** Failures in a row, of the search for work or of a project, and the pause after the last of them. */
  readonly #failures = new Map<string | undefined, { readonly count: number; pause?: NodeJS.Timeout }>();
  readonly #throttle = new Throttle(LOOK_INTERVAL_MS, () => this.#look());
  readonly #done = Promise.withResolvers<void>();
  readonly #leave = new AbortController();
  #looking = false;
  #again = false;
  #hasLooked = false;
  #ending = false;

  constructor(options: EngineHostOptions) {
    this.#options = options;
  }

  /** Resolves when it was told to end, or is idle and may; rejects with what keeps this process from going on. */
  async run(): Promise<void> {
    const { signal, listen } = this.#options;
    using listening = new DisposableStack();
    listening.use(this.#throttle);
    listening.defer(listen(() => this.#throttle.call()));
    // Nothing else may be open that keeps the process going.
    const timer = setInterval(() => undefined, 2 ** 31 - 1);
    listening.defer(() => clearInterval(timer));
    listening.use(onAbort(signal, () => this.#end()));
    listening.defer(() => {
      for (const { pause } of this.#failures.values()) clearTimeout(pause);
    });
    this.#look();
    try {
      await this.#done.promise;
    } finally {
      this.#ending = true;
      this.#leave.abort();
      await Promise.allSettled(this.#driven.values());
    }
  }

  #end(): void {
    this.#ending = true;
    this.#done.resolve();
  }

  #look(): void {
    this.#again = true;
    if (this.#looking || this.#ending || this.#isPausing(undefined)) return;
    this.#looking = true;
    this.#lookAll()
      .then(() => this.#failures.delete(undefined))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#looking = false;
        if (this.#again && !this.#isPausing(undefined)) this.#look();
      });
  }

  async #lookAll(): Promise<void> {
    while (this.#again && !this.#ending) {
      this.#again = false;
      // Work that no engine drives and that this one could not go on with is not taken up again and again before it
      // ends.
      const what = this.#options.exitWhenIdle && this.#hasLooked ? "waiting" : "unfinished";
      const ids = await this.#options.findWork(what);
      this.#hasLooked = true;
      for (const id of ids) if (!this.#ending && !this.#driven.has(id) && !this.#isPausing(id)) this.#drive(id);
      if (this.#options.exitWhenIdle && this.#driven.size === 0 && !this.#again) this.#end();
    }
    this.#again = false;
  }

  #drive(id: string): void {
    const driving = this.#driveToEnd(id)
      .then(() => void this.#failures.delete(id))
      .catch((error: unknown) => this.#failed(error, id))
      .finally(() => {
        this.#driven.delete(id);
        this.#look();
      });
    this.#driven.set(id, driving);
  }

  #isPausing(id: string | undefined): boolean {
    return this.#failures.get(id)?.pause !== undefined;
  }

  #failed(error: unknown, id?: string): void {
    if (this.#ending) return;
    const { onFailure } = this.#options;
    if (onFailure === undefined || onFailure(error, id) === "end") {
      this.#done.reject(error);
      return;
    }
    const before = this.#failures.get(id)?.count ?? 0;
    const failure: { readonly count: number; pause?: NodeJS.Timeout } = { count: before + 1 };
    failure.pause = setTimeout(
      () => {
        delete failure.pause;
        this.#look();
      },
      backoffMs(PAUSES, failure.count),
    );
    this.#failures.set(id, failure);
  }

  async #driveToEnd(id: string): Promise<void> {
    const { open, onNotice, exitWhenIdle } = this.#options;
    await using project = await open(id);
    const driver = project.driver((notice) => onNotice(id, notice));
    await driver.drive({ until: exitWhenIdle ? "idle" : "no-run-is-left", signal: this.#leave.signal });
  }
}
