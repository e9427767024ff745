import type { EngineIdentity, EngineProcess as EngineProcessRecord, EngineRepository } from "../store/index.ts";
import type { Clock } from "./engine-parts.ts";
import { BEAT_MS, type EngineLife, EngineWatch } from "./engine-watch.ts";

export interface EngineProcessOptions {
  /**
   * The store of any project of the database, or the database itself: all projects share one list of living engines.
   */
  readonly store: { readonly engines: Pick<EngineRepository, "beat" | "listProcesses" | "remove"> };
  readonly clock: Clock;
  /** Unique among all engines that ever were, and without a comma. */
  readonly id: string;
  readonly identity: EngineIdentity;
  readonly isAlive: (identity: EngineIdentity) => Promise<boolean>;
}

/** The facts that are known of an engine by its name. */
export interface KnownEngine {
  readonly life: EngineLife;
  /** Absent when nothing is recorded of it any more: it left in order, or the records came from another database. */
  readonly identity?: EngineIdentity;
}

/**
 * This process among the engines of a database: says again and again that it lives, and tells who of the others is
 * dead. However many projects it works for, it asks the database one question every two seconds while nothing happens.
 */
export class EngineProcess implements AsyncDisposable {
  readonly id: string;
  readonly #options: EngineProcessOptions;
  readonly #watch: EngineWatch;
  readonly #listeners = new Set<() => void>();
  /** Makes the process known to each of its projects. */
  readonly #registrations = new Set<() => Promise<void>>();
  #known = new Map<string, EngineProcessRecord>();
  #dead = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #left = false;
  /** The last beat did not reach the database. */
  #isCutOff = false;

  constructor(options: EngineProcessOptions) {
    this.#options = options;
    this.id = options.id;
    const { identity, isAlive, clock } = options;
    this.#watch = new EngineWatch({ identity, isAlive, monotonic: clock.monotonic });
    this.#schedule();
  }

  /** Registers with a project, now and whenever the others have taken this process for dead. */
  async register(registration: () => Promise<void>): Promise<void> {
    await registration();
    this.#registrations.add(registration);
  }

  /** Calls back when an engine has been found dead or has left. Returns the unsubscriber. */
  onDeath(listener: () => void): () => void {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  life(engine: EngineProcessRecord): Promise<EngineLife> {
    return this.#watch.life(engine);
  }

  /** Removes the record of a dead engine, if nothing stands under its name any more. */
  async removeEngine(id: string): Promise<void> {
    await this.#options.store.engines.remove(id, this.#options.clock.now());
  }

  /** Beats now, without waiting for the time; what it finds is told to the listeners. Never rejects. */
  look(): Promise<void> {
    this.#beating = this.#beating
      .then(() => this.#beat())
      .then(
        () => {
          this.#isCutOff = false;
        },
        () => {
          this.#isCutOff = true;
        },
      );
    return this.#beating;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#left = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
    await this.#beating;
    // An engine that has just waited for the database in vain does not wait for it once more.
    if (this.#isCutOff || this.#registrations.size === 0) return;
    // A row that cannot be removed now is that of a dead process soon, which the others can see.
    for (const id of [this.id, ...this.#dead]) await this.removeEngine(id).catch(() => undefined);
  }

  #schedule(): void {
    if (this.#left) return;
    this.#timer = setTimeout(() => void this.look().then(() => this.#schedule()), BEAT_MS);
    // The timer must not keep the process going: only its work does.
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    if (this.#left || this.#registrations.size === 0) return;
    const { store, clock } = this.#options;
    const beats = await store.engines.beat(this.id, clock.now());
    if (beats === undefined) {
      // This process was suspended for so long that the others removed it. They may have taken the work that it held;
      // fences tell.
      for (const registration of this.#registrations) await registration();
      return;
    }
    this.#watch.look(beats);
    const vanished = [...this.#known.keys()].filter((id) => id !== this.id && !beats.has(id));
    if (beats.keys().some((id) => !this.#known.has(id)))
      this.#known = new Map((await store.engines.listProcesses()).map((engine) => [engine.id, engine]));
    for (const id of vanished) this.#known.delete(id);
    const died = await this.#findDead();
    if (vanished.length > 0 || died.length > 0) for (const listener of [...this.#listeners]) listener();
    for (const id of died) await this.removeEngine(id);
  }

  /** Those that have died since the last time. */
  async #findDead(): Promise<readonly string[]> {
    const dead = new Set<string>();
    for (const engine of this.#known.values()) {
      if (engine.id !== this.id && (await this.#watch.life(engine)) === "dead") dead.add(engine.id);
    }
    const died = [...dead].filter((id) => !this.#dead.has(id));
    this.#dead = dead;
    return died;
  }
}
