import { describe, expect, test } from "vitest";
import { EVENT_BODY } from "../documents/event-document.ts";
import type { RunQuery } from "../index.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { RunState } from "../records.ts";
import { RUN_TRANSITIONS } from "../transitions.ts";
import {
  eventsOf,
  expectFailure,
  newRun,
  plannedNode,
  planOf,
  queueNode,
  STEP,
  StoreRig,
  type StoreSubject,
  UNKNOWN_ID,
} from "./rig.ts";

/** A way to each state. */
const PATHS: Readonly<Record<RunState, readonly RunState[]>> = {
  created: [],
  queued: ["queued"],
  started: ["started"],
  stopping: ["started", "stopping"],
  complete: ["started", "complete"],
  error: ["started", "error"],
  stopped: ["stopped"],
};
const STATES = Object.keys(PATHS) as RunState[];

export function testRuns(subject: StoreSubject): void {
  describe("runs", () => {
    testCreation(subject);
    testPlans(subject);
    testStates(subject);
    testNodes(subject);
    testLists(subject);
  });
}

function testCreation(subject: StoreSubject): void {
  test("a run is recorded with its nodes, its tags and the next number", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const plan = planOf(["fetch", "train"], { parameters: { days: 7, "set-name": ["x", null, 1.5, true] } });
    const run = await store.runs.create(
      newRun({ plan, title: "Monday’s run", tags: ["nightly", "gpu", "nightly"], jobs: 3, at: 1_234 }),
    );
    expect(run).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      number: 1,
      kind: "pipeline",
      name: "daily",
      state: "created",
      title: "Monday’s run",
      tags: ["nightly", "gpu"],
      parameters: { days: 7, "set-name": ["x", null, 1.5, true] },
      commit: "~abc",
      jobs: 3,
      actor: "local:ada",
      pool: "",
      fence: 0,
      createdAt: 1_234,
    });
    expect(await store.runs.get(run.id)).toEqual(run);
    expect(await store.findByNumber(1)).toEqual({ kind: "run", run });
    expect(await store.nodes.list(run.id)).toEqual([
      { runId: run.id, name: "fetch", index: 0, state: "waiting" },
      { runId: run.id, name: "train", index: 1, state: "waiting" },
    ]);
    expect(await store.events.list({ afterId: 0, limit: 10 })).toEqual([
      {
        ...{
          id: expect.any(Number),
          at: 1_234,
          project: store.project.id,
          actor: "local:ada",
          subject: { kind: "run", id: run.id },
          v: EVENT_BODY.version,
        },
        body: { kind: "run-created", runId: run.id, number: 1, name: "daily" },
      },
    ]);
  });

  test("an empty project has no runs and no latest number", async () => {
    await using rig = await StoreRig.start(subject);
    expect(await rig.store.runs.latestNumber()).toBeUndefined();
    expect((await rig.store.lists.runs({ limit: 10 })).items).toEqual([]);
    expect(await rig.store.findByNumber(1)).toBeUndefined();
    expect(await rig.store.runs.get(UNKNOWN_ID)).toBeUndefined();
    expect(await rig.store.nodes.getPlan(UNKNOWN_ID)).toBeUndefined();
    expect(await rig.store.nodes.list(UNKNOWN_ID)).toEqual([]);
  });

  test("runs and executions share one counter", async () => {
    await using rig = await StoreRig.start(subject);
    const first = await rig.store.runs.create(newRun());
    const execution = await queueNode(rig.store, first, "a");
    const second = await rig.store.runs.create(newRun());
    expect([first.number, execution.number, second.number]).toEqual([1, 2, 3]);
    expect(await rig.store.runs.latestNumber()).toBe(3);
    expect(await rig.store.findByNumber(2)).toEqual({ kind: "execution", execution });
  });

  test("names in any script, quotes and control characters come back as they were", async () => {
    await using rig = await StoreRig.start(subject);
    const odd = "Zürich 東京 🎉 'quoted' \"double\" \\ back\nline\ttab; drop table runs --";
    const run = await rig.store.runs.create(newRun({ plan: planOf([odd], { name: odd }), title: odd, tags: [odd] }));
    expect(run).toMatchObject({ name: odd, title: odd, tags: [odd] });
    expect(await rig.store.nodes.get(run.id, odd)).toMatchObject({ name: odd });
    expect((await rig.store.lists.runs({ limit: 1, tags: [odd], name: odd })).items).toEqual([run]);
  });
}

