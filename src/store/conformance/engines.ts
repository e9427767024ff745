import { describe, expect, test } from "vitest";
import type { NewEngine } from "../project/requests.ts";
import { lastEventId, newRun, queueNode, StoreRig, type StoreSubject } from "./rig.ts";

const IDENTITY = { host: "ml1", bootId: "b", pid: 4711, startTime: "12", processSpace: "pid:[1]", stateFolder: "/p/.headrace" };

function engine(id: string, change: Partial<NewEngine> = {}): NewEngine {
  return { id, pool: "here", host: "ml1", identity: IDENTITY, at: 100, ...change };
}

export function testEngines(subject: StoreSubject): void {
  describe("engines", () => {
    test("are listed in the order of their coming, with what they said of themselves", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      expect(await store.engines.list()).toEqual([]);
      await store.engines.add(engine("b, 2"));
      await store.engines.add(engine("a", { pool: "s3://bucket/x", host: "ml2", identity: { ...IDENTITY, host: "ml2" }, at: 200 }));
      const listed = [
        { id: "b, 2", pool: "here", host: "ml1", identity: IDENTITY, beat: 0, startedAt: 100, seenAt: 100 },
        { id: "a", pool: "s3://bucket/x", host: "ml2", identity: { ...IDENTITY, host: "ml2" }, beat: 0, startedAt: 200, seenAt: 200 },
      ];
      expect(await store.engines.list()).toEqual(listed);
      expect(await (await rig.open()).engines.list()).toEqual(listed);
    });

    test("beat, and see how the others' beats stand", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      await store.engines.add(engine("one"));
      expect(await store.engines.beat("one", 110)).toEqual(new Map());
      await store.engines.add(engine("two words"));
      await store.engines.add(engine("three"));
      const before = await lastEventId(store);
      expect(await store.engines.beat("one", 120)).toEqual(new Map([["two words", 0], ["three", 0]])); // biome-ignore format: one row
      expect(await store.engines.beat("three", 130)).toEqual(new Map([["one", 2], ["two words", 0]])); // biome-ignore format: one row
      expect(await store.engines.list()).toMatchObject([{ beat: 2, seenAt: 120 }, { beat: 0, seenAt: 100 }, { beat: 1, seenAt: 130 }]); // biome-ignore format: one row
      expect(await lastEventId(store)).toBe(before);
    });

    test("that have nothing under way leave without a trace, and hear of it when they beat again", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      await store.engines.add(engine("one"));
      await store.engines.add(engine("two"));
      expect(await store.engines.remove("one", 150)).toBe(true);
      expect(await store.engines.beat("one", 160)).toBeUndefined();
      expect(await store.engines.beat("two", 160)).toEqual(new Map());
      expect(await store.engines.remove("one", 170)).toBe(false);
      expect((await store.engines.list()).map(({ id }) => id)).toEqual(["two"]);
    });

    test("stay known for as long as a step stands under their name", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      await store.engines.add(engine("one"));
      const { id } = await queueNode(store, await store.runs.create(newRun()), "a");
      const fence = await store.queue.claim(id, "one", 120);
      expect(await store.engines.remove("one", 150)).toBe(false);
      expect(await store.engines.list()).toMatchObject([{ id: "one", beat: -1, seenAt: 150 }]);
      await store.executions.finish(id, fence ?? -1, { state: "complete", outputs: [], at: 160 });
      expect(await store.engines.remove("one", 170)).toBe(true);
      expect(await store.engines.list()).toEqual([]);
    });
  });
}
