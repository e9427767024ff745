import { describe, expect, test } from "vitest";
import type { ProjectStore } from "../project/project-store.ts";
import { eventsOf, newRun, StoreRig, type StoreSubject, UNKNOWN_ID } from "./rig.ts";

export function testEvents(subject: StoreSubject): void {
  describe("events", () => {
    testOrder(subject);
    testListening(subject);
  });
}

function testOrder(subject: StoreSubject): void {
  test("events have rising ids and are read page by page, of one run or of all", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.runs.create(newRun({ at: 1 }));
    const second = await store.runs.create(newRun({ at: 2 }));
    await store.runs.setState(first.id, { state: "started", at: 3 });
    const all = await store.events.list({ afterId: 0, limit: 10 });
    expect(all.map((event) => event.at)).toEqual([1, 2, 3]);
    expect(all.map((event) => event.id)).toEqual(all.map((event) => event.id).toSorted((a, b) => a - b));
    expect(await store.events.list({ afterId: all[0]?.id ?? 0, limit: 1 })).toEqual(all.slice(1, 2));
    expect(await store.events.list({ afterId: all[2]?.id ?? 0, limit: 10 })).toEqual([]);
    expect(await store.events.list({ afterId: 0, limit: 0 })).toEqual([]);
    expect((await eventsOf(store, first.id)).map((body) => body.kind)).toEqual(["run-created", "run-state"]);
    expect(await store.events.list({ afterId: all[0]?.id ?? 0, runId: second.id, limit: 10 })).toEqual(all.slice(1, 2));
    expect(await eventsOf(store, UNKNOWN_ID)).toEqual([]);
  });

  test("a change that fails leaves no event, and those beside it keep theirs", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const outcomes = await Promise.allSettled([
      store.runs.setState(run.id, { state: "complete", at: 1 }),
      store.runs.setState(run.id, { state: "started", at: 2 }),
      store.runs.setState(run.id, { state: "queued", at: 3 }),
      store.runs.setState(run.id, { state: "stopping", at: 4 }),
      store.runs.setState(UNKNOWN_ID, { state: "queued", at: 5 }),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled", "rejected"]);
    expect((await store.events.list({ afterId: 0, limit: 10 })).map((event) => event.at)).toEqual([1_000, 2, 4]);
    expect(await store.runs.get(run.id)).toMatchObject({ state: "stopping", startedAt: 2 });
  });
}

/** Resolves at the next call; the listener stays until the test ends it. */
function listen(store: ProjectStore): { readonly next: () => Promise<void>; readonly calls: () => number; readonly end: () => void } {
  let calls = 0;
  let waiting = Promise.withResolvers<void>();
  const end = store.events.listen(() => {
    calls++;
    waiting.resolve();
  });
  return {
    next: async () => {
      await waiting.promise;
      waiting = Promise.withResolvers();
    },
    calls: () => calls,
    end,
  };
}

function testListening(subject: StoreSubject): void {
  test("a listener hears of this connection's commits", async () => {
    await using rig = await StoreRig.start(subject);
    const heard = listen(rig.store);
    const run = await rig.store.runs.create(newRun());
    await heard.next();
    await rig.store.runs.setState(run.id, { state: "started", at: 1 });
    await heard.next();
    heard.end();
  });

  test("a listener hears of another connection's commits", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const heard = listen(rig.store);
    // What is committed after this read is heard of.
    expect(await eventsOf(rig.store)).toEqual([]);
    const run = await other.runs.create(newRun());
    await heard.next();
    expect(await eventsOf(rig.store)).toHaveLength(1);
    await other.runs.requestStop({ runId: run.id }, 1);
    await heard.next();
    expect(await rig.store.runs.getStopRequests(run.id)).toEqual({ run: true, executionIds: [] });
    heard.end();
  });

  test("who has unsubscribed hears nothing, others still do; a function given twice counts twice", async () => {
    await using rig = await StoreRig.start(subject);
    const gone = listen(rig.store);
    const stays = listen(rig.store);
    let shared = 0;
    const count = () => void shared++;
    const ends = [rig.store.events.listen(count), rig.store.events.listen(count)];
    gone.end();
    gone.end();
    await rig.store.runs.create(newRun());
    await stays.next();
    expect([gone.calls(), stays.calls(), shared]).toEqual([0, 1, 2]);
    ends[0]?.();
    await rig.store.runs.create(newRun());
    await stays.next();
    expect(shared).toBe(3);
    ends[1]?.();
    stays.end();
  });
}
