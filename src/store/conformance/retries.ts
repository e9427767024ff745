import { expect, test } from "vitest";
import { eventsOf, lastEventId, newRun, queueNode, StoreRig, type StoreSubject, startNode } from "./rig.ts";

/** Nodes that are tried again. */
export function testRetries(subject: StoreSubject): void {
  test("a failed attempt returns its node to waiting, in the same moment; the next is another execution", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const first = await startNode(store, run, "a");
    const before = await lastEventId(store);
    await store.executions.finish(first.id, first.fence, {
      state: "error",
      reason: "no luck",
      exitCode: 75,
      outputs: [],
      at: 50,
      retryAt: 1_050,
    });
    expect(await store.nodes.get(run.id, "a")).toMatchObject({
      state: "waiting",
      reason: "no luck",
      executionId: first.id,
      waitingFor: { kind: "retry", attempt: 2, at: 1_050 },
    });
    expect(await store.executions.get(first.id)).toMatchObject({ state: "error", attempt: 1, exitCode: 75 });
    expect(await eventsOf(store, run.id, before)).toEqual([
      {
        kind: "execution-state",
        runId: run.id,
        executionId: first.id,
        node: "a",
        state: "error",
        reason: "no luck",
        exitCode: 75,
      },
      {
        kind: "node-state",
        runId: run.id,
        node: "a",
        state: "waiting",
        reason: "no luck",
        waitingFor: { kind: "retry", attempt: 2, at: 1_050 },
      },
    ]);

    const second = await queueNode(store, run, "a", 1_060);
    expect(second).toMatchObject({ node: "a", attempt: 2, number: first.number + 1 });
    const node = await store.nodes.get(run.id, "a");
    expect(node).toMatchObject({ state: "active", executionId: second.id });
    expect([node?.waitingFor, node?.reason]).toEqual([undefined, undefined]);
    const fence = await store.queue.claim(second.id, "me", 1_070);
    await store.executions.finish(second.id, fence ?? 0, { state: "complete", exitCode: 0, outputs: [], at: 1_080 });
    expect(await store.nodes.get(run.id, "a")).toMatchObject({ state: "complete", executionId: second.id });
    const attempts = (await store.lists.executions({ runId: run.id, limit: 10 })).items;
    expect(attempts.map(({ node: name, attempt, state }) => [name, attempt, state])).toEqual([
      ["a", 2, "complete"],
      ["a", 1, "error"],
    ]);
    expect(await store.nodes.listEarlierAttempts(run.id)).toEqual([
      { node: "a", executionId: first.id, number: first.number, attempt: 1, state: "error", reason: "no luck" },
    ]);
  });

  testOrderOfRuns(subject);

  test("a node that waits for another attempt can be skipped", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    await store.executions.finish(id, fence, { state: "error", outputs: [], at: 50, retryAt: 60 });
    await store.nodes.skip(run.id, ["a"], "stopped by the user", 55);
    const node = await store.nodes.get(run.id, "a");
    expect([node?.state, node?.reason, node?.waitingFor, node?.executionId]).toEqual([
      "skipped",
      "stopped by the user",
      undefined,
      id,
    ]);
  });

  test.each(["complete", "stopped"] as const)("an end as %s is final, whatever is asked for", async (state) => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    await store.executions.finish(id, fence, { state, outputs: [], at: 50, retryAt: 60 });
    expect((await store.nodes.get(run.id, "a"))?.state).toBe(state);
  });
}

function testOrderOfRuns(subject: StoreSubject): void {
  test("a run is sorted by the values of the last attempt alone", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const [tried, other] = [await store.runs.create(newRun()), await store.runs.create(newRun())];
    const print = async (id: string, fence: number, auc: number): Promise<void> =>
      await store.metadata.add(id, fence, [{ offset: 0, at: 1, values: { auc } }]);
    const first = await startNode(store, tried, "a");
    await print(first.id, first.fence, 9);
    await store.executions.finish(first.id, first.fence, { state: "error", outputs: [], at: 50, retryAt: 60 });
    const second = await startNode(store, tried, "a");
    await print(second.id, second.fence, 1);
    const only = await startNode(store, other, "a");
    await print(only.id, only.fence, 5);
    const sort = { by: [{ name: "auc" }], direction: "descending" } as const;
    expect((await store.lists.runs({ limit: 9, sort })).items.map(({ id }) => id)).toEqual([other.id, tried.id]);
  });
}
