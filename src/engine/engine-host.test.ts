import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Plan } from "../planning/index.ts";
import { type MetadataDatabase, openDatabase, type ProjectStore } from "../store/index.ts";
import { EngineHost, type HostedProject } from "./engine-host.ts";
import type { EngineParts } from "./engine-parts.ts";
import { EngineProcess } from "./engine-process.ts";
import { EngineRegistry } from "./engine-registry.ts";
import { BEAT_MS } from "./engine-watch.ts";
import { ProjectDriver } from "./project-driver.ts";
import { WorkerSlots } from "./worker-slots.ts";

const PROJECTS = 200;
const IDENTITY = {
  ...{ host: "ml1", bootId: "b", pid: 1, startTime: "1", processSpace: "-", stateFolder: "/p/.headrace" },
  takesAnyRun: true,
};
const clock = { now: () => 1_000, monotonic: () => performance.now() };
let folder: string;
let database: MetadataDatabase;
let stores: ProjectStore[];
/** The queries that were made on the records, by any caller. */
let asked: string[];
const leaving = new AbortController();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "headrace-host-"));
  database = await openDatabase({ file: join(folder, "headrace.db") });
  stores = [];
  asked = [];
  for (let index = 0; index < PROJECTS; index++)
    stores.push(watched(await database.ensureProject({ name: `p${index}` })));
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** The same store; calls of it are noted, each of which is one statement or more. */
function watched(store: ProjectStore): ProjectStore {
  const noted = <T extends object>(room: string, repository: T): T =>
    new Proxy(repository, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function" || name === "listen" || name === "listenToAll") return method;
        return (...input: readonly unknown[]): unknown => {
          asked.push(`${room}.${String(name)}`);
          return Reflect.apply(method, target, input);
        };
      },
    });
  const { engines, runs, queue, nodes, executions, events } = store;
  return {
    ...store,
    engines: noted("engines", engines),
    runs: noted("runs", runs),
    queue: noted("queue", queue),
    nodes: noted("nodes", nodes),
    executions: noted("executions", executions),
    events: noted("events", events),
  };
}

function storeOf(id: string): ProjectStore {
  const store = stores.find(({ project }) => project.id === id);
  if (store === undefined) throw new Error(`no project ${id}`);
  return store;
}

/** A run of no nodes: driving it takes no executor. */
async function recordRun(store: ProjectStore): Promise<string> {
  const plan = { kind: "pipeline", name: "p", parameters: {}, nodes: [] } as unknown as Plan;
  const wanted = { plan, commit: "c", jobs: 1, actor: "local:me", tags: [], at: 1, pool: "here" } as const;
  return (await store.runs.create(wanted)).id;
}

test("two hundred idle projects cost a beat, and each gets a driver for as long as it has work", async () => {
  const [first] = stores;
  if (first === undefined) throw new Error("there are projects");
  await using process = new EngineProcess({
    ...{ store: first, clock, id: "host", identity: IDENTITY, isAlive: async () => true },
  });
  const registries = new Map<string, EngineRegistry>();
  for (const store of stores) {
    const registration = { process, store, clock, pool: "here", identity: IDENTITY };
    registries.set(store.project.id, await EngineRegistry.enter(registration));
  }
  const opened: string[] = [];
  const closed: string[] = [];
  const slots = new WorkerSlots(1);
  const host = new EngineHost({
    findWork: async (what) => (await first.engines.listWork(what)).map(({ projectId }) => projectId),
    listen: (listener) => first.engines.listenToAll(listener),
    open: async (id): Promise<HostedProject> => {
      opened.push(id);
      // A run without nodes needs only these of all parts.
      const parts = { store: storeOf(id), members: registries.get(id), clock } as unknown as EngineParts;
      return {
        driver: (onNotice) => new ProjectDriver(parts, { slots: slots.share(), onNotice }),
        [Symbol.asyncDispose]: async () => void closed.push(id),
      };
    },
    exitWhenIdle: false,
    signal: leaving.signal,
    onNotice: () => undefined,
  });
  const running = host.run();
  await new Promise((resolve) => setTimeout(resolve, 300));
  asked.length = 0;
  const from = performance.now();
  for (let beats = 0; beats < 3; beats++) await process.look();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(asked.filter((call) => call !== "engines.beat")).toEqual([]);
  // The process beats by itself as well.
  expect(asked.length).toBeLessThanOrEqual(3 + 1 + (performance.now() - from) / BEAT_MS);

  for (const index of [7, 150, 7]) {
    const store = stores[index] ?? first;
    const id = await recordRun(store);
    while ((await store.runs.get(id))?.state !== "complete") await new Promise((resolve) => setTimeout(resolve, 20));
    while (closed.length < opened.length) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(opened).toEqual([7, 150, 7].map((index) => stores[index]?.project.id));
  leaving.abort();
  await running;
}, 60_000);
