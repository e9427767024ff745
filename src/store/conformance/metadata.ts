import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LAST_VALUE_LIMIT, LAST_VALUES_COUNT_LIMIT, LAST_VALUES_LIMIT } from "../project/last-values.ts";
import type { MetadataRecord } from "../records.ts";
import { eventsOf, lastEventId, newRun, StoreRig, type StoreSubject, startNode, UNKNOWN_ID } from "./rig.ts";

export function testMetadata(subject: StoreSubject): void {
  describe("metadata", () => {
    testPoints(subject);
    testLastValues(subject);
    testLimits(subject);
  });
}

const point = (offset: number, values: Readonly<Record<string, unknown>>): MetadataRecord => ({
  offset,
  at: 100 + offset,
  values,
});

function testPoints(subject: StoreSubject): void {
  test("points come back in the log's order, page by page", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    const points = [point(0, { epoch: 1 }), point(17, { epoch: 2, nested: { deep: [1, null, "x"] } }), point(40, {})];
    await store.metadata.add(id, fence, points);
    expect(await store.metadata.list(id, { limit: 10 })).toEqual(points);
    expect(await store.metadata.list(id, { limit: 1 })).toEqual(points.slice(0, 1));
    expect(await store.metadata.list(id, { limit: 1, afterOffset: 0 })).toEqual(points.slice(1, 2));
    expect(await store.metadata.list(id, { limit: 10, afterOffset: 40 })).toEqual([]);
    expect(await store.metadata.list(id, { limit: 0 })).toEqual([]);
    expect(await store.metadata.list(UNKNOWN_ID, { limit: 10 })).toEqual([]);
  });

  test("one batch is one event with the newest values", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    await store.metadata.add(id, fence, [point(0, { kept: true })]);
    const before = await lastEventId(store);
    await store.metadata.add(
      id,
      fence,
      Array.from({ length: 3_000 }, (_, index) => point(index + 1, { epoch: index, loss: 1 / (index + 1) })),
    );
    const values = { epoch: 2_999, loss: 1 / 3_000 };
    expect(await eventsOf(store, run.id, before)).toEqual([
      { kind: "execution-metadata", runId: run.id, executionId: id, node: "a", values },
    ]);
    expect(await store.executions.get(id)).toMatchObject({ metadata: { kept: true, ...values } });
  });

  test("reading a log twice stores it once and says nothing", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    const points = [point(0, { loss: 3 }), point(9, { loss: 2 })];
    await store.metadata.add(id, fence, points);
    const before = await eventsOf(store);
    await store.metadata.add(id, fence, points.slice(0, 1));
    await store.metadata.add(id, fence, [point(9, { loss: "another value at the same place" })]);
    await store.metadata.add(id, fence, []);
    expect(await store.metadata.list(id, { limit: 10 })).toEqual(points);
    expect((await store.executions.get(id))?.metadata).toEqual({ loss: 2 });
    expect(await eventsOf(store)).toEqual(before);
  });
}

function testLastValues(subject: StoreSubject): void {
  const keys = fc.constantFrom("a", "b", "__proto__", "constructor", "1", "");
  const values = fc
    .dictionary(keys, fc.jsonValue(), { maxKeys: 3 })
    .map((record) => JSON.parse(JSON.stringify(record)) as Record<string, unknown>);
  const batches = fc.array(
    fc.array(
      fc.record({ offset: fc.nat({ max: 12 }), values }).map(({ offset, values: each }) => point(offset, each)),
      { maxLength: 6 },
    ),
    { maxLength: 6 },
  );

  test("the last value of a key is that of the highest offset, in whatever order points come", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const property = fc.asyncProperty(batches, async (all) => {
      const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
      for (const batch of all) await store.metadata.add(id, fence, batch);
      const kept = new Map<number, MetadataRecord>();
      for (const each of all.flat()) if (!kept.has(each.offset)) kept.set(each.offset, each);
      const expected = [...kept.values()].sort((x, y) => x.offset - y.offset);
      const last = new Map(expected.flatMap((each) => Object.entries(each.values)));
      expect(await store.metadata.list(id, { limit: 100 })).toEqual(expected);
      expect((await store.executions.get(id))?.metadata).toEqual(Object.fromEntries(last));
    });
    await fc.assert(property, { numRuns: 40 });
  });
}

function testLimits(subject: StoreSubject): void {
  test("a huge value is kept as a point, and no older value stands in its place", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    await store.metadata.add(id, fence, [point(0, { picture: "small", loss: 1 })]);
    const huge = point(1, { picture: "x".repeat(LAST_VALUE_LIMIT), loss: 2 });
    await store.metadata.add(id, fence, [huge]);
    expect(await store.executions.get(id)).toMatchObject({ metadata: { loss: 2 }, metadataLeftOut: ["picture"] });
    expect(await store.metadata.list(id, { limit: 1, afterOffset: 0 })).toEqual([huge]);
    expect((await eventsOf(store)).at(-1)).toMatchObject({ kind: "execution-metadata", values: { loss: 2 } });
    await store.metadata.add(id, fence, [point(2, { picture: "small" })]);
    expect(await store.executions.get(id)).not.toHaveProperty("metadataLeftOut");
    expect((await store.executions.get(id))?.metadata).toEqual({ loss: 2, picture: "small" });
  });

  test("the number and the size of last values are bounded", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const many = await startNode(store, run, "a");
    const large = await startNode(store, run, "b");
    const keys = Array.from({ length: LAST_VALUES_COUNT_LIMIT + 5 }, (_, index) => `key-${index}`);
    await store.metadata.add(many.id, many.fence, [point(0, Object.fromEntries(keys.map((key) => [key, 1])))]);
    expect(Object.keys((await store.executions.get(many.id))?.metadata ?? {})).toEqual(
      keys.slice(0, LAST_VALUES_COUNT_LIMIT),
    );
    await store.metadata.add(many.id, many.fence, [point(1, { "key-0": 2 })]);
    expect((await store.executions.get(many.id))?.metadata).toMatchObject({ "key-0": 2, "key-999": 1 });
    expect((await store.executions.get(many.id))?.metadataLeftOut).toEqual(keys.slice(LAST_VALUES_COUNT_LIMIT));
    const chunk = "x".repeat(LAST_VALUE_LIMIT / 2);
    for (let index = 0; index < 40; index++)
      await store.metadata.add(large.id, large.fence, [point(index, { [`chunk-${index}`]: chunk })]);
    const size = JSON.stringify((await store.executions.get(large.id))?.metadata).length;
    expect(size).toBeLessThan(LAST_VALUES_LIMIT * 1.01);
    expect(size).toBeGreaterThan(LAST_VALUES_LIMIT * 0.9);
  });
}
