import { describe, expect, test } from "vitest";
import { newRun, planOf, queueNode, StoreRig, type StoreSubject } from "./rig.ts";

const STEP_RUN = () => newRun({ plan: { ...planOf(["a"], { name: "train" }), kind: "step" }, promisesExecution: true });

/** Executions that have a number before they begin, and lists by position. */
export function testPromises(subject: StoreSubject): void {
  describe("a promised execution", () => {
    test("has the number that was told, and the time of the telling", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create({ ...STEP_RUN(), at: 1_000 });
      const later = await store.runs.create({ ...STEP_RUN(), at: 1_500 });
      expect([run.number, run.promised?.number, later.number, later.promised?.number]).toEqual([1, 2, 3, 4]);
      const { id, number } = run.promised ?? { id: "", number: 0 };
      expect((await store.runs.findPromise({ number }))?.id).toBe(run.id);
      expect((await store.runs.findPromise({ id }))?.id).toBe(run.id);
      expect((await store.runs.listPromising()).map((each) => each.number)).toEqual([1, 3]);
      const execution = await queueNode(store, run, "a", 2_000);
      expect(execution).toMatchObject({ id, number, createdAt: 1_000, queuedAt: 2_000 });
      expect(await store.executions.get(id)).toMatchObject({ id, number, createdAt: 1_000 });
      expect(await store.runs.findPromise({ number })).toBeUndefined();
      expect((await store.runs.listPromising()).map((each) => each.number)).toEqual([3]);
      expect((await store.runs.get(run.id))?.promised).toBeUndefined();
    });

    test("that a run took from an earlier one is none any more", async () => {
      await using rig = await StoreRig.start(subject);
      const run = await rig.store.runs.create(STEP_RUN());
      await rig.store.runs.setState(run.id, { state: "started", at: 1 });
      await rig.store.runs.setState(run.id, { state: "complete", at: 2 });
      expect(await rig.store.runs.listPromising()).toEqual([]);
    });

    test("is not made where nobody asks for it", async () => {
      await using rig = await StoreRig.start(subject);
      const run = await rig.store.runs.create(newRun());
      expect([run.promised, (await queueNode(rig.store, run, "a")).number]).toEqual([undefined, 2]);
    });
  });

  describe("a list by position", () => {
    test("counts what it finds, and gives the part that is asked for", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      for (const name of ["a", "b", "a", "b", "a"]) {
        const plan = planOf(["n"], { name });
        const run = await store.runs.create(newRun({ plan, actor: name === "a" ? "user:ada" : "user:bob" }));
        await queueNode(store, run, "n");
      }
      const runs = async (query: Parameters<typeof store.lists.runsAt>[0], offset = 0, limit = 2) => {
        const { items, count } = await store.lists.runsAt(query, { offset, limit });
        return [count, ...items.map(({ number }) => number)];
      };
      expect(await runs({})).toEqual([5, 9, 7]);
      expect(await runs({}, 4)).toEqual([5, 1]);
      expect(await runs({}, 5)).toEqual([5]);
      expect(await runs({ actor: "user:bob" }, 0, 9)).toEqual([2, 7, 3]);
      expect(await runs({ name: "a", numbers: [1, 3, 5] }, 0, 9)).toEqual([2, 5, 1]);
      expect(await runs({ kind: "step" })).toEqual([0]);
      expect(await runs({ kind: "pipeline", states: ["created"] }, 1, 1)).toEqual([5, 7]);
      expect(await runs({ numbers: [] })).toEqual([0]);
      const executions = async (query: Parameters<typeof store.lists.executionsAt>[0], offset = 0, limit = 2) => {
        const { items, count } = await store.lists.executionsAt(query, { offset, limit });
        return [count, ...items.map(({ number }) => number)];
      };
      const oldestFirst = { sort: { by: "number", direction: "ascending" } } as const;
      expect(await executions({})).toEqual([5, 10, 8]);
      expect(await executions(oldestFirst, 1)).toEqual([5, 4, 6]);
      expect(await executions({ actor: "user:ada", states: ["queued"] }, 1)).toEqual([3, 6, 2]);
      expect(await executions({ numbers: [2, 10] }, 0, 9)).toEqual([2, 10, 2]);
      expect(await executions({ states: [] })).toEqual([0]);
    });
  });
}
