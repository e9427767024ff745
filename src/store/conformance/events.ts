import { describe, expect, test } from "vitest";
import { EVENT_BODY } from "../documents/event-document.ts";
import type { EventRecord } from "../events/event.ts";
import type { EventFilter } from "../project/event-feed.ts";
import type { ProjectStore } from "../project/project-store.ts";
import { eventsOf, lastEventId, newRun, StoreRig, type StoreSubject, startNode, UNKNOWN_ID } from "./rig.ts";

export function testEvents(subject: StoreSubject): void {
  describe("events", () => {
    testOrder(subject);
    testEnvelope(subject);
    testRemarks(subject);
    testFilters(subject);
    testFollowing(subject);
    testListening(subject);
  });
}

function testOrder(subject: StoreSubject): void {
  test("events have rising ids and are read page by page, of one run or of all", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.runs.create(newRun({ at: 1 }));
    const second = await store.runs.create(newRun({ at: 2 }));
    await store.runs.setState(first.id, { state: "started", at: 3 });
    const all = await store.events.list({ afterId: 0, limit: 10 });
    expect(all.map((event) => event.at)).toEqual([1, 2, 3]);
    expect(all.map((event) => event.id)).toEqual(all.map((event) => event.id).toSorted((a, b) => a - b));
    expect(await store.events.list({ afterId: all[0]?.id ?? 0, limit: 1 })).toEqual(all.slice(1, 2));
    expect(await store.events.list({ afterId: all[2]?.id ?? 0, limit: 10 })).toEqual([]);
    expect(await store.events.list({ afterId: 0, limit: 0 })).toEqual([]);
    expect((await eventsOf(store, first.id)).map((body) => body.kind)).toEqual(["run-created", "run-state"]);
    expect(await store.events.list({ afterId: all[0]?.id ?? 0, runId: second.id, limit: 10 })).toEqual(all.slice(1, 2));
    expect(await eventsOf(store, UNKNOWN_ID)).toEqual([]);
  });

  test("a change that fails leaves no event, and those beside it keep theirs", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const outcomes = await Promise.allSettled([
      store.runs.setState(run.id, { state: "complete", at: 1 }),
      store.runs.setState(run.id, { state: "started", at: 2 }),
      store.runs.setState(run.id, { state: "queued", at: 3 }),
      store.runs.setState(run.id, { state: "stopping", at: 4 }),
      store.runs.setState(UNKNOWN_ID, { state: "queued", at: 5 }),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      "rejected",
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
    ]);
    expect((await store.events.list({ afterId: 0, limit: 10 })).map((event) => event.at)).toEqual([1_000, 2, 4]);
    expect(await store.runs.get(run.id)).toMatchObject({ state: "stopping", startedAt: 2 });
  });
}

/** Resolves at the next call; the listener stays until the test ends it. */
function listen(store: ProjectStore): {
  readonly next: () => Promise<void>;
  readonly calls: () => number;
  readonly end: () => void;
} {
  let calls = 0;
  let waiting = Promise.withResolvers<void>();
  const end = store.events.listen(() => {
    calls++;
    waiting.resolve();
  });
  return {
    next: async () => {
      await waiting.promise;
      waiting = Promise.withResolvers();
    },
    calls: () => calls,
    end,
  };
}

