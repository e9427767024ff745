import { describe, expect, test } from "vitest";
import {
  eventsOf,
  expectFailure,
  newRun,
  plannedNode,
  planOf,
  RESOLVED,
  STEP,
  StoreRig,
  type StoreSubject,
  UNKNOWN_ID,
} from "./rig.ts";

export function testDrivers(subject: StoreSubject): void {
  describe("drivers", () => {
    test("a run has its driver from its first moment, or waits for one", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const driven = await store.runs.create(newRun({ pool: "s3://bucket/x", owner: "one" }));
      expect(driven).toMatchObject({ pool: "s3://bucket/x", owner: "one", fence: 1 });
      const waiting = await store.runs.create(newRun());
      expect(waiting).toMatchObject({ pool: "", fence: 0 });
      expect(waiting).not.toHaveProperty("owner");
      expect(await store.runs.claim(waiting.id, 0, "two")).toBe(1);
      expect(await store.runs.get(waiting.id)).toMatchObject({ owner: "two", fence: 1 });
      expect(await store.runs.claim(waiting.id, 1, undefined)).toBe(2);
      expect(await store.runs.get(waiting.id)).toEqual({ ...waiting, fence: 2 });
    });

    test("one of many takes over, and nobody takes a run that has ended", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const second = await rig.open();
      const { id } = await store.runs.create(newRun({ owner: "dead" }));
      const before = await eventsOf(store);
      const fences = await Promise.all(
        ["a", "b", "c", "d"].map((owner, index) => (index % 2 ? store : second).runs.claim(id, 1, owner)),
      );
      expect(fences.filter((fence) => fence !== undefined)).toEqual([2]);
      expect(await eventsOf(store)).toEqual(before);
      await store.runs.setState(id, { state: "stopped", at: 5, fence: 2 });
      expect(await store.runs.claim(id, 2, "late")).toBeUndefined();
      await expect(store.runs.claim(UNKNOWN_ID, 0, "x")).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    });

    test("who has been replaced can no longer decide anything", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id, commit } = await store.runs.create(newRun({ owner: "one" }));
      await store.runs.setState(id, { state: "started", at: 5, fence: 1 });
      await store.runs.claim(id, 1, "ml2:17");
      const execution = {
        runId: id,
        node: "a",
        step: "s",
        image: "i",
        environmentName: "local",
        commit,
        resolved: RESOLVED,
        at: 6,
      };
      const before = {
        run: await store.runs.get(id),
        nodes: await store.nodes.list(id),
        events: await eventsOf(store),
      };
      const writes = [
        () => store.runs.setState(id, { state: "complete", at: 6, fence: 1 }),
        () => store.nodes.skip(id, ["b"], "why", 6, 1),
        () => store.queue.add({ ...execution, runFence: 1 }),
        () => store.queue.start({ ...execution, runFence: 1 }, { owner: "one" }),
      ];
      for (const write of writes) {
        await expectFailure(write(), {
          code: "HR_CONFLICT",
          message: "run 1 is driven by ml2:17 under fence 2; a write with fence 1 is refused",
          hint: "stop driving this run: another engine has taken it over",
        });
      }
      expect({
        run: await store.runs.get(id),
        nodes: await store.nodes.list(id),
        events: await eventsOf(store),
      }).toEqual(before);
      await store.nodes.skip(id, ["b"], "why", 6, 2);
      expect(await store.queue.add({ ...execution, runFence: 2 })).toMatchObject({ state: "queued" });
      await store.runs.setState(id, { state: "complete", at: 7, fence: 2 });
    });

    test("a node's plan is read alone", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const nodes = [
        plannedNode("a"),
        plannedNode("b", { step: { ...STEP, name: "other" }, dependsOn: ["a"] }),
        plannedNode("c"),
      ];
      const run = await store.runs.create(newRun({ plan: planOf([], { nodes }) }));
      for (const node of nodes) expect(await store.nodes.getPlanned(run.id, node.name)).toEqual(node);
      expect(await store.nodes.getPlanned(run.id, "d")).toBeUndefined();
      expect(await store.nodes.getPlanned(UNKNOWN_ID, "a")).toBeUndefined();
    });
  });
}
