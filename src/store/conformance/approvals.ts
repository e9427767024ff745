import { describe, expect, test } from "vitest";
import type { ProjectStore, RunRecord } from "../index.ts";
import { eventsOf, lastEventId, newRun, StoreRig, type StoreSubject, startNode } from "./rig.ts";

const ASKED = { moment: "start", at: 50 } as const;
const WISH = { actor: "local:ada", at: 70 } as const;

/** Nodes that a person has to let begin. */
export function testApprovals(subject: StoreSubject): void {
  testEnds(subject);
  testRules(subject);
  describe("approvals", () => {
    test("a node that asks waits for it, asks once, and goes on waiting for nothing when it is approved", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const before = await lastEventId(store);
      const asked = { node: "a", moment: "start", requestedAt: 50 };
      expect(await store.approvals.request(run.id, "a", ASKED)).toEqual(asked);
      expect(await store.approvals.request(run.id, "a", { ...ASKED, at: 60 })).toEqual(asked);
      const waitingFor = { kind: "approval", moment: "start", since: 50 } as const;
      expect(await store.nodes.get(run.id, "a")).toMatchObject({ state: "waiting", waitingFor });
      const decided = {
        node: "a",
        moment: "start",
        requestedAt: 50,
        decision: "approved",
        decidedAt: 70,
        actor: "local:ada",
        comment: "ok",
      };
      const decision = { decision: "approved", comment: "ok" } as const;
      expect(await store.approvals.decide(run.id, "a", decision, WISH)).toEqual(decided);
      expect(await store.approvals.list(run.id)).toEqual([decided]);
      expect(await store.approvals.request(run.id, "a", { ...ASKED, at: 80 })).toEqual(decided);
      const node = await store.nodes.get(run.id, "a");
      expect([node?.state, node?.waitingFor]).toEqual(["waiting", undefined]);
      expect(await eventsOf(store, run.id, before)).toEqual([
        { kind: "node-state", runId: run.id, node: "a", state: "waiting", waitingFor },
        { kind: "approval-decided", runId: run.id, node: "a", moment: "start", decision: "approved", comment: "ok" },
      ]);
    });

    test.each([
      ["approved", "run.approve"],
      ["rejected", "run.reject"],
    ] as const)("who %s stands in the audit log", async (decision, action) => {
      await using rig = StoreRig.empty(subject);
      const { database, prefix } = await rig.openDatabase();
      const store = await database.ensureProject({ name: `${prefix}/p` });
      const run = await store.runs.create(newRun());
      await store.approvals.request(run.id, "a", ASKED);
      await store.approvals.decide(run.id, "a", { decision, comment: "ok" }, WISH);
      const entries = await database.installation.audit.list({ afterId: 0, limit: 99, project: store.project.id });
      expect(entries.at(-1)).toMatchObject({
        ...{ action, actor: "local:ada", at: 70, subject: { kind: "run", id: run.id } },
        detail: { number: run.number, node: "a", moment: "start", comment: "ok" },
      });
    });

    test("a rejected node is skipped, in the same moment and with the reason", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      await store.approvals.request(run.id, "a", ASKED);
      await store.approvals.decide(run.id, "a", { decision: "rejected", comment: "" }, WISH);
      expect(await store.nodes.get(run.id, "a")).toMatchObject({ state: "skipped", reason: "rejected by ada" });
    });

    test("of two decisions the first counts, and the second is refused", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      await store.approvals.request(run.id, "a", ASKED);
      const decide = (decision: "approved" | "rejected") =>
        store.approvals.decide(run.id, "a", { decision, comment: "" }, WISH);
      const outcomes = await Promise.allSettled([decide("approved"), decide("rejected")]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
        reason: { code: "HR_CONFLICT", why: "ended" },
      });
      expect(await store.approvals.list(run.id)).toHaveLength(1);
    });

    test("what does not wait for one cannot be decided, nor by a driver of before be asked for", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const decide = (node: string) =>
        store.approvals.decide(run.id, node, { decision: "approved", comment: "" }, WISH);
      await expect(decide("a")).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
      await expect(decide("nowhere")).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
      await expect(store.approvals.request(run.id, "a", { ...ASKED, fence: 9 })).rejects.toMatchObject({
        why: "fence",
      });
      await store.approvals.request(run.id, "a", ASKED);
      await store.runs.setState(run.id, { state: "started", at: 55 });
      await store.runs.setState(run.id, { state: "stopped", at: 60 });
      await expect(decide("a")).rejects.toMatchObject({ why: "ended" });
    });
  });
}