function testListening(subject: StoreSubject): void {
  test("a listener hears of this connection's commits", async () => {
    await using rig = await StoreRig.start(subject);
    const heard = listen(rig.store);
    const run = await rig.store.runs.create(newRun());
    await heard.next();
    await rig.store.runs.setState(run.id, { state: "started", at: 1 });
    await heard.next();
    heard.end();
  });

  test("a listener hears of another connection's commits", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const heard = listen(rig.store);
    // The listener hears of all commits after this read.
    expect(await eventsOf(rig.store)).toEqual([]);
    const run = await other.runs.create(newRun());
    await heard.next();
    expect(await eventsOf(rig.store)).toHaveLength(1);
    await other.runs.requestStop({ runId: run.id }, 1);
    await heard.next();
    expect(await rig.store.runs.getStopRequests(run.id)).toEqual({ run: true, executionIds: [] });
    heard.end();
  });

  test("who has unsubscribed hears nothing, others still do; a function given twice counts twice", async () => {
    await using rig = await StoreRig.start(subject);
    const gone = listen(rig.store);
    const stays = listen(rig.store);
    let shared = 0;
    const count = () => void shared++;
    const ends = [rig.store.events.listen(count), rig.store.events.listen(count)];
    gone.end();
    gone.end();
    await rig.store.runs.create(newRun());
    await stays.next();
    expect([gone.calls(), stays.calls(), shared]).toEqual([0, 1, 2]);
    ends[0]?.();
    await rig.store.runs.create(newRun());
    await stays.next();
    expect(shared).toBe(3);
    ends[1]?.();
    stays.end();
  });
}

function testEnvelope(subject: StoreSubject): void {
  test("an event says of which project it is, what it is about, and who wanted it", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ actor: "user:ada" }));
    const { id } = await startNode(store, run, "a");
    await store.runs.requestStop({ runId: run.id, executionId: id, actor: "trigger:nightly" }, 5);
    await store.runs.label(run.id, { title: "x" }, { actor: "local:bob", at: 6 });
    const events = await store.events.list({ afterId: 0, limit: 100 });
    expect(new Set(events.map(({ project, v }) => `${project} ${v}`))).toEqual(
      new Set([`${store.project.id} ${EVENT_BODY.version}`]),
    );
    const ofRun = { kind: "run", id: run.id };
    const ofExecution = { kind: "execution", id };
    expect(events.map(({ body, actor, subject: about }) => [body.kind, actor, about])).toEqual([
      ["run-created", "user:ada", ofRun],
      ["node-state", undefined, ofRun],
      ["execution-created", undefined, ofExecution],
      ["execution-state", undefined, ofExecution],
      ["stop-requested", "trigger:nightly", ofExecution],
      ["run-labelled", "local:bob", ofRun],
    ]);
    expect([(await store.runs.get(run.id))?.actor, (await store.runs.getStopRequests(run.id)).actor]).toEqual([
      "user:ada",
      undefined,
    ]);
    await store.runs.requestStop({ runId: run.id, actor: "user:eve" }, 7);
    await store.runs.requestStop({ runId: run.id, actor: "user:late" }, 8);
    expect(await store.runs.getStopRequests(run.id)).toMatchObject({
      run: true,
      actor: "user:eve",
      executionIds: [id],
    });
  });
}

