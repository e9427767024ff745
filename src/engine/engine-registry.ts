import { faultPoint } from "../fault-point.ts";
import type { EngineIdentity, EngineRecord, ProjectStore } from "../store/index.ts";
import type { Clock } from "./engine-parts.ts";
import { EngineProcess, type EngineProcessOptions, type KnownEngine } from "./engine-process.ts";
import { isSamePlace } from "./engine-watch.ts";

export interface EngineRegistration {
  readonly process: EngineProcess;
  readonly store: Pick<ProjectStore, "engines">;
  readonly clock: Pick<Clock, "now">;
  readonly pool: string;
  readonly identity: EngineIdentity;
  /**
   * Names under which this process worked for the project before, until it failed there: nothing of that goes on,
   * although the process lives.
   */
  readonly former?: ReadonlySet<string>;
}

/** The engines of one project, of which this process is one: what becomes of its work depends on where they are. */
export class EngineRegistry implements AsyncDisposable {
  readonly id: string;
  readonly pool: string;
  readonly identity: EngineIdentity;
  readonly #registration: EngineRegistration;
  readonly #owned: EngineProcess | undefined;
  #known = new Map<string, EngineRecord>();

  private constructor(registration: EngineRegistration, owned: EngineProcess | undefined) {
    this.#registration = registration;
    this.#owned = owned;
    this.id = registration.process.id;
    this.pool = registration.pool;
    this.identity = registration.identity;
  }

  /** Makes the registry of a process that works for this project alone: the process leaves with it. */
  static async join(
    options: Omit<EngineProcessOptions, "store"> & Pick<EngineRegistration, "store" | "pool" | "former">,
  ): Promise<EngineRegistry> {
    const process = new EngineProcess(options);
    return await EngineRegistry.#enter({ ...options, process }, process);
  }

  /** Makes the registry of a process that works for several projects. */
  static async enter(registration: EngineRegistration): Promise<EngineRegistry> {
    return await EngineRegistry.#enter(registration, undefined);
  }

  static async #enter(registration: EngineRegistration, owned: EngineProcess | undefined): Promise<EngineRegistry> {
    const registry = new EngineRegistry(registration, owned);
    registration.process.onDeath(() => registry.#known.clear());
    await registration.process.register(() => registry.#register());
    return registry;
  }

  /** Calls back when an engine has been found dead or has left. Returns the unsubscriber. */
  onDeath(listener: () => void): () => void {
    return this.#registration.process.onDeath(listener);
  }

  async lifeOf(id: string): Promise<KnownEngine> {
    if (id === this.id) return { life: "living", identity: this.identity };
    if (this.#registration.former?.has(id) === true) return { life: "dead", identity: this.identity };
    // Only the beats of known engines change; and the process has these.
    if (!this.#known.has(id)) await this.#readEngines();
    const engine = this.#known.get(id);
    if (engine === undefined) return { life: "dead" };
    return { life: await this.#registration.process.life(engine), identity: engine.identity };
  }

  /**
   * True if an engine that takes up whatever it finds works in that place. An engine in doubt counts: it is known soon
   * whether it lives.
   */
  async hasSuccessor(identity: EngineIdentity): Promise<boolean> {
    await this.#readEngines();
    for (const engine of this.#known.values()) {
      if (engine.identity.takesAnyRun !== true || !isSamePlace(engine.identity, identity)) continue;
      if ((await this.lifeOf(engine.id)).life !== "dead") return true;
    }
    return false;
  }

  /** Removes the record of a dead engine, if nothing stands under its name any more. */
  async removeEngine(id: string): Promise<void> {
    await this.#registration.process.removeEngine(id);
  }

  /** Beats now, without waiting for the time. Never rejects. */
  look(): Promise<void> {
    return this.#registration.process.look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned?.[Symbol.asyncDispose]();
  }

  async #register(): Promise<void> {
    const { process, pool, identity, store, clock } = this.#registration;
    await store.engines.add({ id: process.id, pool, host: identity.host, identity, at: clock.now() });
    faultPoint("engine-registered");
  }

  async #readEngines(): Promise<void> {
    this.#known = new Map((await this.#registration.store.engines.list()).map((engine) => [engine.id, engine]));
  }
}
