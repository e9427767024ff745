import { faultPoint } from "../fault-point.ts";
import type { EngineIdentity, EngineRecord, ProjectStore } from "../store/index.ts";
import type { Clock } from "./engine-parts.ts";
import { BEAT_MS, type EngineLife, EngineWatch, isSamePlace } from "./engine-watch.ts";

export interface EngineRegistryOptions {
  readonly store: Pick<ProjectStore, "engines">;
  readonly clock: Clock;
  /** Unique among all engines that ever were, and without a comma. */
  readonly id: string;
  readonly pool: string;
  readonly identity: EngineIdentity;
  readonly isAlive: (identity: EngineIdentity) => Promise<boolean>;
}

/** What is known of an engine by its name. */
export interface KnownEngine {
  readonly life: EngineLife;
  /** Absent when nothing is recorded of it any more: it left in order, or the records came from another database. */
  readonly identity?: EngineIdentity;
}

/**
 * This process among the engines of the project: makes it known, says again and again that it lives, and tells who of the others is dead.
 * An engine that has nothing to do asks the database one question every two seconds.
 */
export class EngineRegistry implements AsyncDisposable {
  readonly id: string;
  readonly pool: string;
  readonly identity: EngineIdentity;
  readonly #options: EngineRegistryOptions;
  readonly #watch: EngineWatch;
  readonly #listeners = new Set<() => void>();
  #known = new Map<string, EngineRecord>();
  #dead = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #left = false;
  /** The last beat did not reach the database. */
  #isCutOff = false;

  private constructor(options: EngineRegistryOptions) {
    this.#options = options;
    this.id = options.id;
    this.pool = options.pool;
    this.identity = options.identity;
    this.#watch = new EngineWatch({ identity: options.identity, monotonic: options.clock.monotonic, isAlive: options.isAlive });
  }

  static async join(options: EngineRegistryOptions): Promise<EngineRegistry> {
    const membership = new EngineRegistry(options);
    await membership.#register();
    membership.#schedule();
    return membership;
  }

  /** Calls back when an engine has been found dead or has left. Returns the unsubscriber. */
  onDeath(listener: () => void): () => void {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  async lifeOf(id: string): Promise<KnownEngine> {
    if (id === this.id) return { life: "living", identity: this.identity };
    if (!this.#known.has(id)) await this.#readEngines();
    const engine = this.#known.get(id);
    if (engine === undefined) return { life: "dead" };
    return { life: await this.#watch.life(engine), identity: engine.identity };
  }

  /** Whether an engine that takes up whatever it finds works in that place. One in doubt counts: it is known soon whether it lives. */
  async hasSuccessor(identity: EngineIdentity): Promise<boolean> {
    await this.#readEngines();
    for (const engine of this.#known.values()) {
      if (engine.identity.serves !== true || !isSamePlace(engine.identity, identity)) continue;
      if ((await this.lifeOf(engine.id)).life !== "dead") return true;
    }
    return false;
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
    // Whoever has just waited for the database in vain is not to wait for it once more.
    if (this.#isCutOff) return;
    // A row that cannot be removed now is that of a dead process soon, which the others can see.
    for (const id of [this.id, ...this.#dead]) await this.removeEngine(id).catch(() => undefined);
  }

  async #register(): Promise<void> {
    const { id, pool, identity, store, clock } = this.#options;
    await store.engines.add({ id, pool, host: identity.host, identity, at: clock.now() });
    faultPoint("engine-registered");
  }

  #schedule(): void {
    if (this.#left) return;
    this.#timer = setTimeout(() => void this.look().then(() => this.#schedule()), BEAT_MS);
    // What keeps a process going is its work.
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    if (this.#left) return;
    const beats = await this.#options.store.engines.beat(this.id, this.#options.clock.now());
    if (beats === undefined) {
      // This process was suspended for so long that the others buried it. What it held they may have taken; fences tell.
      await this.#register();
      return;
    }
    this.#watch.look(beats);
    const vanished = [...this.#known.keys()].filter((id) => id !== this.id && !beats.has(id));
    if (beats.keys().some((id) => !this.#known.has(id))) await this.#readEngines();
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

  async #readEngines(): Promise<void> {
    this.#known = new Map((await this.#options.store.engines.list()).map((engine) => [engine.id, engine]));
  }
}
