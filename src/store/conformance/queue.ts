import { describe, expect, test } from "vitest";
import type { ProjectStore } from "../project/project-store.ts";
import type { NextClaim } from "../project/requests.ts";
import type { ExecutionRecord, RunRecord } from "../records.ts";
import { startProcesses } from "./child-process.ts";
import { eventsOf, newRun, planOf, RESOLVED, StoreRig, type StoreSubject } from "./rig.ts";

const claim: NextClaim = { pool: "here", owner: "me", at: 50 };

async function queue(
  store: ProjectStore,
  run: RunRecord,
  node: string,
  environmentName = "local",
): Promise<ExecutionRecord> {
  const execution = await store.queue.add(newExecution(run, node, environmentName));
  if (execution === undefined) throw new Error(`node ${node} was taken already`);
  return execution;
}

function newExecution(run: RunRecord, node: string, environmentName = "local") {
  return {
    runId: run.id,
    node,
    step: "s",
    image: "i",
    environmentName,
    commit: run.commit,
    resolved: RESOLVED,
    at: 40,
  };
}

export function testQueue(subject: StoreSubject): void {
  describe("the queue", () => {
    testOrder(subject);
    testLimits(subject);
    testSharing(subject);
  });
}

function testOrder(subject: StoreSubject): void {
  test("gives the oldest first, claimed, until it is empty", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ pool: "here" }));
    const [b, a] = [await queue(store, run, "b"), await queue(store, run, "a")];
    const before = (await store.events.list({ afterId: 0, limit: 100 })).at(-1)?.id;
    expect(await store.queue.claimNext(claim)).toEqual({
      execution: { ...b, state: "started", startedAt: 50 },
      fence: 1,
    });
    expect(await store.queue.claimNext(claim)).toEqual({
      execution: { ...a, state: "started", startedAt: 50 },
      fence: 1,
    });
    expect(await store.queue.claimNext(claim)).toBeUndefined();
    expect(await eventsOf(store, run.id, before)).toEqual(
      [b, a].map(({ id, node }) => ({
        kind: "execution-state",
        runId: run.id,
        executionId: id,
        node,
        state: "started",
      })),
    );
    expect(await store.queue.listClaimed("me")).toMatchObject([{ executionId: b.id }, { executionId: a.id }]);
  });

  test("is of one pool, of the run asked for, and of the environments served", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const elsewhere = await store.runs.create(newRun({ pool: "there" }));
    const first = await store.runs.create(newRun({ pool: "here", plan: planOf(["a", "b", "c"]) }));
    const second = await store.runs.create(newRun({ pool: "here" }));
    await queue(store, elsewhere, "a");
    const gpu = await queue(store, first, "a", "gpu");
    const gpus = await queue(store, first, "b", "gpus");
    const like = await queue(store, first, "c", "g_u");
    const other = await queue(store, second, "a", "gpu");
    const taken = async (change: Partial<NextClaim>): Promise<string | undefined> =>
      (await store.queue.claimNext({ ...claim, ...change }))?.execution.id;
    expect(await taken({ environments: ["local", "u"] })).toBeUndefined();
    expect(await taken({ runId: second.id, environments: ["gpus"] })).toBeUndefined();
    expect(await taken({ environments: ["local", "g_u"] })).toBe(like.id);
    expect(await taken({ environments: ["gpus", "gpu"], runId: second.id })).toBe(other.id);
    expect(await taken({ environments: ["gpus"] })).toBe(gpus.id);
    expect(await taken({ runId: first.id })).toBe(gpu.id);
    expect(await taken({})).toBeUndefined();
  });

  test("a node may be started and claimed in one go", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ pool: "here" }));
    const started = await store.queue.start(newExecution(run, "a"), { owner: "me" });
    expect(started).toMatchObject({
      execution: { number: 2, state: "started", queuedAt: 40, startedAt: 40 },
      fence: 1,
    });
    expect(await store.executions.get(started?.execution.id ?? "")).toEqual(started?.execution);
    expect(await store.queue.start(newExecution(run, "a"), { owner: "me" })).toBeUndefined();
    const events = (await eventsOf(store, run.id)).map((event) =>
      `${event.kind} ${"state" in event ? event.state : ""}`.trim(),
    );
    expect(events).toEqual(["run-created", "node-state active", "execution-created", "execution-state started"]);
  });
}

function testLimits(subject: StoreSubject): void {
  test("limits of the project and of an environment hold for whoever claims", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ pool: "here", plan: planOf(["a", "b", "c", "d", "e"]) }));
    const limits = { project: 3, environments: { gpu: 1, local: 5 } };
    const one = await store.queue.start(newExecution(run, "a", "gpu"), { owner: "me", limits });
    expect(one?.fence).toBe(1);
    const two = await store.queue.start(newExecution(run, "b", "gpu"), { owner: "me", limits });
    expect(two).toEqual({ execution: expect.objectContaining({ node: "b", state: "queued" }) });
    await queue(store, run, "c");
    await queue(store, run, "d");
    await queue(store, run, "e");
    const next = async (): Promise<string | undefined> =>
      (await store.queue.claimNext({ ...claim, limits }))?.execution.node;
    expect([await next(), await next(), await next()]).toEqual(["c", "d", undefined]);
    expect(
      await store.queue.start(newExecution(run, "z"), { owner: "me", limits }).catch((error: Error) => error.message),
    ).toBe("the run has no node “z”");
    await store.executions.update(one?.execution.id ?? "", 1, { state: "stopping", at: 51 });
    expect(await next()).toBeUndefined();
    await store.executions.finish(one?.execution.id ?? "", 1, { state: "stopped", outputs: [], at: 52 });
    expect([await next(), await next()]).toEqual(["b", undefined]);
  });
}

function testSharing(subject: StoreSubject): void {
  test("several processes take each execution once", async () => {
    await using rig = await StoreRig.start(subject);
    const nodes = Array.from({ length: 90 }, (_, index) => `n${index}`);
    const run = await rig.store.runs.create(newRun({ pool: "here", plan: planOf(nodes) }));
    const ids = (await Promise.all(nodes.map((node) => queue(rig.store, run, node)))).map(({ id }) => id);
    const processes = await startProcesses(rig, 3);
    const won = await Promise.all(processes.map((each, index) => each.run("claimAll", { owner: `engine ${index}` })));
    expect(won.flat().toSorted()).toEqual(ids.toSorted());
    for (const [index, mine] of won.entries()) {
      expect((await rig.store.queue.listClaimed(`engine ${index}`)).map(({ executionId }) => executionId)).toEqual(
        mine,
      );
    }
  });

  test("several processes together stay within a limit", async () => {
    await using rig = await StoreRig.start(subject);
    const nodes = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const run = await rig.store.runs.create(newRun({ pool: "here", plan: planOf(nodes) }));
    await Promise.all(nodes.map((node) => queue(rig.store, run, node)));
    const processes = await startProcesses(rig, 3);
    const limits = { environments: { local: 7 } };
    const won = await Promise.all(
      processes.map((each, index) => each.run("claimAll", { owner: `engine ${index}`, limits })),
    );
    expect(won.flat()).toHaveLength(7);
  });
}
