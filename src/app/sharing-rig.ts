import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineParts, Membership } from "../engine/index.ts";
import type { Plan } from "../planning/index.ts";
import { type EngineIdentity, type NewEngine, openStore, type RunRecord, type Store } from "../store/index.ts";
import { type AssembledEngine, assembleEngine } from "./assemble-engine.ts";
import { findProject } from "./find-project.ts";
import { planRequest } from "./plan-request.ts";
import type { ProjectLocation } from "./project.ts";

/** An engine under test, and the clock by which it watches the others. */
export interface RiggedEngine {
  readonly parts: EngineParts;
  readonly members: Membership;
  /** Lets so much time pass for it, beat after beat. */
  readonly watch: (ms: number) => Promise<void>;
}

const ELSEWHERE: EngineIdentity = { host: "ml2", bootId: "b", pid: 1, startTime: "1", processSpace: "-", stateFolder: "/far/.headrace" };

/** A project on disk for engines that share it within this process; each has a name, a place and a clock of its own. */
export class SharingRig implements AsyncDisposable {
  readonly root: string;
  readonly location: ProjectLocation;
  readonly store: Store;
  readonly #assembled: AssembledEngine;
  readonly #members: Membership[] = [];

  private constructor(location: ProjectLocation, store: Store, assembled: AssembledEngine, root: string) {
    this.location = location;
    this.store = store;
    this.#assembled = assembled;
    this.root = root;
  }

  /** `open` opens the records elsewhere than in the project's folder. */
  static async start(steps: string, open?: () => Promise<Store>): Promise<SharingRig> {
    const root = mkdtempSync(join(tmpdir(), "headrace-sharing-"));
    writeFileSync(join(root, "valohai.yaml"), steps);
    const location = findProject({ cwd: root });
    mkdirSync(location.stateFolder);
    const store =
      open === undefined ? await openStore({ file: join(location.stateFolder, "headrace.db"), projectName: "local" }) : await open();
    return new SharingRig(location, store, await assembleEngine({ location, store, sandbox: "off" }, () => undefined), root);
  }

  /** `stateFolder`: its own place, so that what it starts is out of reach for the others. */
  async engine(id: string, change: Partial<EngineIdentity> = {}, store: Store = this.store): Promise<RiggedEngine> {
    let now = 0;
    const { parts } = this.#assembled;
    const identity = { ...parts.members.identity, ...change };
    const members = await Membership.join({
      store,
      clock: { now: Date.now, monotonic: () => now },
      id,
      pool: "shared",
      identity,
      isAlive: async () => true,
    });
    this.#members.push(members);
    const placeOf: EngineParts["placeOf"] = async (execution) => {
      const place = await parts.placeOf(execution);
      return change.stateFolder === undefined ? place : { ...place, folder: join(change.stateFolder, "executions", execution.id) };
    };
    const watch = async (ms: number): Promise<void> => {
      for (const end = now + ms; now < end; now += 2_000) await members.look();
      await members.look();
    };
    return { parts: { ...parts, store, members, placeOf }, members, watch };
  }

  /** An engine on another machine that is nothing but its row: as one that has just died there. */
  async ghost(id: string, change: Partial<NewEngine> = {}): Promise<string> {
    await this.store.addEngine({ id, pool: "shared", host: "ml2", identity: ELSEWHERE, at: Date.now(), ...change });
    return id;
  }

  plan(target = "p"): Plan {
    return planRequest(this.location, { target, parameters: [], inputs: [], environmentVariables: {} }).plan;
  }

  async run(owner: string | undefined, { jobs = 4, target = "p" } = {}): Promise<RunRecord> {
    const { record } = await this.#assembled.capture();
    const driven = owner === undefined ? {} : { owner };
    return await this.store.createRun({
      plan: this.plan(target),
      commit: record.identifier,
      jobs,
      tags: [],
      at: Date.now(),
      pool: "shared",
      ...driven,
    });
  }

  /** A file that steps wait for. */
  file(name: string): string {
    return join(this.root, name);
  }

  async until(condition: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const unsubscribe = this.store.onEvents(resolve);
      try {
        if (await condition()) return;
        await promise;
      } finally {
        unsubscribe();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const members of this.#members) await members[Symbol.asyncDispose]();
    await this.#assembled[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    if (existsSync(this.root)) rmSync(this.root, { recursive: true, force: true });
  }
}
