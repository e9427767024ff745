import { describe, expect, test } from "vitest";
import type { ExecutionQuery } from "../index.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { FinalState, RunState } from "../records.ts";
import { EXECUTION_TRANSITIONS } from "../transitions.ts";
import {
  eventsOf,
  expectFailure,
  lastEventId,
  newRun,
  planOf,
  queueNode,
  RESOLVED,
  StoreRig,
  type StoreSubject,
  startNode,
  UNKNOWN_ID,
} from "./rig.ts";

export function testExecutions(subject: StoreSubject): void {
  describe("executions", () => {
    testCreation(subject);
    testUpdates(subject);
    testEnds(subject);
    testTransitions(subject);
    testLists(subject);
  });
}

function testCreation(subject: StoreSubject): void {
  test("a waiting node becomes a queued execution", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const execution = await queueNode(store, run, "a", 77);
    expect(execution).toEqual({
      id: expect.any(String),
      number: 2,
      runId: run.id,
      node: "a",
      step: "train",
      state: "queued",
      commit: "~abc",
      image: "python:3.12",
      environmentName: "local",
      attempt: 1,
      command: RESOLVED.command,
      parameters: RESOLVED.parameters,
      inputs: RESOLVED.inputs,
      environmentVariables: RESOLVED.environmentVariables,
      environment: {},
      metadata: {},
      createdAt: 77,
      queuedAt: 77,
    });
    expect(await store.executions.get(execution.id)).toEqual(execution);
    expect((await eventsOf(store, run.id)).slice(1)).toEqual([
      { kind: "node-state", runId: run.id, node: "a", state: "active" },
      { kind: "execution-created", runId: run.id, executionId: execution.id, number: 2, node: "a", step: "train" },
    ]);
  });

  test("a node is taken once, and takes no second number", async () => {
    await using rig = await StoreRig.start(subject);
    const run = await rig.store.runs.create(newRun());
    const wanted = {
      runId: run.id,
      node: "a",
      step: "train",
      image: "i",
      environmentName: "local",
      commit: "c",
      resolved: RESOLVED,
      at: 1,
    };
    const results = await Promise.all([
      rig.store.queue.add(wanted),
      rig.store.queue.add(wanted),
      rig.store.queue.add(wanted),
    ]);
    expect(results.filter((execution) => execution !== undefined)).toHaveLength(1);
    expect((await rig.store.runs.create(newRun())).number).toBe(3);
  });

  test("a skipped node, an unknown node, an unknown run and an ended run get none", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const wanted = {
      runId: run.id,
      node: "a",
      step: "train",
      image: "i",
      environmentName: "local",
      commit: "c",
      resolved: RESOLVED,
      at: 1,
    };
    await store.nodes.skip(run.id, ["a"], "why", 1);
    expect(await store.queue.add(wanted)).toBeUndefined();
    await expectFailure(store.queue.add({ ...wanted, node: "z" }), {
      code: "HR_NOT_FOUND",
      message: "the run has no node “z”",
      hint: "the page of the run lists the nodes of a run",
    });
    await expect(store.queue.add({ ...wanted, runId: UNKNOWN_ID })).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    await store.runs.setState(run.id, { state: "stopped", at: 2 });
    await expectFailure(store.queue.add({ ...wanted, node: "b" }), {
      code: "HR_CONFLICT",
      message: "run 1 has ended already (stopped): node “b” cannot start",
      hint: "start a new run",
    });
    expect(await store.executions.get(UNKNOWN_ID)).toBeUndefined();
  });
}

function testUpdates(subject: StoreSubject): void {
  test("what the executor learns is kept, each thing by itself", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    const before = await lastEventId(store);
    const about = { runId: run.id, executionId: id, node: "a" };
    await store.executions.update(id, fence, { environment: { sandbox: "bubblewrap", python: "3.12" }, at: 1 });
    await store.executions.update(id, fence, {
      remarks: [
        { kind: "progress", message: "looking for Python" },
        { kind: "warning", message: "the image is not used" },
        { kind: "progress", message: "building the Python environment" },
      ],
      at: 2,
    });
    await store.executions.update(id, fence, { state: "stopping", at: 3 });
    await store.executions.update(id, fence, { state: "stopping", at: 4 });
    expect(await store.executions.get(id)).toMatchObject({
      state: "stopping",
      environment: { sandbox: "bubblewrap", python: "3.12" },
      statusDetail: "building the Python environment",
      warnings: ["the image is not used"],
    });
    expect(await eventsOf(store, run.id, before)).toEqual([
      { kind: "execution-progress", ...about, message: "looking for Python" },
      { kind: "warning", ...about, message: "the image is not used" },
      { kind: "execution-progress", ...about, message: "building the Python environment" },
      { kind: "execution-state", ...about, state: "stopping" },
    ]);
  });

  test("an ended execution takes nothing more", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    await store.executions.finish(id, fence, { state: "complete", outputs: [], at: 5 });
    const before = await store.executions.get(id);
    const refusal = {
      code: "HR_CONFLICT",
      message: "execution 2 has ended already (complete): nothing can be added to it",
      hint: "read its record again; another process has finished it",
    } as const;
    await expectFailure(store.executions.update(id, fence, { environment: { too: "late" }, at: 6 }), refusal);
    await expectFailure(store.metadata.add(id, fence, [{ offset: 1, at: 6, values: { late: true } }]), refusal);
    await expectFailure(store.data.setInputFiles(id, fence, []), refusal);
    expect(await store.executions.get(id)).toEqual(before);
  });
}

