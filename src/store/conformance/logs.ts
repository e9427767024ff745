import { describe, expect, test } from "vitest";
import type { ProjectStore } from "../project/project-store.ts";
import { newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

const LOG = { sha256: "5".repeat(64), sizeBytes: 40 };

export function testLogs(subject: StoreSubject): void {
  describe("logs", () => {
    testKeeping(subject);
    testHousekeeping(subject);
    testLive(subject);
  });
}

function testLive(subject: StoreSubject): void {
  test("are followed and published while their execution runs, piece by piece, and not after it", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { liveLogs } = store;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    for (let times = 0; times < 3; times += 1) await liveLogs.follow(id);
    expect((await liveLogs.listFollowed()).get(id)).toBe(3);
    expect(await liveLogs.range(id)).toBeUndefined();
    const parts = [0, 4, 8].map((first) => ({ first, entries: 4, bytes: 10, body: `of ${first}` }));
    for (const part of [...parts, ...parts]) await liveLogs.add(id, part);
    expect([await liveLogs.list(id, 0), await liveLogs.range(id)]).toEqual([parts, { first: 0, end: 12 }]);
    expect(await liveLogs.list(id, 5)).toEqual(parts.slice(1));
    expect(await liveLogs.list(id, 12)).toEqual([]);
    await liveLogs.drop(id, 4);
    expect(await liveLogs.range(id)).toEqual({ first: 4, end: 12 });
    await store.executions.finish(id, fence, { state: "complete", outputs: [], at: 9 });
    await liveLogs.add(id, { first: 12, entries: 1, bytes: 1, body: "late" });
    await liveLogs.follow(id);
    expect([(await liveLogs.range(id))?.end, (await liveLogs.listFollowed()).get(id)]).toEqual([12, 3]);
    await store.logs.keep([{ executionId: id, kept: LOG }]);
    if (liveLogs.isShared)
      expect([await liveLogs.range(id), (await liveLogs.listFollowed()).has(id)]).toEqual([undefined, false]);
  });
}

async function ended(store: ProjectStore, node = "a", at = 9): Promise<string> {
  const { id, fence } = await startNode(store, await store.runs.create(newRun()), node);
  await store.executions.finish(id, fence, { state: "complete", outputs: [], at });
  return id;
}

function testKeeping(subject: StoreSubject): void {
  test("wait from the end of their execution on, until they are kept", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    expect([await store.logs.waits(id), await store.logs.listWaiting()]).toEqual([false, []]);
    await store.executions.finish(id, fence, { state: "error", outputs: [], at: 9 });
    const other = await ended(store);
    const waiting = await store.logs.listWaiting();
    expect(waiting.map(({ executionId, environmentName }) => [executionId, environmentName])).toEqual([
      [id, "local"],
      [other, "local"],
    ]);
    expect(await store.logs.listWaiting(waiting[0]?.key)).toEqual(waiting.slice(1));
    expect([await store.logs.waits(id), await store.logs.getKept(id)]).toEqual([true, undefined]);
    await store.logs.keep([{ executionId: id, kept: LOG }, { executionId: other }]);
    expect([await store.logs.waits(id), await store.logs.getKept(id)]).toEqual([false, LOG]);
    expect([await store.logs.waits(other), await store.logs.getKept(other)]).toEqual([false, undefined]);
    expect(await store.logs.listWaiting()).toEqual([]);
  });

  test("are kept once: whoever comes second changes nothing", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const id = await ended(store);
    await store.logs.keep([{ executionId: id, kept: LOG }]);
    await store.logs.keep([{ executionId: id, kept: { sha256: "6".repeat(64), sizeBytes: 1 } }]);
    expect(await store.logs.getKept(id)).toEqual(LOG);
  });

  test("do not wait where nobody ever began, nor where nothing can have been printed", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    await store.executions.finish(id, fence, { state: "error", outputs: [], at: 9, hasLog: false });
    expect(await store.logs.listWaiting()).toEqual([]);
  });
}

function testHousekeeping(subject: StoreSubject): void {
  test("are told of with their ends, go out of sight and come back, and go with their run", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const [one, two] = [await ended(store, "a", 10), await ended(store, "a", 20)];
    await store.logs.keep([one, two].map((executionId) => ({ executionId, kept: LOG })));
    const list = async () => (await Array.fromAsync(store.logs.listKept())).flat().filter(({ isOwn }) => isOwn);
    const facts = await list();
    expect(facts.map(({ runKey: _, ...fact }) => fact)).toEqual([
      { executionId: one, isOwn: true, ...LOG, finishedAt: 10 },
      { executionId: two, isOwn: true, ...LOG, finishedAt: 20 },
    ]);
    await store.logs.discard([one], 70);
    expect([await store.logs.getKept(one), await store.logs.getKept(two)]).toEqual([undefined, LOG]);
    expect((await list()).map(({ discardedAt }) => discardedAt)).toEqual([70, undefined]);
    await store.logs.discard([one], null);
    expect(await store.logs.getKept(one)).toEqual(LOG);
    await store.logs.delete([one]);
    expect((await list()).map(({ executionId }) => executionId)).toEqual([two]);
    const run = (await store.executions.get(two))?.runId ?? "";
    await store.runs.setState(run, { state: "stopped", at: 21 });
    expect(await store.housekeeping.deleteRun(run, { actor: "local:me", at: 22 })).toBe(true);
    expect(await list()).toEqual([]);
  });
}