function testRemarks(subject: StoreSubject): void {
  test("what is said of a run, a node or an execution is an event, and warnings are kept, each once", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ warnings: ["an unused key", "an unused key"] }));
    const { id, fence } = await startNode(store, run, "a");
    const after = await lastEventId(store);
    const topic = { runId: run.id, node: "a", executionId: id };
    const progress = { kind: "progress", message: "installing 12 packages" } as const;
    const warning = { kind: "warning", message: "images are not used" } as const;
    await store.events.remark(topic, [progress, warning], 7);
    await store.events.remark(topic, [warning], 8);
    await store.events.remark({ runId: run.id, node: "b" }, [progress, warning], 9);
    await store.events.remark({ runId: run.id }, [warning], 10, "local:ada");
    const execution = { kind: "execution", id };
    expect(await store.events.list({ afterId: after, limit: 9 })).toMatchObject([
      { at: 7, subject: execution, body: { kind: "execution-progress", ...topic, message: progress.message } },
      { at: 7, subject: execution, body: { kind: "warning", ...topic, message: warning.message } },
      { at: 9, body: { kind: "execution-progress", runId: run.id, node: "b", message: progress.message } },
      { at: 9, body: { kind: "warning", runId: run.id, node: "b", message: warning.message } },
      {
        at: 10,
        subject: { kind: "run", id: run.id },
        actor: "local:ada",
        body: { kind: "warning", runId: run.id, message: warning.message },
      },
    ]);
    const said = { statusDetail: progress.message, warnings: [warning.message] };
    expect(await store.executions.get(id)).toMatchObject(said);
    expect((await store.runs.get(run.id))?.warnings).toEqual([
      "an unused key",
      "b: images are not used",
      "images are not used",
    ]);

    const late = { kind: "warning", message: "an output could not be kept" } as const;
    await store.executions.finish(id, fence, { state: "complete", outputs: [], remarks: [late], at: 11 });
    const end = await lastEventId(store);
    await store.events.remark(
      topic,
      [
        { kind: "progress", message: "too late" },
        { ...late, message: "x" },
      ],
      12,
    );
    expect(await store.events.list({ afterId: end, limit: 9 })).toMatchObject([{ body: { kind: "warning" } }]);
    const ended = await store.executions.get(id);
    expect(ended?.warnings).toEqual([warning.message, late.message, "x"]);
    expect(ended).not.toHaveProperty("statusDetail");
    await expect(store.events.remark({ runId: UNKNOWN_ID }, [warning], 13)).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
    });
  });

  test("a record keeps a hundred warnings, and of each its first 4,096 characters", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id } = await startNode(store, run, "a");
    const remarks = Array.from({ length: 120 }, (_, index) => ({
      kind: "warning" as const,
      message: `${index} ${"x".repeat(5_000)}`,
    }));
    await store.events.remark({ runId: run.id, executionId: id }, remarks, 7);
    const warnings = (await store.executions.get(id))?.warnings ?? [];
    expect(warnings).toEqual(remarks.slice(0, 100).map(({ message }) => message.slice(0, 4_096)));
    expect(await store.events.list({ afterId: 0, kinds: ["warning"], limit: 999 })).toHaveLength(100);
  });
}

function testFilters(subject: StoreSubject): void {
  test("a feed is filtered by run, by subject and by kind, and all of them together", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const [one, two] = [await store.runs.create(newRun()), await store.runs.create(newRun())];
    const { id } = await startNode(store, one, "a");
    await startNode(store, two, "b");
    await store.runs.setState(one.id, { state: "started", at: 4 });
    const kinds = async (filter: EventFilter) =>
      (await store.events.list({ ...filter, afterId: 0, limit: 99 })).map(({ body }) => body.kind);
    const execution = { kind: "execution", id };
    expect(await kinds({ runId: one.id })).toEqual([
      "run-created",
      "node-state",
      "execution-created",
      "execution-state",
      "run-state",
    ]);
    expect(await kinds({ subject: { kind: "run", id: one.id } })).toEqual(["run-created", "node-state", "run-state"]);
    expect(await kinds({ subject: execution })).toEqual(["execution-created", "execution-state"]);
    expect(await kinds({ runId: one.id, subject: execution, kinds: ["execution-state"] })).toEqual(["execution-state"]);
    expect(await kinds({ runId: two.id, subject: execution })).toEqual([]);
    expect(await kinds({ kinds: ["run-state", "run-created"] })).toEqual(["run-created", "run-created", "run-state"]);
    expect(await kinds({ kinds: [] })).toEqual([]);
    expect(await kinds({ subject: { kind: "model", id } })).toEqual([]);
  });
}

function testFollowing(subject: StoreSubject): void {
  test("a follower goes on from its cursor, and hears what others commit", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const run = await rig.store.runs.create(newRun());
    const cursor = await lastEventId(rig.store);
    const heard: EventRecord[] = [];
    const over = Promise.withResolvers<void>();
    const follower = rig.store.events.follow({ kinds: ["run-state"], afterId: cursor }, (event) => {
      heard.push(event);
      if (heard.length === 2) over.resolve();
    });
    await other.runs.setState(run.id, { state: "started", at: 1 });
    await other.runs.requestStop({ runId: run.id }, 2);
    await rig.store.runs.setState(run.id, { state: "stopping", at: 3 });
    await over.promise;
    await follower.close();
    expect(heard).toEqual(await rig.store.events.list({ afterId: cursor, kinds: ["run-state"], limit: 9 }));
  });
}
