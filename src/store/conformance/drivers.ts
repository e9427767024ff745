import { describe, expect, test } from "vitest";
import { eventsOf, expectFailure, newRun, plannedNode, planOf, RESOLVED, STEP, StoreRig, type StoreSubject, UNKNOWN_ID } from "./rig.ts";

export function testDrivers(subject: StoreSubject): void {
  describe("drivers", () => {
    test("a run has its driver from its first moment, or waits for one", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const driven = await store.createRun(newRun({ pool: "s3://bucket/x", owner: "one" }));
      expect(driven).toMatchObject({ pool: "s3://bucket/x", owner: "one", fence: 1 });
      const waiting = await store.createRun(newRun());
      expect(waiting).toMatchObject({ pool: "", fence: 0 });
      expect(waiting).not.toHaveProperty("owner");
      expect(await store.claimRun(waiting.id, 0, "two")).toBe(1);
      expect(await store.getRun(waiting.id)).toMatchObject({ owner: "two", fence: 1 });
      expect(await store.claimRun(waiting.id, 1, undefined)).toBe(2);
      expect(await store.getRun(waiting.id)).toEqual({ ...waiting, fence: 2 });
    });

    test("one of many takes over, and nobody takes a run that has ended", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const second = await rig.open();
      const { id } = await store.createRun(newRun({ owner: "dead" }));
      const before = await eventsOf(store);
      const fences = await Promise.all(["a", "b", "c", "d"].map((owner, index) => (index % 2 ? store : second).claimRun(id, 1, owner)));
      expect(fences.filter((fence) => fence !== undefined)).toEqual([2]);
      expect(await eventsOf(store)).toEqual(before);
      await store.setRunState(id, { state: "stopped", at: 5, fence: 2 });
      expect(await store.claimRun(id, 2, "late")).toBeUndefined();
      await expect(store.claimRun(UNKNOWN_ID, 0, "x")).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    });

    test("who has been replaced can no longer decide anything", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id, commit } = await store.createRun(newRun({ owner: "one" }));
      await store.setRunState(id, { state: "started", at: 5, fence: 1 });
      await store.claimRun(id, 1, "ml2:17");
      const execution = { runId: id, node: "a", step: "s", image: "i", environmentName: "local", commit, resolved: RESOLVED, at: 6 };
      const before = { run: await store.getRun(id), nodes: await store.listNodes(id), events: await eventsOf(store) };
      const writes = [
        () => store.setRunState(id, { state: "complete", at: 6, fence: 1 }),
        () => store.skipNodes(id, ["b"], "why", 6, 1),
        () => store.createExecution({ ...execution, runFence: 1 }),
        () => store.startExecution({ ...execution, runFence: 1 }, { owner: "one" }),
      ];
      for (const write of writes) {
        await expectFailure(write(), {
          code: "HR_CONFLICT",
          message: "Run 1 is driven by ml2:17 under fence 2; a write with fence 1 is refused.",
          hint: "Stop driving this run: another engine has taken it over.",
        });
      }
      expect({ run: await store.getRun(id), nodes: await store.listNodes(id), events: await eventsOf(store) }).toEqual(before);
      await store.skipNodes(id, ["b"], "why", 6, 2);
      expect(await store.createExecution({ ...execution, runFence: 2 })).toMatchObject({ state: "queued" });
      await store.setRunState(id, { state: "complete", at: 7, fence: 2 });
    });

    test("a node's plan is read alone", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const nodes = [plannedNode("a"), plannedNode("b", { step: { ...STEP, name: "other" }, dependsOn: ["a"] }), plannedNode("c")];
      const run = await store.createRun(newRun({ plan: planOf([], { nodes }) }));
      for (const node of nodes) expect(await store.getPlannedNode(run.id, node.name)).toEqual(node);
      expect(await store.getPlannedNode(run.id, "d")).toBeUndefined();
      expect(await store.getPlannedNode(UNKNOWN_ID, "a")).toBeUndefined();
    });
  });
}
