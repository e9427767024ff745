import { describe, expect, test } from "vitest";
import type { ProjectStore } from "../project/project-store.ts";
import { StoreProcess, startProcesses } from "./child-process.ts";
import { eventsOf, newRun, planOf, queueNode, StoreRig, type StoreSubject } from "./rig.ts";

const PROCESSES = 3;

export function testProcesses(subject: StoreSubject): void {
  describe("several processes", () => {
    testSharing(subject);
    testCrashes(subject);
  });
}

/** Each process goes through the list from another place, so that they meet in the middle. */
function rotated<T>(list: readonly T[], index: number): readonly T[] {
  const start = Math.floor((index * list.length) / PROCESSES);
  return [...list.slice(start), ...list.slice(0, start)];
}

function testSharing(subject: StoreSubject): void {
  test("open an empty place together, and count on together", async () => {
    await using rig = StoreRig.empty(subject);
    const processes = await startProcesses(rig, PROCESSES);
    const numbers = await Promise.all(processes.map((each) => each.run("createRun", null)));
    expect(numbers.toSorted()).toEqual([1, 2, 3]);
    expect((await (await rig.open()).lists.runs({ limit: 10 })).items.map((run) => run.number)).toEqual([3, 2, 1]);
  });

  test("each execution is claimed by one of them", async () => {
    await using rig = await StoreRig.start(subject);
    const nodes = Array.from({ length: 150 }, (_, index) => `n${index}`);
    const run = await rig.store.runs.create(newRun({ plan: planOf(nodes) }));
    const ids = (await Promise.all(nodes.map((node) => queueNode(rig.store, run, node)))).map(
      (execution) => execution.id,
    );
    const processes = await startProcesses(rig, PROCESSES);
    const won = await Promise.all(
      processes.map((each, index) => each.run("claim", { ids: rotated(ids, index), owner: `engine ${index}` })),
    );
    expect(won.flat().toSorted()).toEqual(ids.toSorted());
    const claims = await rig.store.queue.listClaimed();
    for (const [index, mine] of won.entries()) {
      const owned = claims.filter((claim) => claim.owner === `engine ${index}`).map((claim) => claim.executionId);
      expect(owned.toSorted()).toEqual(mine.toSorted());
    }
  });

  test("each node is taken by one of them, and each number given once", async () => {
    await using rig = await StoreRig.start(subject);
    const nodes = Array.from({ length: 90 }, (_, index) => `n${index}`);
    const run = await rig.store.runs.create(newRun({ plan: planOf(nodes) }));
    const processes = await startProcesses(rig, PROCESSES);
    const won = await Promise.all(
      processes.map((each, index) => each.run("createExecutions", { runId: run.id, nodes: rotated(nodes, index) })),
    );
    expect(won.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, index) => index + 2));
    const ids = (await rig.store.events.list({ afterId: 0, limit: 1_000 })).map((event) => event.id);
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
    expect((await rig.store.lists.executions({ limit: 100 })).items).toHaveLength(90);
  });

  test("a wish to stop reaches the engine in another process", async () => {
    await using rig = await StoreRig.start(subject);
    const run = await rig.store.runs.create(newRun());
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = rig.store.events.listen(resolve);
    expect(await rig.store.runs.getStopRequests(run.id)).toEqual({ run: false, executionIds: [] });
    await using other = await StoreProcess.start(rig);
    expect(await other.run("requestStop", { runId: run.id })).toBe(true);
    await promise;
    end();
    expect(await rig.store.runs.getStopRequests(run.id)).toEqual({ run: true, executionIds: [] });
  });
}

function testCrashes(subject: StoreSubject): void {
  test("kill -9 loses nothing that was reported and leaves nothing half done", async () => {
    await using rig = await StoreRig.start(subject);
    for (const reports of [1, 4, 11, 23]) {
      const process = await StoreProcess.start(rig);
      await process.killAfter(reports);
      for (const id of process.progress)
        expect(await rig.store.executions.get(id)).toMatchObject({ state: "complete", metadata: { loss: 1 } });
      await expectWhole(rig.store);
    }
    // A new connection, after the database's own recovery, sees the same.
    await expectWhole(await rig.open());
  });
}

/**
 * Checks that all records of the store agree: executions with their nodes, data, points and events, and the counter
 * with all of them.
 */
async function expectWhole(store: ProjectStore): Promise<void> {
  const runs = (await store.lists.runs({ limit: 10_000 })).items;
  const executions = (await store.lists.executions({ limit: 10_000 })).items;
  const numbers = [...runs, ...executions].map((each) => each.number).toSorted((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  for (const execution of executions) {
    const ended = execution.state === "complete";
    expect(await store.nodes.get(execution.runId, execution.node)).toMatchObject({
      state: ended ? "complete" : "active",
      executionId: execution.id,
    });
    expect(await store.data.listOutputs(execution.id)).toHaveLength(ended ? 1 : 0);
    const points = await store.metadata.list(execution.id, { limit: 10 });
    expect(execution.metadata).toEqual(points.length === 0 ? {} : { loss: 1 });
    if (ended) expect(points).toHaveLength(2);
    const events = (await eventsOf(store, execution.runId)).filter(
      (event) => "executionId" in event && event.executionId === execution.id,
    );
    const states = events.flatMap((event) => (event.kind === "execution-state" ? [event.state] : []));
    expect(states).toEqual(
      { queued: [], started: ["started"], complete: ["started", "complete"] }[execution.state as "queued"],
    );
  }
  for (const run of runs) {
    const [created] = await eventsOf(store, run.id);
    expect(created).toMatchObject({ kind: "run-created", number: run.number });
    expect((await store.nodes.getPlan(run.id))?.nodes).toHaveLength((await store.nodes.list(run.id)).length);
  }
}
