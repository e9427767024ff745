import { expect, test } from "vitest";
import type { Fingerprint } from "../../planning/index.ts";
import type { ProjectStore } from "../project/project-store.ts";
import type { RunRecord } from "../records.ts";
import { eventsOf, expectFailure, newRun, planOf, StoreRig, type StoreSubject, startNode, UNKNOWN_ID } from "./rig.ts";

const FINGERPRINT: Fingerprint = {
  base: "b".repeat(64),
  code: { kind: "snapshot", manifestSha256: "c".repeat(64), why: { kind: "asked" } },
};

/** Fingerprints, and nodes that have the results of earlier executions. */
export function testReuse(subject: StoreSubject): void {
  testFingerprints(subject);
  testReusedNodes(subject);
}

function testFingerprints(subject: StoreSubject): void {
  test("a complete execution is found by its fingerprint, the newest first, its own node apart", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.runs.create(newRun());
    const numbers = [await finish(store, first, "a"), await finish(store, first, "b")];
    const second = await store.runs.create(newRun());
    numbers.push(await finish(store, second, "a"));
    const { base } = FINGERPRINT;
    const found = async (filter: object) =>
      (await store.reuse.list({ base, limit: 50, ...filter })).map(({ number }) => number);
    expect(await found({})).toEqual(numbers.toReversed());
    expect(await found({ limit: 1 })).toEqual([numbers[2]]);
    expect(await found({ node: "a" })).toEqual([numbers[2], numbers[0]]);
    expect(await found({ node: "a", beforeNumber: second.number })).toEqual([numbers[0]]);
    expect(await found({ beforeNumber: second.number })).toEqual([numbers[1], numbers[0]]);
    expect(await found({ beforeNumber: 1 })).toEqual([]);
    expect(await found({ base: "d".repeat(64) })).toEqual([]);
    expect(await store.reuse.list({ base, node: "b", limit: 1 })).toEqual([
      { executionId: expect.any(String), number: numbers[1], node: "b", commit: "~abc", ...FINGERPRINT },
    ]);
  });

  test("the newest of many nodes are found together, each by its own name and fingerprint", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const plan = planOf(["a", "b", "ä𝄞"]);
    const first = await store.runs.create(newRun({ plan }));
    const other = { ...FINGERPRINT, base: "e".repeat(64) };
    const old = [
      await finish(store, first, "a"),
      await finish(store, first, "ä𝄞"),
      await finish(store, first, "b", other),
    ];
    const second = await store.runs.create(newRun({ plan }));
    const again = await finish(store, second, "a");
    const { base } = FINGERPRINT;
    const wanted = ["ä𝄞", "none", "a", "b"].map((node) => ({ base, node }));
    const found = async (filter: object) =>
      (await store.reuse.listNewest({ wanted, ...filter })).map(({ number }) => number).sort((x, y) => x - y);
    expect(await found({})).toEqual([old[1], again]);
    expect(await found({ beforeNumber: second.number })).toEqual([old[0], old[1]]);
    expect(await found({ wanted: [{ base: other.base, node: "b" }] })).toEqual([old[2]]);
    expect(await found({ wanted: [] })).toEqual([]);
    const nodes = ["ä𝄞", "none", "a", "b", "\ud800\0"].map((node) => ({ node, step: "train" }));
    const ofNodes = async (filter: object) =>
      (await store.reuse.listNewestOfNodes({ nodes, ...filter })).map(({ number }) => number).sort((x, y) => x - y);
    expect(await ofNodes({})).toEqual([old[1], old[2], again]);
    expect(await ofNodes({ beforeNumber: second.number })).toEqual(old);
    expect(await ofNodes({ nodes: [{ node: "a", step: "other" }] })).toEqual([]);
    expect(await ofNodes({ nodes: [] })).toEqual([]);
    expect(await store.reuse.listNewest({ wanted: [{ base, node: "a" }] })).toEqual(
      await store.reuse.list({ base, node: "a", limit: 1 }),
    );
  });

  test("the nearest execution is the newest of the node, or of the step where no node is named", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const [a, b] = [
      await finish(store, run, "a"),
      await finish(store, run, "b", { ...FINGERPRINT, base: "e".repeat(64) }),
    ];
    const nearest = async (filter: object) =>
      (await store.reuse.listNearest({ step: "train", limit: 1, ...filter }))[0]?.number;
    expect(await nearest({ node: "a" })).toBe(a);
    expect(await nearest({})).toBe(b);
    expect(await nearest({ node: "c" })).toBeUndefined();
    expect(await nearest({ step: "other" })).toBeUndefined();
    expect(await nearest({ beforeNumber: b })).toBe(a);
    expect(await nearest({ beforeNumber: a })).toBeUndefined();
    expect((await store.reuse.listNearest({ step: "train", limit: 5 })).map(({ number }) => number)).toEqual([b, a]);
  });

  test("only a complete execution leaves a fingerprint", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const [{ id, fence }, other] = [await startNode(store, run, "a"), await startNode(store, run, "b")];
    await store.executions.finish(id, fence, { state: "error", outputs: [], fingerprint: FINGERPRINT, at: 5_000 });
    await store.executions.finish(other.id, other.fence, { state: "complete", outputs: [], at: 5_000 });
    expect(await store.reuse.list({ base: FINGERPRINT.base, limit: 50 })).toEqual([]);
    expect(await store.reuse.getFingerprint(id)).toBeUndefined();
    expect(await store.reuse.getFingerprint(other.id)).toBeUndefined();
  });
}

