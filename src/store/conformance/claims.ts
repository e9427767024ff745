import { describe, expect, test } from "vitest";
import {
  eventsOf,
  expectFailure,
  lastEventId,
  newRun,
  planOf,
  queueNode,
  StoreRig,
  type StoreSubject,
  startNode,
  UNKNOWN_ID,
} from "./rig.ts";

export function testClaims(subject: StoreSubject): void {
  describe("claims", () => {
    testClaiming(subject);
    testAdoption(subject);
    testOpenExecutions(subject);
  });
}

function testClaiming(subject: StoreSubject): void {
  test("one of many claimants gets a queued execution", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const second = await rig.open();
    const run = await store.runs.create(newRun());
    const { id } = await queueNode(store, run, "a");
    const before = await lastEventId(store);
    const fences = await Promise.all(
      [1, 2, 3, 4].map((owner) => (owner % 2 === 0 ? store : second).queue.claim(id, `owner ${owner}`, 50)),
    );
    expect(fences.filter((fence) => fence !== undefined)).toEqual([1]);
    expect(await store.executions.get(id)).toMatchObject({ state: "started", startedAt: 50 });
    expect(await eventsOf(store, run.id, before)).toEqual([
      { kind: "execution-state", runId: run.id, executionId: id, node: "a", state: "started" },
    ]);
  });

  test("an unknown execution cannot be claimed", async () => {
    await using rig = await StoreRig.start(subject);
    const failure = {
      code: "HR_NOT_FOUND",
      message: `no execution with the id ${UNKNOWN_ID} is recorded`,
      hint: "the page of the run lists the executions of a run",
    } as const;
    await expectFailure(rig.store.queue.claim(UNKNOWN_ID, "me", 1), failure);
    await expectFailure(rig.store.queue.adopt(UNKNOWN_ID, 1, "me"), failure);
    await expectFailure(rig.store.executions.finish(UNKNOWN_ID, 1, { state: "complete", outputs: [], at: 1 }), failure);
  });
}

function testAdoption(subject: StoreSubject): void {
  test("who has been replaced can no longer write", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    const next = await store.queue.adopt(id, fence, "host:2:2");
    expect(next).toBe(fence + 1);
    const before = { execution: await store.executions.get(id), events: await eventsOf(store) };
    const writes = [
      () => store.executions.update(id, fence, { environment: { still: "here" }, at: 1 }),
      () => store.executions.finish(id, fence, { state: "complete", outputs: [], at: 1 }),
      () => store.data.setInputFiles(id, fence, []),
      () => store.metadata.add(id, fence, [{ offset: 0, at: 1, values: { loss: 1 } }]),
    ];
    for (const write of writes) {
      await expectFailure(write(), {
        code: "HR_CONFLICT",
        message: "execution 2 is held by host:2:2 under fence 2; a write with fence 1 is refused",
        hint: "stop working on this execution: another engine has taken it over",
      });
    }
    expect({ execution: await store.executions.get(id), events: await eventsOf(store) }).toEqual(before);
    await store.executions.finish(id, next ?? -1, { state: "complete", outputs: [], at: 70 });
    expect(await store.executions.get(id)).toMatchObject({ state: "complete" });
  });

  test("one of many adopters wins, and an ended or queued execution has none", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    const fences = await Promise.all(["x", "y", "z"].map((owner) => store.queue.adopt(id, fence, owner)));
    expect(fences.filter((each) => each !== undefined)).toEqual([2]);
    await store.executions.finish(id, 2, { state: "error", outputs: [], at: 70 });
    expect(await store.queue.adopt(id, 2, "late")).toBeUndefined();
    const queued = await queueNode(store, run, "b");
    expect(await store.queue.adopt(queued.id, 0, "early")).toBeUndefined();
  });

  test("a write without any claim names nobody", async () => {
    await using rig = await StoreRig.start(subject);
    const { id } = await queueNode(rig.store, await rig.store.runs.create(newRun()), "a");
    await expect(rig.store.executions.update(id, 1, { at: 1 })).rejects.toMatchObject({
      message: "execution 2 is held by nobody yet under fence 0; a write with fence 1 is refused",
    });
  });
}

function testOpenExecutions(subject: StoreSubject): void {
  test("what has not ended is listed with its owner until it ends", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) }));
    const other = await store.runs.create(newRun({ plan: planOf(["a"]) }));
    const [a, b, c] = [
      await queueNode(store, run, "a"),
      await queueNode(store, run, "b"),
      await queueNode(store, run, "c"),
    ];
    const { id } = await queueNode(store, other, "a");
    await store.queue.claim(b.id, "two", 50);
    await store.queue.claim(a.id, "one", 51);
    const claimA = { executionId: a.id, runId: run.id, node: "a", state: "started", owner: "one", fence: 1 };
    const claimB = { executionId: b.id, runId: run.id, node: "b", state: "started", owner: "two", fence: 1 };
    expect(await store.queue.listClaimed()).toEqual([claimA, claimB]);
    expect(await store.queue.listClaimed("two")).toEqual([claimB]);
    expect(await store.queue.listClaimed("nobody")).toEqual([]);
    const openC = {
      executionId: c.id,
      number: 5,
      runId: run.id,
      node: "c",
      state: "queued",
      environmentName: "local",
      fence: 0,
    };
    const openA = { ...claimA, number: 3, environmentName: "local" };
    const openB = { ...claimB, number: 4, environmentName: "local" };
    expect(await store.queue.listOpen(run.id)).toEqual([openA, openB, openC]);
    expect((await store.queue.listOpen()).map(({ executionId }) => executionId)).toEqual([a.id, b.id, c.id, id]);
    expect(await store.queue.listOpen(UNKNOWN_ID)).toEqual([]);
    const before = await lastEventId(store);
    expect(await store.queue.adopt(a.id, 1, "three")).toBe(2);
    expect(await lastEventId(store)).toBe(before);
    await store.executions.update(a.id, 2, { state: "stopping", at: 52 });
    await store.executions.finish(b.id, 1, { state: "complete", outputs: [], at: 53 });
    expect(await store.queue.listClaimed()).toEqual([{ ...claimA, state: "stopping", owner: "three", fence: 2 }]);
    expect(await store.queue.listOpen(run.id)).toEqual([
      { ...openA, state: "stopping", owner: "three", fence: 2 },
      openC,
    ]);
  });
}
