import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { HeadraceError } from "../../errors.ts";
import type { Plan, PlannedExecution, ResolvedNode } from "../../planning/index.ts";
import type { EventBody } from "../events/event.ts";
import { openTestStore, type TestStore } from "../fixtures/open-test-store.ts";
import type { MetadataDatabase } from "../metadata-database.ts";
import { type DatabaseSettings, openDatabase, type StorePlace } from "../open-database.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { NewRun, Wish } from "../project/requests.ts";
import type { ExecutionRecord, RunRecord } from "../records.ts";

export interface StoreSubject {
  /**
   * A module whose `placeOf(folder)` says where the store is that belongs to the folder; loaded here and in child
   * processes.
   */
  readonly module: URL;
}

/** The exports of the module. */
export interface SubjectModule {
  placeOf(folder: string): { readonly place: StorePlace; readonly projectName: string };
}

/** A fresh store for one test; `open` gives further connections to the same one. */
export class StoreRig implements AsyncDisposable {
  readonly folder: string;
  readonly module: URL;
  readonly #opened: AsyncDisposable[] = [];

  private constructor(subject: StoreSubject) {
    this.module = subject.module;
    this.folder = mkdtempSync(join(tmpdir(), "headrace-store-"));
  }

  /** A place that nobody has opened yet. */
  static empty(subject: StoreSubject): StoreRig {
    return new StoreRig(subject);
  }

  static async start(subject: StoreSubject): Promise<StoreRig & { readonly store: ProjectStore }> {
    const rig = new StoreRig(subject);
    return Object.assign(rig, { store: await rig.open() });
  }

  async open(): Promise<TestStore> {
    const { place, projectName } = await this.#subject();
    const store = await openTestStore({ ...place, projectName });
    this.#opened.push(store);
    return store;
  }

  /** The database itself, and what its projects are to be called here. */
  async openDatabase(
    settings: DatabaseSettings = {},
  ): Promise<{ readonly database: MetadataDatabase; readonly prefix: string }> {
    const { place, projectName } = await this.#subject();
    const database = await openDatabase({ ...place, ...settings });
    this.#opened.push(database);
    return { database, prefix: projectName };
  }

  async #subject(): Promise<ReturnType<SubjectModule["placeOf"]>> {
    return ((await import(this.module.href)) as SubjectModule).placeOf(this.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened) await opened[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const STEP: PlannedExecution["step"] = {
  name: "train",
  image: "python:3.12",
  command: ["python train.py {parameters}"],
  environmentVariables: [],
  environmentVariableGroups: [],
  inputs: [],
  outputs: [],
  parameters: [],
  mounts: [],
  cacheVolumes: [],
};

export function plannedNode(name: string, change: Partial<PlannedExecution> = {}): PlannedExecution {
  return {
    kind: "execution",
    name,
    step: STEP,
    parameters: { rate: 0.1 },
    parameterEdges: [],
    inputs: [],
    environmentVariables: {},
    environmentVariableEdges: [],
    dependsOn: [],
    onError: "stop-all",
    edgeMergeMode: "replace",
    actions: [],
    ...change,
  };
}

export function planOf(nodes: readonly string[], change: Partial<Plan> = {}): Plan {
  return { kind: "pipeline", name: "daily", nodes: nodes.map((name) => plannedNode(name)), parameters: {}, ...change };
}

export const RESOLVED: ResolvedNode = {
  parameters: { rate: 0.1 },
  inputs: [{ name: "data", keepDirectories: "none", files: [], uris: ["file:///data.csv"] }],
  environmentVariables: { MODE: "fast" },
  command: ["python train.py --rate=0.1"],
};

export function newRun(change: Partial<NewRun> = {}): NewRun {
  return { plan: planOf(["a", "b"]), commit: "~abc", jobs: 2, actor: "local:ada", tags: [], at: 1_000, ...change };
}

/** A queued execution of a run's node. */
export async function queueNode(
  store: ProjectStore,
  run: RunRecord,
  node: string,
  at = 2_000,
): Promise<ExecutionRecord> {
  const execution = await store.queue.add({
    runId: run.id,
    node,
    step: "train",
    image: "python:3.12",
    environmentName: "local",
    commit: run.commit,
    resolved: RESOLVED,
    at,
  });
  if (execution === undefined) throw new Error(`node ${node} was taken already`);
  return execution;
}

/** A started execution with the fence that writes to it carry. */
export async function startNode(
  store: ProjectStore,
  run: RunRecord,
  node: string,
): Promise<{ readonly id: string; readonly number: number; readonly fence: number }> {
  const { id, number } = await queueNode(store, run, node);
  const fence = await store.queue.claim(id, "host:1:1", 3_000);
  if (fence === undefined) throw new Error(`execution ${number} was claimed already`);
  return { id, number, fence };
}

/** The events of a run (or of the project) as they stand, without ids and times. */
export async function eventsOf(store: ProjectStore, runId?: string, afterId = 0): Promise<readonly EventBody[]> {
  const events = await store.events.list({ afterId, limit: 1_000, ...(runId !== undefined && { runId }) });
  return events.map((event) => event.body);
}

export async function lastEventId(store: ProjectStore): Promise<number> {
  return (await store.events.list({ afterId: 0, limit: 100_000 })).at(-1)?.id ?? 0;
}

/** Asserts an expected failure, word for word. */
export async function expectFailure(
  promise: Promise<unknown>,
  failure: Pick<HeadraceError, "code" | "message" | "hint">,
): Promise<void> {
  await expect(promise).rejects.toMatchObject(failure);
}

/** The user and the time of a change in tests. */
export const WISH: Wish = { actor: "local:ada", at: 9 };

export const UNKNOWN_ID = "00000000-0000-7000-8000-000000000000";