function testEnds(subject: StoreSubject): void {
  test("the end is recorded at once: state, exit, outputs, node and events", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    const before = await lastEventId(store);
    const output = {
      name: "model/weights.bin",
      sizeBytes: 5_000_000_000,
      sha256: "c".repeat(64),
      properties: { epoch: 3 },
    };
    await store.executions.finish(id, fence, {
      state: "error",
      reason: "exit code 3",
      exitCode: 3,
      outputs: [output],
      at: 99,
    });
    expect(await store.executions.get(id)).toMatchObject({
      state: "error",
      reason: "exit code 3",
      exitCode: 3,
      startedAt: 3_000,
      finishedAt: 99,
    });
    const [datum] = await store.data.listOutputs(id);
    expect(datum).toEqual({ ...output, id: expect.any(String), executionId: id, createdAt: 99 });
    expect(await store.nodes.get(run.id, "a")).toMatchObject({
      state: "error",
      reason: "exit code 3",
      executionId: id,
    });
    expect(await eventsOf(store, run.id, before)).toEqual([
      { kind: "datum-created", runId: run.id, executionId: id, datumId: datum?.id, name: "model/weights.bin" },
      {
        kind: "execution-state",
        runId: run.id,
        executionId: id,
        node: "a",
        state: "error",
        reason: "exit code 3",
        exitCode: 3,
      },
      { kind: "node-state", runId: run.id, node: "a", state: "error", reason: "exit code 3" },
    ]);
  });

  test.each<{ readonly state: FinalState; readonly signal?: string; readonly exitCode?: number }>([
    { state: "complete", exitCode: 0 },
    { state: "stopped", signal: "SIGINT" },
    { state: "error", signal: "SIGKILL" },
  ])("ends as $state", async (end) => {
    await using rig = await StoreRig.start(subject);
    const { id, fence } = await startNode(rig.store, await rig.store.runs.create(newRun()), "a");
    await rig.store.executions.finish(id, fence, { ...end, outputs: [], at: 9 });
    const { exitCode, signal, state } = (await rig.store.executions.get(id)) ?? {};
    expect({ exitCode, signal, state }).toEqual({ exitCode: undefined, signal: undefined, ...end });
  });

  test("an end that cannot be recorded whole is not recorded at all", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    const taken = await store.data.add({ name: "x", sizeBytes: 1, sha256: "a".repeat(64), properties: {} }, 1);
    const before = { record: await store.executions.get(id), events: await eventsOf(store) };
    const outputs = [
      { name: "first", sizeBytes: 1, sha256: "b".repeat(64), properties: {} },
      { id: taken.id, name: "second", sizeBytes: 1, sha256: "b".repeat(64), properties: {} },
    ];
    await expectFailure(store.executions.finish(id, fence, { state: "complete", outputs, at: 9 }), {
      code: "HR_CONFLICT",
      message: `the datum ${taken.id} exists already with another content: “second” cannot take its place`,
      hint: "stored files never change; give the new file an id of its own",
    });
    expect(await store.data.listOutputs(id)).toEqual([]);
    expect({ record: await store.executions.get(id), events: await eventsOf(store) }).toEqual(before);
  });

  test("an execution that nobody claimed is stopped under fence 0", async () => {
    await using rig = await StoreRig.start(subject);
    const run = await rig.store.runs.create(newRun());
    const { id } = await queueNode(rig.store, run, "a");
    await rig.store.executions.finish(id, 0, { state: "stopped", reason: "the run was stopped", outputs: [], at: 9 });
    expect(await rig.store.executions.get(id)).toMatchObject({ state: "stopped", reason: "the run was stopped" });
    expect(await rig.store.nodes.get(run.id, "a")).toMatchObject({ state: "stopped" });
    expect(await rig.store.queue.claim(id, "late", 10)).toBeUndefined();
  });
}

