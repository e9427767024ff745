import { describe, expect, test } from "vitest";
import type { StepChecksRecord } from "../index.ts";
import { newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

function checks(rows: number): StepChecksRecord {
  const check = {
    figure: "rows",
    subject: null,
    expected: "row count 3",
    severity: "error",
    outcome: "passed",
  } as const;
  const none = { rows: null, bad: null, error: null, description: null };
  return {
    ...{ at: 1, verdict: "passed", passed: 1, warned: 0, failed: 0 },
    subjects: [
      {
        ...{ kind: "input", name: "flights", files: ["july.csv"], rows },
        checks: [{ ...check, ...none, observed: rows, examples: [{ row: 1, values: { a: null, b: "x" } }] }],
      },
    ],
  };
}

/** The results of the checks of executions. */
export function testStepChecks(subject: StoreSubject): void {
  describe("checks of steps", () => {
    test("are replaced while an execution runs, and at its end in the same transaction", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
      expect(await store.stepChecks.get(id)).toBeUndefined();
      await store.stepChecks.save(id, fence, checks(1));
      await store.stepChecks.save(id, fence, checks(2));
      await store.stepChecks.save(id, fence + 1, checks(9));
      expect(await store.stepChecks.get(id)).toEqual(checks(2));
      await store.executions.finish(id, fence, { state: "complete", outputs: [], checks: checks(3), at: 9 });
      expect(await store.stepChecks.get(id)).toEqual(checks(3));
    });

    test("of earlier complete executions of a step are found, the newest first", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const ended = [];
      for (const [rows, state] of [
        [1, "complete"],
        [2, "complete"],
        [3, "error"],
        [4, "complete"],
      ] as const) {
        const { id, fence, number } = await startNode(store, await store.runs.create(newRun()), "a");
        await store.executions.finish(id, fence, { state, outputs: [], checks: checks(rows), at: 9 });
        ended.push({ id, number, step: (await store.executions.get(id))?.step ?? "" });
      }
      const last = ended[3];
      if (last === undefined) throw new Error("there is no last execution");
      const before = await store.stepChecks.before({ step: last.step, number: last.number, limit: 5 });
      expect(before).toEqual([
        { executionId: ended[1]?.id, number: ended[1]?.number, checks: checks(2) },
        { executionId: ended[0]?.id, number: ended[0]?.number, checks: checks(1) },
      ]);
      expect(await store.stepChecks.before({ step: "another", number: last.number, limit: 5 })).toEqual([]);
    });
  });
}
