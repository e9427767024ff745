import { describe, expect, test } from "vitest";
import type { MachineUseRecord } from "../index.ts";
import { newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

function use(cpu: number): MachineUseRecord {
  return {
    ...{ startedAt: 1, at: 2_001, network: "machine", gpus: 2 },
    totals: { cpu },
    measures: { cpu: { peak: cpu, sum: cpu, seconds: 2 } },
    series: { widthS: 2, ends: [2], values: { cpu: [cpu], memory: [null] } },
  };
}

/** The use of the machine by executions. */
export function testMachineUse(subject: StoreSubject): void {
  describe("machine use", () => {
    test("is replaced while an execution runs, stays after its end, and goes with its run", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const [a, b] = [await startNode(store, run, "a"), await startNode(store, run, "b")];
      expect(await store.machineUse.get(a.id)).toBeUndefined();
      await store.machineUse.save([{ executionId: a.id, fence: a.fence, use: use(1) }]);
      await store.machineUse.save([a, b].map(({ id, fence }) => ({ executionId: id, fence, use: use(2) })));
      expect([await store.machineUse.get(a.id), await store.machineUse.get(b.id)]).toEqual([use(2), use(2)]);
      await store.executions.finish(a.id, a.fence, { state: "complete", outputs: [], at: 9 });
      await store.machineUse.save([{ executionId: a.id, fence: a.fence, use: use(3) }]);
      expect(await store.machineUse.get(a.id)).toEqual(use(3));
    });

    test("of an execution that another engine has taken over is left alone", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
      await store.machineUse.save([{ executionId: id, fence, use: use(1) }]);
      await store.machineUse.save([{ executionId: id, fence: fence + 1, use: use(9) }]);
      await store.machineUse.save([{ executionId: crypto.randomUUID(), fence, use: use(9) }]);
      expect(await store.machineUse.get(id)).toEqual(use(1));
    });
  });
}