function testPlans(subject: StoreSubject): void {
  test("the plan comes back as it was given, steps shared or not", async () => {
    await using rig = await StoreRig.start(subject);
    const plan = planOf([], {
      parameters: { "learning rate": 0.1 },
      nodes: [
        plannedNode("a", { parameters: { big: 1e21, text: "é\u0000", list: [1, "two", null] } }),
        plannedNode("b", { step: { ...STEP }, dependsOn: ["a"] }),
        plannedNode("c", { step: { ...STEP, image: "other", timeLimitS: 60 }, onError: "continue" }),
      ],
    });
    const run = await rig.store.runs.create(newRun({ plan }));
    expect(await rig.store.nodes.getPlan(run.id)).toEqual(plan);
  });

  test("a plan of a single step, and one without nodes", async () => {
    await using rig = await StoreRig.start(subject);
    for (const plan of [planOf(["train"], { kind: "step", name: "train" }), planOf([])]) {
      const run = await rig.store.runs.create(newRun({ plan }));
      expect(run.kind).toBe(plan.kind);
      expect(await rig.store.nodes.getPlan(run.id)).toEqual(plan);
      expect(await rig.store.nodes.list(run.id)).toHaveLength(plan.nodes.length);
    }
  });

  test("a plan of 5,000 nodes keeps their order", async () => {
    await using rig = await StoreRig.start(subject);
    const names = Array.from({ length: 5_000 }, (_, index) => `node ${(index * 7_919) % 5_000}`);
    const run = await rig.store.runs.create(newRun({ plan: planOf(names) }));
    expect((await rig.store.nodes.list(run.id)).map((node) => node.name)).toEqual(names);
    expect((await rig.store.nodes.getPlan(run.id))?.nodes.map((node) => node.name)).toEqual(names);
  });
}

function testStates(subject: StoreSubject): void {
  test("start and end are kept with their times and the reason", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ at: 10 }));
    await store.runs.setState(run.id, { state: "started", at: 20 });
    expect(await store.runs.get(run.id)).toEqual({ ...run, state: "started", startedAt: 20 });
    await store.runs.setState(run.id, { state: "stopping", reason: "you asked for it", at: 30 });
    expect(await store.runs.get(run.id)).toEqual({
      ...run,
      state: "stopping",
      reason: "you asked for it",
      startedAt: 20,
    });
    await store.runs.setState(run.id, { state: "complete", at: 40 });
    expect(await store.runs.get(run.id)).toEqual({ ...run, state: "complete", startedAt: 20, finishedAt: 40 });
    expect((await eventsOf(store, run.id)).slice(1)).toEqual([
      { kind: "run-state", runId: run.id, state: "started" },
      { kind: "run-state", runId: run.id, state: "stopping", reason: "you asked for it" },
      { kind: "run-state", runId: run.id, state: "complete" },
    ]);
  });

  test.each(STATES)("from %s a run goes where the table says, and nowhere else", async (from) => {
    await using rig = await StoreRig.start(subject);
    for (const to of STATES) {
      const run = await rig.store.runs.create(newRun());
      for (const state of PATHS[from]) await rig.store.runs.setState(run.id, { state, at: 1 });
      const before = await rig.store.runs.get(run.id);
      const change = rig.store.runs.setState(run.id, { state: to, at: 2 });
      if (RUN_TRANSITIONS[from].includes(to)) {
        await change;
        expect(await rig.store.runs.get(run.id)).toMatchObject({ state: to });
      } else if (from === to && RUN_TRANSITIONS[from].length > 0) {
        await change;
        expect(await rig.store.runs.get(run.id)).toEqual(before);
      } else {
        await expect(change).rejects.toMatchObject({ code: "HR_CONFLICT" });
        expect(await rig.store.runs.get(run.id)).toEqual(before);
      }
    }
  });

  test("a repeated request changes nothing and is no event", async () => {
    await using rig = await StoreRig.start(subject);
    const run = await rig.store.runs.create(newRun());
    await rig.store.runs.setState(run.id, { state: "started", at: 1 });
    await rig.store.runs.setState(run.id, { state: "started", reason: "again", at: 2 });
    expect(await rig.store.runs.get(run.id)).toEqual({ ...run, state: "started", startedAt: 1 });
    expect(await eventsOf(rig.store, run.id)).toHaveLength(2);
  });

  test("refusals say what stands and what was wanted", async () => {
    await using rig = await StoreRig.start(subject);
    const run = await rig.store.runs.create(newRun());
    await expectFailure(rig.store.runs.setState(run.id, { state: "complete", at: 1 }), {
      code: "HR_CONFLICT",
      message: "run 1 is created and cannot become complete",
      hint: "read its record again; another process has changed it",
    });
    await rig.store.runs.setState(run.id, { state: "stopped", reason: "not wanted", at: 1 });
    await expectFailure(rig.store.runs.setState(run.id, { state: "stopped", at: 2 }), {
      code: "HR_CONFLICT",
      message: "run 1 has ended already (stopped) and cannot become stopped",
      hint: "read its record again; another process has finished it",
    });
    await expectFailure(rig.store.runs.setState(UNKNOWN_ID, { state: "started", at: 1 }), {
      code: "HR_NOT_FOUND",
      message: `no run with the id ${UNKNOWN_ID} is recorded`,
      hint: "the overview lists the runs",
    });
  });
}

