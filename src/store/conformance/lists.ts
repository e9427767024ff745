import { expect, test } from "vitest";
import type { NodeValueName } from "../index.ts";
import { newRun, planOf, queueNode, StoreRig, type StoreSubject } from "./rig.ts";

/** Lists of runs show values behind nodes, and how far a run is. */
export function testLists(subject: StoreSubject): void {
  test("values of nodes come in the order of the plan, reused ones with those of their execution", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.runs.create(newRun({ plan: planOf(["b", "a", "c"]) }));
    for (const node of ["a", "b"]) {
      const { id, number } = await queueNode(store, first, node);
      const fence = (await store.queue.claim(id, "me", 1)) ?? -1;
      await store.metadata.add(id, fence, [{ offset: 0, at: 1, values: { auc: number } }]);
      await store.executions.finish(id, fence, { state: "complete", outputs: [], at: 2 });
    }
    const second = await store.runs.create(newRun({ plan: planOf(["b", "a"]) }));
    const source = (await store.nodes.get(first.id, "a"))?.executionId ?? "";
    const code = { kind: "snapshot", manifestSha256: "c".repeat(64), why: { kind: "asked" } } as const;
    const decision = { kind: "reused", execution: 2, code } as const;
    await store.nodes.reuse(second.id, [{ node: "a", executionId: source, decision }], 3);

    const values = await store.lists.nodeValues([first.id, second.id, "no run"]);
    const shown = (runId: string) =>
      values.get(runId)?.map(({ node, execution, reused, metadata }) => ({ node, execution, reused, metadata }));
    expect(shown(first.id)).toEqual([
      { node: "b", execution: 3, reused: false, metadata: { auc: 3 } },
      { node: "a", execution: 2, reused: false, metadata: { auc: 2 } },
    ]);
    expect(shown(second.id)).toEqual([{ node: "a", execution: 2, reused: true, metadata: { auc: 2 } }]);
    expect(shown("no run")).toEqual([]);

    // The value of `a` counts of the first run, as it comes after `b`: it equals that of the second, which is newer.
    for (const direction of ["descending", "ascending"] as const) {
      const of = async (by: readonly NodeValueName[]) =>
        (await store.lists.runs({ limit: 9, sort: { by, direction } })).items.map(({ id }) => id);
      expect(await of([{ name: "auc" }])).toEqual([second.id, first.id]);
      expect(await of([{ node: "b", name: "auc" }])).toEqual([first.id, second.id]);
    }

    expect(Object.fromEntries(await store.lists.progress([first.id, second.id]))).toEqual({
      [first.id]: { nodes: 3, ended: 2, approvals: 0, allReused: false },
      [second.id]: { nodes: 2, ended: 1, approvals: 0, allReused: true },
    });
  });
}
