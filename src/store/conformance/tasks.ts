import { describe, expect, test } from "vitest";
import type { PlannedTask } from "../../planning/index.ts";
import type { NewExecution, ProjectStore, RunRecord, ValueCondition } from "../index.ts";
import {
  eventsOf,
  lastEventId,
  newRun,
  plannedNode,
  planOf,
  RESOLVED,
  StoreRig,
  type StoreSubject,
  WISH,
} from "./rig.ts";

const RAN = { kind: "ran", why: { kind: "first-time" } } as const;

function plannedTask(): PlannedTask {
  return {
    ...plannedNode("tune"),
    kind: "task",
    task: "sweep",
    sweep: {
      ...{
        method: "tpe",
        seed: 3,
        limit: 5,
        parallel: 2,
        onChildError: "continue-and-error",
        stopCondition: "auc > 1",
      },
      axes: [
        { name: "rate", kind: "range", low: 0.1, high: 1, log: true, whole: false, seed: 1 },
        { name: "depth", kind: "linear", start: 1, step: 1, count: 3, whole: true },
        { name: "scale", kind: "logspace", base: 10, start: -2, step: 1, count: 3, whole: false },
        { name: "model", kind: "list", values: ["forest", null, 3, true] },
      ],
      goals: [{ metric: "auc", direction: "target", value: 0.5 }],
      pruning: { method: "asha", metric: "auc", direction: "max", step: "epoch", min: 1, factor: 3, startup: 5 },
    },
  };
}

async function taskRun(store: ProjectStore): Promise<RunRecord> {
  const plan = { ...planOf(["a"]), kind: "task" as const };
  return await store.runs.create(newRun({ plan: { ...plan, nodes: [plannedTask(), ...plan.nodes] } }));
}

function childOf(run: RunRecord, trial: number): NewExecution {
  return {
    ...{ runId: run.id, node: "tune", step: "train", image: "", environmentName: "local", commit: run.commit },
    ...{ resolved: { ...RESOLVED, parameters: { rate: trial / 10 } }, decision: RAN, trial, at: 2_000 },
  };
}

async function startTrial(store: ProjectStore, run: RunRecord, trial: number) {
  const started = await store.queue.start(childOf(run, trial), { owner: "me" });
  if (started?.fence === undefined) throw new Error(`trial ${trial} did not start`);
  return { id: started.execution.id, number: started.execution.number, fence: started.fence };
}

