import { describe, expect, test } from "vitest";
import type { ProjectStore } from "../project/project-store.ts";
import { outcomeOf, type Refusal } from "../refused-write.ts";
import { newRun, StoreRig, type StoreSubject, startNode, UNKNOWN_ID } from "./rig.ts";

interface Scene {
  readonly store: ProjectStore;
  readonly runId: string;
  /** Started, under fence 1. */
  readonly executionId: string;
}

const END = { state: "complete", exitCode: 0, outputs: [], at: 9 } as const;
const POINT = { offset: 0, at: 1, values: { loss: 1 } };
const STOPPED = { state: "stopped", at: 8 } as const;

const WRITES: readonly (readonly [string, Refusal, (scene: Scene) => Promise<unknown>])[] = [
  [
    "the end of an execution under another's fence",
    "fence",
    ({ store, executionId }) => store.executions.finish(executionId, 7, END),
  ],
  [
    "a change under another's fence",
    "fence",
    ({ store, executionId }) => store.executions.update(executionId, 7, { at: 1 }),
  ],
  ["metadata under another's fence", "fence", ({ store, executionId }) => store.metadata.add(executionId, 7, [POINT])],
  ["inputs under another's fence", "fence", ({ store, executionId }) => store.data.setInputFiles(executionId, 7, [])],
  [
    "a run's state under another's fence",
    "fence",
    ({ store, runId }) => store.runs.setState(runId, { ...STOPPED, fence: 7 }),
  ],
  ["nodes of a run under another's fence", "fence", ({ store, runId }) => store.nodes.skip(runId, ["b"], "why", 1, 7)],
  [
    "a second end",
    "ended",
    async ({ store, executionId }) => {
      await store.executions.finish(executionId, 1, END);
      await store.executions.finish(executionId, 1, END);
    },
  ],
  [
    "metadata after the end",
    "ended",
    async ({ store, executionId }) => {
      await store.executions.finish(executionId, 1, END);
      await store.metadata.add(executionId, 1, [POINT]);
    },
  ],
  [
    "a run's state after its end",
    "ended",
    async ({ store, runId }) => {
      await store.runs.setState(runId, STOPPED);
      await store.runs.setState(runId, { state: "started", at: 9 });
    },
  ],
  [
    "a node of a run that has ended",
    "ended",
    async ({ store, runId }) => {
      await store.runs.setState(runId, STOPPED);
      await store.nodes.reuse(runId, [], 9);
    },
  ],
  [
    "a state that the present one does not lead to",
    "lost",
    ({ store, runId }) => store.runs.setState(runId, { state: "complete", at: 1 }),
  ],
];

/** Guarded writes that are refused say why, and nothing of them is written. */
export function testRefusals(subject: StoreSubject): void {
  describe("refused writes", () => {
    test.each(WRITES)("%s: %s", async (_, why, write) => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const { id } = await startNode(store, run, "a");
      expect(await outcomeOf(write({ store, runId: run.id, executionId: id }))).toEqual({ ok: false, why });
      expect(await store.metadata.list(id, { limit: 9 })).toEqual([]);
      expect((await store.nodes.get(run.id, "b"))?.state).toBe("waiting");
    });

    test("a conflict of another kind is no refusal", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const datum = { id: UNKNOWN_ID, name: "x", sizeBytes: 1, sha256: "a".repeat(64), properties: {} };
      expect(await outcomeOf(store.data.add(datum, 1))).toMatchObject({ ok: true, value: { id: UNKNOWN_ID } });
      await expect(outcomeOf(store.data.add({ ...datum, sha256: "b".repeat(64) }, 2))).rejects.toMatchObject({
        code: "HR_CONFLICT",
      });
    });
  });
}
