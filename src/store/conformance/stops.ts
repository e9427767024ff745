import { describe, expect, test } from "vitest";
import {
  eventsOf,
  expectFailure,
  lastEventId,
  newRun,
  queueNode,
  StoreRig,
  type StoreSubject,
  startNode,
  UNKNOWN_ID,
} from "./rig.ts";

export function testStops(subject: StoreSubject): void {
  describe("stop requests", () => {
    test("a run is asked once, however often the wish is repeated", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const before = await lastEventId(store);
      expect(await store.runs.getStopRequests(run.id)).toEqual({ run: false, executionIds: [] });
      expect(await store.runs.requestStop({ runId: run.id }, 5)).toBe(true);
      expect(await store.runs.requestStop({ runId: run.id }, 6)).toBe(true);
      expect(await store.runs.getStopRequests(run.id)).toEqual({ run: true, executionIds: [] });
      expect(await eventsOf(store, run.id, before)).toEqual([{ kind: "stop-requested", runId: run.id }]);
      expect(await store.runs.get(run.id)).toEqual(run);
    });

    test("executions are asked by themselves, and the wish ends with them", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const { id, fence } = await startNode(store, run, "a");
      const queued = await queueNode(store, run, "b");
      const before = await lastEventId(store);
      expect(await store.runs.requestStop({ runId: run.id, executionId: queued.id }, 5)).toBe(true);
      expect(await store.runs.requestStop({ runId: run.id, executionId: id }, 5)).toBe(true);
      expect(await store.runs.getStopRequests(run.id)).toEqual({ run: false, executionIds: [id, queued.id] });
      expect(await eventsOf(store, run.id, before)).toEqual([
        { kind: "stop-requested", runId: run.id, executionId: queued.id, node: "b" },
        { kind: "stop-requested", runId: run.id, executionId: id, node: "a" },
      ]);
      await store.executions.finish(id, fence, { state: "stopped", outputs: [], at: 6 });
      expect(await store.runs.getStopRequests(run.id)).toEqual({ run: false, executionIds: [queued.id] });
    });

    test("an execution may be told why; the first who says so counts", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const { id } = await startNode(store, run, "a");
      const queued = await queueNode(store, run, "b");
      for (const reason of ["c failed", "too late"])
        await store.runs.requestStop({ runId: run.id, executionId: id, reason }, 5);
      await store.runs.requestStop({ runId: run.id, executionId: queued.id }, 5);
      expect(await store.runs.getStopRequests(run.id)).toEqual({
        run: false,
        executionIds: [id, queued.id],
        reasons: { [id]: "c failed" },
      });
    });

    test("what has ended cannot be asked", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const { id, fence } = await startNode(store, run, "a");
      await store.executions.finish(id, fence, { state: "complete", outputs: [], at: 6 });
      expect(await store.runs.requestStop({ runId: run.id, executionId: id }, 7)).toBe(false);
      await store.runs.requestStop({ runId: run.id }, 7);
      await store.runs.setState(run.id, { state: "stopped", at: 8 });
      expect(await store.runs.requestStop({ runId: run.id }, 9)).toBe(false);
      expect(await store.runs.getStopRequests(run.id)).toEqual({ run: false, executionIds: [] });
    });

    test("what does not exist, or belongs to another run, is named", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const other = await store.runs.create(newRun());
      const { id } = await startNode(store, other, "a");
      await expect(store.runs.requestStop({ runId: UNKNOWN_ID }, 1)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
      await expect(store.runs.requestStop({ runId: run.id, executionId: UNKNOWN_ID }, 1)).rejects.toMatchObject({
        code: "HR_NOT_FOUND",
      });
      await expectFailure(store.runs.requestStop({ runId: run.id, executionId: id }, 1), {
        code: "HR_NOT_FOUND",
        message: "execution 3 is not part of run 1",
        hint: "the page of the run lists the executions of a run",
      });
      expect(await store.runs.getStopRequests(UNKNOWN_ID)).toEqual({ run: false, executionIds: [] });
    });
  });
}