/** Nodes that have many executions. */
export function testTasks(subject: StoreSubject): void {
  describe("tasks", () => {
    test("are planned, begin once, have trials one by one, and end by themselves", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await taskRun(store);
      expect(run.kind).toBe("task");
      expect(await store.nodes.getPlanned(run.id, "tune")).toEqual(plannedTask());
      expect((await store.nodes.getPlan(run.id))?.nodes[0]).toEqual(plannedTask());
      // Before it has begun there is no place for a trial.
      expect(await store.queue.add(childOf(run, 1))).toBeUndefined();
      const before = await lastEventId(store);
      expect(await store.tasks.begin(run.id, "tune", 50)).toBe(true);
      expect(await store.tasks.begin(run.id, "tune", 60)).toBe(false);
      const first = await startTrial(store, run, 1);
      expect(await store.queue.add(childOf(run, 1))).toBeUndefined();
      const second = await startTrial(store, run, 2);
      await store.metadata.add(first.id, first.fence, [{ offset: 0, at: 3_000, values: { auc: 0.5 } }]);
      await store.executions.finish(first.id, first.fence, { state: "complete", outputs: [], at: 4_000 });
      const node = await store.nodes.get(run.id, "tune");
      expect([node?.state, node?.executionId]).toEqual(["active", undefined]);
      expect(await store.tasks.listTrials(run.id, "tune")).toMatchObject([
        {
          ...{ trial: 1, executionId: first.id, number: first.number, attempt: 1, state: "complete", pruned: false },
          ...{ reused: false, decision: RAN, parameters: { rate: 0.1 }, metadata: { auc: 0.5 }, finishedAt: 4_000 },
        },
        { trial: 2, executionId: second.id, state: "started" },
      ]);
      expect(await store.tasks.getTrial(run.id, "tune", 2)).toMatchObject({ trial: 2, executionId: second.id });
      expect(await store.tasks.getTrial(run.id, "tune", 3)).toBeUndefined();
      expect((await store.executions.get(second.id))?.trial).toBe(2);
      const found = await store.executions.listOfNodes(run.id);
      expect(found.map(({ execution }) => execution.id).sort()).toEqual([first.id, second.id].sort());
      await store.executions.finish(second.id, second.fence, { state: "error", reason: "no", outputs: [], at: 5_000 });
      await store.tasks.finish(run.id, "tune", { state: "error", reason: "1 of 2", best: first.id, at: 6_000 });
      expect(await store.nodes.get(run.id, "tune")).toMatchObject({ state: "error", reason: "1 of 2" });
      // The values of the best one are those of the run.
      expect((await store.lists.nodeValues([run.id])).get(run.id)).toMatchObject([
        { node: "tune", execution: first.number, metadata: { auc: 0.5 } },
      ]);
      const sort = { by: [{ name: "auc" }], direction: "descending" } as const;
      const sorted = async (values?: readonly ValueCondition[]) =>
        (await store.lists.runs({ limit: 1, sort, ...(values && { values }) })).items.map(({ id }) => id);
      expect(await sorted()).toEqual([run.id]);
      expect(await sorted([{ name: "auc", operator: ">", value: 0.4 }])).toEqual([run.id]);
      const events = await eventsOf(store, run.id, before);
      expect(events.filter(({ kind }) => kind === "execution-created" || kind === "node-state")).toMatchObject([
        { kind: "node-state", node: "tune", state: "active" },
        { kind: "execution-created", trial: 1 },
        { kind: "execution-created", trial: 2 },
        { kind: "node-state", node: "tune", state: "error", reason: "1 of 2" },
      ]);
      expect(events.flatMap((event) => (event.kind === "execution-state" ? [[event.trial, event.state]] : []))).toEqual(
        [
          [1, "started"],
          [2, "started"],
          [1, "complete"],
          [2, "error"],
        ],
      );
    });

    test("a trial that failed has another execution where it is tried again, and only then", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await taskRun(store);
      await store.tasks.begin(run.id, "tune", 50);
      const first = await startTrial(store, run, 1);
      const end = { state: "error", reason: "no luck", outputs: [], at: 4_000 } as const;
      await store.executions.finish(first.id, first.fence, { ...end, retryAt: 5_000 });
      expect(await store.tasks.getTrial(run.id, "tune", 1)).toMatchObject({ state: "error", retryAt: 5_000 });
      const second = await startTrial(store, run, 1);
      await store.executions.finish(second.id, second.fence, end);
      expect(await store.queue.add(childOf(run, 1))).toBeUndefined();
      const trials = await store.tasks.listTrials(run.id, "tune");
      expect(trials.map(({ trial, attempt, retryAt }) => [trial, attempt, retryAt])).toEqual([
        [1, 1, 5_000],
        [1, 2, undefined],
      ]);
      expect((await store.nodes.get(run.id, "tune"))?.state).toBe("active");
    });
  });
  testChanges(subject);
  testFiles(subject);
}

function testFiles(subject: StoreSubject): void {
  describe("tasks", () => {
    test("a trial keeps the file that it was given, also where an earlier execution stands for it", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const file = { name: "a/1.png", wildcardRoot: "a", datumId: "d1", sha256: "0".repeat(64), sizeBytes: 3 };
      const run = await taskRun(store);
      await store.tasks.begin(run.id, "tune", 50);
      const started = await store.queue.start({ ...childOf(run, 1), file }, { owner: "me" });
      if (started?.fence === undefined) throw new Error("it did not start");
      const { id: executionId, number: execution } = started.execution;
      await store.executions.finish(executionId, started.fence, { state: "complete", outputs: [], at: 4_000 });
      const decision = { kind: "reused", execution, code: { kind: "unknown", why: "x" } } as const;
      const next = await taskRun(store);
      await store.tasks.begin(next.id, "tune", 50);
      const taken = { executionId, decision };
      await store.tasks.reuse(
        next.id,
        "tune",
        [
          { ...taken, trial: 1, file },
          { ...taken, trial: 5 },
        ],
        60,
      );
      expect(await store.tasks.listTrials(run.id, "tune")).toMatchObject([{ trial: 1, reused: false, file }]);
      expect(await store.tasks.getTrial(next.id, "tune", 1)).toMatchObject({ reused: true, file });
      const some = await store.tasks.listTrials(next.id, "tune", { from: 2, to: 5 });
      expect(some.map(({ trial, file: own }) => [trial, own])).toEqual([[5, undefined]]);
    });
  });
}