function testNodes(subject: StoreSubject): void {
  test("waiting nodes are skipped with a reason, others are left alone", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) }));
    const execution = await queueNode(store, run, "a");
    await store.nodes.skip(run.id, ["a", "b", "b", "no such node"], "“a” failed", 50);
    expect(await store.nodes.list(run.id)).toEqual([
      { runId: run.id, name: "a", index: 0, state: "active", executionId: execution.id },
      { runId: run.id, name: "b", index: 1, state: "skipped", reason: "“a” failed" },
      { runId: run.id, name: "c", index: 2, state: "waiting" },
    ]);
    expect((await eventsOf(store, run.id)).slice(3)).toEqual([
      { kind: "node-state", runId: run.id, node: "b", state: "skipped", reason: "“a” failed" },
    ]);
    await expect(store.nodes.skip(UNKNOWN_ID, ["a"], "why", 1)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
  });

  test("one node is found by its name", async () => {
    await using rig = await StoreRig.start(subject);
    const run = await rig.store.runs.create(newRun());
    const execution = await queueNode(rig.store, run, "b");
    expect(await rig.store.nodes.get(run.id, "b")).toEqual({
      runId: run.id,
      name: "b",
      index: 1,
      state: "active",
      executionId: execution.id,
    });
    expect(await rig.store.nodes.get(run.id, "z")).toBeUndefined();
    expect(await rig.store.nodes.get(UNKNOWN_ID, "b")).toBeUndefined();
  });
}

/**
 * Runs 1 to 6; even ones are called “even”, those divisible by three are tagged “three”; 1 and 4 started, 2 and 6
 * stopped, 3 complete.
 */
async function sixRuns(store: ProjectStore): Promise<void> {
  const states: readonly RunState[] = ["started", "stopped", "complete", "started", "created", "stopped"];
  for (const [index, state] of states.entries()) {
    const number = index + 1;
    const plan = planOf(["a"], { name: number % 2 === 0 ? "even" : "odd" });
    const run = await store.runs.create(newRun({ plan, tags: ["all", ...(number % 3 === 0 ? ["three"] : [])] }));
    for (const step of PATHS[state]) await store.runs.setState(run.id, { state: step, at: 1 });
  }
}

function testLists(subject: StoreSubject): void {
  test.each<{ readonly filter: RunQuery; readonly numbers: readonly number[] }>([
    { filter: { limit: 10 }, numbers: [6, 5, 4, 3, 2, 1] },
    { filter: { limit: 2 }, numbers: [6, 5] },
    { filter: { limit: 2, below: 5 }, numbers: [4, 3] },
    { filter: { limit: 0 }, numbers: [] },
    { filter: { limit: 10, states: ["started"] }, numbers: [4, 1] },
    { filter: { limit: 10, states: ["stopped", "complete", "stopped"] }, numbers: [6, 3, 2] },
    { filter: { limit: 2, states: ["stopped", "complete"], below: 6 }, numbers: [3, 2] },
    { filter: { limit: 10, states: [] }, numbers: [] },
    { filter: { limit: 10, name: "even" }, numbers: [6, 4, 2] },
    { filter: { limit: 10, name: "eve" }, numbers: [] },
    { filter: { limit: 10, name: "even", states: ["stopped"] }, numbers: [6, 2] },
    { filter: { limit: 10, tags: ["three"] }, numbers: [6, 3] },
    { filter: { limit: 3, tags: ["all"], below: 6 }, numbers: [5, 4, 3] },
    { filter: { limit: 10, tags: ["three"], name: "odd" }, numbers: [3] },
    { filter: { limit: 10, tags: ["all"], states: ["started", "created"], name: "odd" }, numbers: [5, 1] },
  ])("listing with $filter gives $numbers", async ({ filter, numbers }) => {
    await using rig = await StoreRig.start(subject);
    await sixRuns(rig.store);
    expect((await rig.store.lists.runs(filter)).items.map((run) => run.number)).toEqual(numbers);
  });
}
