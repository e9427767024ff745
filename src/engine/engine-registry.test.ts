import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../store/fixtures/open-test-store.ts";
import type { EngineIdentity, ProjectStore } from "../store/index.ts";
import { EngineRegistry } from "./engine-registry.ts";
import { BEAT_MS } from "./engine-watch.ts";

const HERE: EngineIdentity = {
  host: "ml1",
  bootId: "boot",
  pid: 1,
  startTime: "1",
  processSpace: "pid:[1]",
  stateFolder: "/p/.headrace",
};
let folder: string;
let store: TestStore;
let now = 0;
const dead = new Set<number>();

beforeEach(async () => {
  now = 0;
  dead.clear();
  folder = mkdtempSync(join(tmpdir(), "headrace-members-"));
  store = await openTestStore({ file: join(folder, "headrace.db"), projectName: "p" });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function joined(
  id: string,
  identity: Partial<EngineIdentity> = {},
  through: Partial<ProjectStore> = store,
): Promise<EngineRegistry> {
  return EngineRegistry.join({
    store: through as ProjectStore,
    clock: { now: () => 1_000, monotonic: () => now },
    id,
    pool: "here",
    identity: { ...HERE, ...identity },
    isAlive: async ({ pid }) => !dead.has(pid),
  });
}

async function ids(): Promise<readonly string[]> {
  return (await store.engines.list()).map(({ id }) => id);
}

it("is known while it lasts", async () => {
  const members = await joined("one");
  expect(await store.engines.list()).toEqual([
    { id: "one", pool: "here", host: "ml1", identity: HERE, beat: 0, startedAt: 1_000, seenAt: 1_000 },
  ]);
  expect(await members.lifeOf("one")).toEqual({ life: "living", identity: HERE });
  await members.look();
  expect(await store.engines.list()).toMatchObject([{ beat: 1 }]);
  await members[Symbol.asyncDispose]();
  expect(await ids()).toEqual([]);
});

it("hears of a death on its own machine at the next look, tells it once, and buries the dead", async () => {
  await using members = await joined("one");
  // As a killed process leaves it: nobody says farewell.
  await store.engines.add({ id: "two", pool: "here", host: "ml1", identity: { ...HERE, pid: 2 }, at: 1 });
  let deaths = 0;
  members.onDeath(() => deaths++);
  await members.look();
  expect([deaths, (await members.lifeOf("two")).life]).toEqual([0, "living"]);
  dead.add(2);
  expect(await members.lifeOf("two")).toEqual({ life: "dead", identity: { ...HERE, pid: 2 } });
  await members.look();
  await members.look();
  expect([deaths, await ids()]).toEqual([2, ["one"]]);
  expect(await members.lifeOf("two")).toEqual({ life: "dead" });
});

it("hears of one that has left in order", async () => {
  await using members = await joined("one");
  const two = await joined("two", { host: "ml2" });
  await members.look();
  let deaths = 0;
  const unsubscribe = members.onDeath(() => deaths++);
  await two[Symbol.asyncDispose]();
  await members.look();
  expect([deaths, (await members.lifeOf("two")).life]).toEqual([1, "dead"]);
  unsubscribe();
});

it("watches those on other machines by their beats", async () => {
  await using members = await joined("one");
  await store.engines.add({ id: "two", pool: "here", host: "ml2", identity: { ...HERE, host: "ml2", pid: 2 }, at: 1 });
  const lives = [];
  for (; now <= 12_000; now += BEAT_MS) {
    if (now < 2 * BEAT_MS) await store.engines.beat("two", 1);
    await members.look();
    lives.push((await members.lifeOf("two")).life);
  }
  expect(lives).toEqual(["doubtful", "living", "living", "living", "living", "living", "dead"]);
});

it("makes itself known again when it was buried alive", async () => {
  await using members = await joined("one");
  await store.engines.remove("one", 5);
  await members.look();
  expect(await store.engines.list()).toMatchObject([{ id: "one", beat: 0 }]);
});

it.each([
  [true, "/p/.headrace", true],
  [false, "/p/.headrace", false],
  [true, "/q/.headrace", false],
])("has an heir where a living engine serves (%s) the place %s: %s", async (serves, stateFolder, expected) => {
  await using members = await joined("one");
  await using _two = await joined("two", { pid: 2, stateFolder, ...(serves ? { takesAnyRun: serves } : {}) });
  expect(await members.hasSuccessor(HERE)).toBe(expected);
  dead.add(2);
  expect(await members.hasSuccessor(HERE)).toBe(false);
});

it("waits for an heir of which it is not known yet whether it lives", async () => {
  await using members = await joined("one");
  const there = { ...HERE, host: "ml2" };
  await store.engines.add({
    id: "two",
    pool: "here",
    host: "ml2",
    identity: { ...there, pid: 2, takesAnyRun: true },
    at: 1,
  });
  await members.look();
  expect([(await members.lifeOf("two")).life, await members.hasSuccessor(there)]).toEqual(["doubtful", true]);
  for (; now <= 12_000; now += BEAT_MS) await members.look();
  expect(await members.hasSuccessor(there)).toBe(false);
});

it("goes on when a beat does not reach the database, and does not wait for it at its end", async () => {
  let away = false;
  let removals = 0;
  const { engines } = store;
  const beat: typeof engines.beat = (id, at) => (away ? Promise.reject(new Error("away")) : engines.beat(id, at));
  const remove: typeof engines.remove = (id, at) => {
    removals++;
    return engines.remove(id, at);
  };
  const members = await joined("one", {}, { engines: { ...engines, beat, remove } });
  away = true;
  await members.look();
  away = false;
  await members.look();
  expect(await store.engines.list()).toMatchObject([{ beat: 1 }]);
  away = true;
  await members.look();
  await members[Symbol.asyncDispose]();
  expect(removals).toBe(0);
});