function testChanges(subject: StoreSubject): void {
  describe("tasks", () => {
    test("a trial may be an execution of an earlier run; one that has an execution keeps it", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const earlier = await taskRun(store);
      await store.tasks.begin(earlier.id, "tune", 50);
      const made = await startTrial(store, earlier, 1);
      await store.executions.finish(made.id, made.fence, { state: "complete", outputs: [], at: 4_000 });
      const run = await taskRun(store);
      await store.tasks.begin(run.id, "tune", 50);
      const decision = { kind: "reused", execution: made.number, code: { kind: "unknown", why: "x" } } as const;
      const taken = { trial: 1, executionId: made.id, decision };
      await store.tasks.reuse(run.id, "tune", [taken], 60);
      await store.tasks.reuse(run.id, "tune", [taken], 70);
      expect(await store.tasks.listTrials(run.id, "tune")).toMatchObject([{ trial: 1, reused: true, decision }]);
      expect(await store.queue.add(childOf(run, 1))).toBeUndefined();
      const gone = { ...taken, trial: 2, executionId: run.id };
      await expect(store.tasks.reuse(run.id, "tune", [gone], 80)).rejects.toMatchObject({ why: "lost" });
    });

    test("members of a group are made and claimed together where the limits leave room, or none is", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await taskRun(store);
      await store.tasks.begin(run.id, "tune", 50);
      const group = [1, 2, 3].map((trial) => ({ ...childOf(run, trial), isMember: true as const }));
      const environment = group[0]?.environmentName ?? "";
      for (const limits of [{ project: 2 }, { environments: { [environment]: 2 } }])
        expect(await store.queue.startGroup(group, { owner: "me", limits })).toBeUndefined();
      expect(await store.tasks.listTrials(run.id, "tune")).toEqual([]);
      const started = (await store.queue.startGroup(group, { owner: "me", limits: { project: 3 } })) ?? [];
      expect(started.map(({ execution, fence }) => [execution.trial, execution.attempt, fence])).toEqual(
        [1, 2, 3].map((trial) => [trial, 1, 1]),
      );
      await expect(store.queue.startGroup(group, { owner: "me" })).rejects.toMatchObject({ why: "lost" });
      for (const [index, { execution, fence }] of started.entries()) {
        const state = (["complete", "error", "stopped"] as const)[index] ?? "error";
        await store.executions.finish(execution.id, fence, { state, outputs: [], at: 4_000 });
      }
      const again = (await store.queue.startGroup(group, { owner: "me" })) ?? [];
      expect(again.map(({ execution }) => execution.attempt)).toEqual([2, 2, 2]);
    });

    test("tasks are listed with the newest run first, once they have begun", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const runs = [await taskRun(store), await taskRun(store), await taskRun(store)] as const;
      for (const run of runs.slice(0, 2)) {
        await store.tasks.begin(run.id, "tune", 50);
        await startTrial(store, run, 1);
        await startTrial(store, run, 2);
      }
      const [first, second] = runs;
      await store.tasks.finish(first.id, "tune", { state: "stopped", at: 90 });
      const span = { offset: 0, limit: 5 };
      const ofRun = (run: { readonly id: string }) => ({ runId: run.id, node: "tune" });
      expect(await store.tasks.list({}, span)).toEqual({ items: [ofRun(second), ofRun(first)], count: 2 });
      expect(await store.tasks.list({ direction: "ascending" }, { offset: 1, limit: 1 })).toEqual({
        ...{ items: [ofRun(second)], count: 2 },
      });
      for (const filter of [{ states: ["stopped" as const] }, { runs: [first.number] }])
        expect(await store.tasks.list(filter, span)).toEqual({ items: [ofRun(first)], count: 1 });
      for (const filter of [{ states: [] }, { runs: [second.number + 100] }, { actor: "user:nobody" }])
        expect(await store.tasks.list(filter, span)).toEqual({ items: [], count: 0 });
    });

    test("people stop it, add trials to it and prune its trials while it goes on", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await taskRun(store);
      await store.tasks.begin(run.id, "tune", 50);
      const { id } = await startTrial(store, run, 1);
      expect(await store.tasks.wishes(run.id, "tune")).toEqual({ moreTrials: 0, stop: false });
      await store.tasks.addTrials(run.id, "tune", { count: 2, ...WISH });
      await store.tasks.addTrials(run.id, "tune", { count: 3, ...WISH });
      const request = { executionId: id, reason: "pruned: slow", at: 70 };
      expect(await store.tasks.prune(run.id, "tune", request)).toBe(true);
      expect(await store.tasks.prune(run.id, "tune", request)).toBe(false);
      expect(await store.tasks.getTrial(run.id, "tune", 1)).toMatchObject({ pruned: true });
      expect((await store.runs.getStopRequests(run.id)).reasons).toEqual({ [id]: "pruned: slow" });
      expect(await store.tasks.requestStop(run.id, "tune", WISH)).toBe(true);
      expect(await store.tasks.wishes(run.id, "tune")).toEqual({ moreTrials: 5, stop: true });
      await store.tasks.finish(run.id, "tune", { state: "stopped", at: 90 });
      expect(await store.tasks.requestStop(run.id, "tune", WISH)).toBe(false);
      await expect(store.tasks.addTrials(run.id, "tune", { count: 1, ...WISH })).rejects.toMatchObject({
        why: "ended",
      });
    });
  });
}