function testReusedNodes(subject: StoreSubject): void {
  test("reused nodes are complete with the earlier execution, and say so", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const earlier = await store.runs.create(newRun());
    const number = await finish(store, earlier, "a");
    const { executionId } = await only(store);
    const run = await store.runs.create(newRun({ plan: planOf(["a", "b", "c"]) }));
    await startNode(store, run, "c");
    const decision = { kind: "reused", execution: number, code: FINGERPRINT.code } as const;
    await store.nodes.reuse(
      run.id,
      ["a", "b", "c"].map((node) => ({ node, executionId, decision })),
      6_000,
    );
    const nodes = await (await rig.open()).nodes.list(run.id);
    expect(nodes.slice(0, 2)).toEqual([
      { runId: run.id, name: "a", index: 0, state: "complete", executionId, reused: true, decision },
      { runId: run.id, name: "b", index: 1, state: "complete", executionId, reused: true, decision },
    ]);
    expect(nodes[2]).toMatchObject({ name: "c", state: "active" });
    expect(nodes[2]).not.toHaveProperty("reused");
    expect(
      (await eventsOf(store, run.id)).filter((event) => event.kind === "node-state" && event.state === "complete"),
    ).toEqual(
      ["a", "b"].map((node) => ({ kind: "node-state", runId: run.id, node, state: "complete", reused: number })),
    );
  });

  test("nothing is reused of an execution that did not succeed or is gone, nor in a run that has ended", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const earlier = await store.runs.create(newRun());
    const { id, number } = await startNode(store, earlier, "a");
    const run = await store.runs.create(newRun());
    const reused = {
      node: "a",
      executionId: id,
      decision: { kind: "reused", execution: number, code: FINGERPRINT.code },
    } as const;
    for (const executionId of [id, UNKNOWN_ID]) {
      await expectFailure(store.nodes.reuse(run.id, [{ ...reused, executionId }], 6_000), {
        code: "HR_CONFLICT",
        message: `the results of execution ${number}, which node a was to take, are no longer there`,
        hint: `resuming run ${run.number} goes on with what is`,
      });
    }
    expect(await store.nodes.get(run.id, "a")).toEqual({ runId: run.id, name: "a", index: 0, state: "waiting" });
    await store.runs.setState(run.id, { state: "stopped", at: 7_000 });
    await expectFailure(store.nodes.reuse(run.id, [reused], 8_000), {
      code: "HR_CONFLICT",
      message: `run ${run.number} has ended already (stopped): no node can be completed in it`,
      hint: "start a new run",
    });
  });

  test("a node keeps why it ran", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const decision = { kind: "ran", why: { kind: "changed" }, nearest: 3 } as const;
    const resolved = { parameters: {}, inputs: [], environmentVariables: {}, command: [] };
    const asked = {
      runId: run.id,
      step: "train",
      image: "",
      environmentName: "local",
      commit: "~abc",
      resolved,
      at: 2_000,
    };
    await store.queue.add({ ...asked, node: "a", decision });
    await store.queue.add({ ...asked, node: "b" });
    expect(await store.nodes.get(run.id, "a")).toMatchObject({ state: "active", decision });
    expect(await store.nodes.get(run.id, "b")).not.toHaveProperty("decision");
  });
}

async function finish(store: ProjectStore, run: RunRecord, node: string, fingerprint = FINGERPRINT): Promise<number> {
  const { id, number, fence } = await startNode(store, run, node);
  await store.executions.finish(id, fence, { state: "complete", outputs: [], fingerprint, at: 5_000 });
  return number;
}

async function only(store: ProjectStore) {
  const [found] = await store.reuse.list({ base: FINGERPRINT.base, limit: 1 });
  if (found === undefined) throw new Error("nothing is reusable");
  return found;
}