function testTransitions(subject: StoreSubject): void {
  const reach: Readonly<Partial<Record<RunState, (store: ProjectStore, id: string) => Promise<number>>>> = {
    queued: async () => 0,
    started: async (store, id) => (await store.queue.claim(id, "me", 1)) ?? -1,
    stopping: async (store, id) => {
      const fence = (await store.queue.claim(id, "me", 1)) ?? -1;
      await store.executions.update(id, fence, { state: "stopping", at: 2 });
      return fence;
    },
    ...Object.fromEntries(
      (["complete", "error", "stopped"] as const).map((state) => [
        state,
        async (store: ProjectStore, id: string) => {
          const fence = (await store.queue.claim(id, "me", 1)) ?? -1;
          await store.executions.finish(id, fence, { state, outputs: [], at: 2 });
          return fence;
        },
      ]),
    ),
  };

  test.each(Object.entries(reach))("from %s an execution ends only as the table says", async (from, arrive) => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ plan: planOf(["complete", "error", "stopped"]) }));
    for (const to of ["complete", "error", "stopped"] as const) {
      const { id, number } = await queueNode(store, run, to);
      const fence = await arrive(store, id);
      const before = await store.executions.get(id);
      const end = store.executions.finish(id, fence, { state: to, outputs: [], at: 3 });
      if (EXECUTION_TRANSITIONS[from as RunState].includes(to)) {
        await end;
        expect(await store.executions.get(id)).toMatchObject({ state: to, finishedAt: 3 });
        continue;
      }
      const ended = before?.finishedAt === undefined ? `is ${from}` : `has ended already (${from})`;
      await expect(end).rejects.toMatchObject({
        code: "HR_CONFLICT",
        message: `execution ${number} ${ended} and cannot become ${to}`,
      });
      expect(await store.executions.get(id)).toEqual(before);
    }
  });
}

function testLists(subject: StoreSubject): void {
  /** Runs 1 and 2 with nodes a, b, c each; executions 3 to 8, steps in turn p, q; 3 and 6 started, 5 complete. */
  async function sixExecutions(store: ProjectStore): Promise<readonly string[]> {
    const runs = [
      await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) })),
      await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) })),
    ];
    for (const run of runs) {
      for (const [index, node] of ["a", "b", "c"].entries()) {
        const step = index % 2 === 0 ? "p" : "q";
        const execution = await store.queue.add({
          runId: run.id,
          node,
          step,
          image: "i",
          environmentName: "local",
          commit: "c",
          resolved: RESOLVED,
          at: 1,
        });
        if (execution === undefined || ![3, 5, 6].includes(execution.number)) continue;
        const fence = (await store.queue.claim(execution.id, "me", 1)) ?? -1;
        if (execution.number === 5)
          await store.executions.finish(execution.id, fence, { state: "complete", outputs: [], at: 1 });
      }
    }
    return runs.map((run) => run.id);
  }

  test.each<{ readonly run?: number; readonly filter: ExecutionQuery; readonly numbers: readonly number[] }>([
    { filter: { limit: 10 }, numbers: [8, 7, 6, 5, 4, 3] },
    { filter: { limit: 2, below: 7 }, numbers: [6, 5] },
    { filter: { limit: 0 }, numbers: [] },
    { filter: { limit: 10, step: "p" }, numbers: [8, 6, 5, 3] },
    { filter: { limit: 3, step: "p", below: 8 }, numbers: [6, 5, 3] },
    { filter: { limit: 10, states: ["started"] }, numbers: [6, 3] },
    { filter: { limit: 10, states: ["complete", "queued"] }, numbers: [8, 7, 5, 4] },
    { filter: { limit: 10, states: [] }, numbers: [] },
    { filter: { limit: 10, states: ["started", "complete"], step: "p" }, numbers: [6, 5, 3] },
    { run: 0, filter: { limit: 10 }, numbers: [5, 4, 3] },
    { run: 1, filter: { limit: 10, step: "p" }, numbers: [8, 6] },
    { run: 1, filter: { limit: 10, states: ["queued"], below: 8 }, numbers: [7] },
  ])("listing of run $run with $filter gives $numbers", async ({ run, filter, numbers }) => {
    await using rig = await StoreRig.start(subject);
    const runs = await sixExecutions(rig.store);
    const runId = run === undefined ? undefined : runs[run];
    const { items } = await rig.store.lists.executions({ ...filter, ...(runId !== undefined && { runId }) });
    expect(items.map((execution) => execution.number)).toEqual(numbers);
  });
}
