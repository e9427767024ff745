import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import type { NewEngine } from "../project/requests.ts";
import { lastEventId, newRun, queueNode, StoreRig, type StoreSubject } from "./rig.ts";

const IDENTITY = {
  host: "ml1",
  bootId: "b",
  pid: 4711,
  startTime: "12",
  processSpace: "pid:[1]",
  stateFolder: "/p/.headrace",
};

function engine(id: string, change: Partial<NewEngine> = {}): NewEngine {
  return { id, pool: "here", host: "ml1", identity: IDENTITY, at: 100, ...change };
}

/** Names of this test's engines: beats are of the whole database, which tests share. */
function namesOf({ folder }: StoreRig) {
  const suffix = ` of ${basename(folder)}`;
  return {
    id: (name: string) => `${name}${suffix}`,
    /** The beats of this test's engines, by name. */
    own: (beats: ReadonlyMap<string, number> | undefined) =>
      [...(beats ?? [])]
        .filter(([id]) => id.endsWith(suffix))
        .map(([id, beat]) => [id.slice(0, -suffix.length), beat])
        .toSorted(),
  };
}

export function testEngines(subject: StoreSubject): void {
  describe("engines", () => {
    test("are listed in the order of their coming, with what they said of themselves", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      expect(await store.engines.list()).toEqual([]);
      await store.engines.add(engine("b, 2"));
      await store.engines.add(
        engine("a", { pool: "s3://bucket/x", host: "ml2", identity: { ...IDENTITY, host: "ml2" }, at: 200 }),
      );
      const listed = [
        { id: "b, 2", pool: "here", host: "ml1", identity: IDENTITY, beat: 0, startedAt: 100, seenAt: 100 },
        {
          id: "a",
          pool: "s3://bucket/x",
          host: "ml2",
          identity: { ...IDENTITY, host: "ml2" },
          beat: 0,
          startedAt: 200,
          seenAt: 200,
        },
      ];
      expect(await store.engines.list()).toEqual(listed);
      expect(await (await rig.open()).engines.list()).toEqual(listed);
    });

    test("beat, and see how the others' beats stand", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id, own } = namesOf(rig);
      await store.engines.add(engine(id("one")));
      expect(own(await store.engines.beat(id("one"), 110))).toEqual([]);
      await store.engines.add(engine(id("two words")));
      await store.engines.add(engine(id("three")));
      const before = await lastEventId(store);
      expect(own(await store.engines.beat(id("one"), 120))).toEqual([
        ["three", 0],
        ["two words", 0],
      ]);
      expect(own(await store.engines.beat(id("three"), 130))).toEqual([
        ["one", 2],
        ["two words", 0],
      ]);
      expect(await store.engines.list()).toMatchObject([{ beat: 2, seenAt: 120 }, { beat: 0, seenAt: 100 }, { beat: 1, seenAt: 130 }]); // biome-ignore format: one row
      expect(await lastEventId(store)).toBe(before);
    });

    test("that have nothing under way leave without a trace, and hear of it when they beat again", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id, own } = namesOf(rig);
      await store.engines.add(engine(id("one")));
      await store.engines.add(engine(id("two")));
      expect(await store.engines.remove(id("one"), 150)).toBe(true);
      expect(await store.engines.beat(id("one"), 160)).toBeUndefined();
      expect(own(await store.engines.beat(id("two"), 160))).toEqual([]);
      expect(await store.engines.remove(id("one"), 170)).toBe(false);
      expect((await store.engines.list()).map(({ id }) => id)).toEqual([id("two")]);
    });

    test("stay known for as long as a step stands under their name", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id } = namesOf(rig);
      await store.engines.add(engine(id("one")));
      const { id: execution } = await queueNode(store, await store.runs.create(newRun()), "a");
      const fence = await store.queue.claim(execution, id("one"), 120);
      expect(await store.engines.remove(id("one"), 150)).toBe(false);
      expect(await store.engines.list()).toMatchObject([{ id: id("one"), beat: -1, seenAt: 150 }]);
      await store.executions.finish(execution, fence ?? -1, { state: "complete", outputs: [], at: 160 });
      expect(await store.engines.remove(id("one"), 170)).toBe(true);
      expect(await store.engines.list()).toEqual([]);
    });
  });
}