/** The file may give the answer that nobody has given in time. */
function testRules(subject: StoreSubject): void {
  describe("approvals by a rule", () => {
    test("the answer of a rule stands with the request until somebody has answered, and after", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const timeout = { at: 90, decision: "rejected" } as const;
      const asked = { node: "a", moment: "start", requestedAt: 50, timeout } as const;
      expect(await store.approvals.request(run.id, "a", { ...ASKED, timeout })).toEqual(asked);
      expect(await store.approvals.request(run.id, "a", ASKED)).toEqual(asked);
      const waitingFor = { kind: "approval", moment: "start", since: 50, timeout } as const;
      expect(await store.nodes.get(run.id, "a")).toMatchObject({ waitingFor });
      const decision = { decision: "rejected", comment: "nobody" } as const;
      const decided = { ...asked, ...decision, decidedAt: 90, actor: "rule:timeout" } as const;
      expect(await store.approvals.decide(run.id, "a", decision, { actor: "rule:timeout", at: 90 })).toEqual(decided);
      expect(await store.approvals.list(run.id)).toEqual([decided]);
      expect(await store.nodes.get(run.id, "a")).toMatchObject({ state: "skipped", reason: "rejected: nobody" });
    });
  });
}

/** Results that follow from a node's end may wait for a person as well. */
function testEnds(subject: StoreSubject): void {
  describe("approvals at the ends of nodes", () => {
    test("a node asks at its start and at its end, and each answer is for what was asked then", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      const ended = { moment: "end", at: 65 } as const;
      const approved = { decision: "approved", comment: "" } as const;
      await expect(store.approvals.request(run.id, "a", ended)).rejects.toThrow(/it is waiting/);
      await store.approvals.request(run.id, "a", ASKED);
      await store.approvals.decide(run.id, "a", approved, { ...WISH, at: 60 });
      await completeNode(store, run, "a");
      await expect(store.approvals.request(run.id, "a", { ...ASKED, moment: "end", fence: 9 })).rejects.toMatchObject({
        why: "fence",
      });
      const before = await lastEventId(store);
      expect(await store.approvals.request(run.id, "a", ended)).toEqual({ node: "a", moment: "end", requestedAt: 65 });
      const waitingFor = { kind: "approval", moment: "end", since: 65 } as const;
      expect(await store.nodes.get(run.id, "a")).toMatchObject({ state: "complete", waitingFor });
      expect((await store.lists.progress([run.id])).get(run.id)).toMatchObject({ ended: 1, approvals: 1 });
      const decided = await store.approvals.decide(run.id, "a", { decision: "rejected", comment: "bad" }, WISH);
      expect(decided).toMatchObject({ moment: "end", decision: "rejected" });
      const node = await store.nodes.get(run.id, "a");
      expect([node?.state, node?.waitingFor]).toEqual(["complete", undefined]);
      expect(await eventsOf(store, run.id, before)).toEqual([
        { kind: "node-state", runId: run.id, node: "a", state: "complete", waitingFor },
        { kind: "approval-decided", runId: run.id, node: "a", moment: "end", decision: "rejected", comment: "bad" },
      ]);
      expect((await store.approvals.list(run.id)).map(({ moment }) => moment)).toEqual(["start", "end"]);
      await expect(store.approvals.decide(run.id, "a", approved, WISH)).rejects.toMatchObject({ why: "ended" });
    });

    test("a request that is withdrawn is shown no more, and nobody need answer it", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const run = await store.runs.create(newRun());
      await completeNode(store, run, "a");
      await store.approvals.request(run.id, "a", { moment: "end", at: 65 });
      await expect(store.approvals.withdraw(run.id, ["a"], 9)).rejects.toMatchObject({ why: "fence" });
      await store.approvals.withdraw(run.id, ["a"]);
      expect((await store.nodes.get(run.id, "a"))?.waitingFor).toBeUndefined();
      expect(await store.approvals.list(run.id)).toEqual([{ node: "a", moment: "end", requestedAt: 65 }]);
    });
  });
}

async function completeNode(store: ProjectStore, run: RunRecord, node: string): Promise<void> {
  const { id, fence } = await startNode(store, run, node);
  await store.executions.finish(id, fence, { state: "complete", exitCode: 0, outputs: [], at: 64 });
}
