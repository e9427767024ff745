import { describe, expect, test } from "vitest";
import type { ProjectStore, RunRecord } from "../index.ts";
import type { ContentUse } from "../project/housekeeping.ts";
import { datumIdsIn } from "../project/housekeeping.ts";
import {
  eventsOf,
  newRun,
  plannedNode,
  planOf,
  STEP,
  StoreRig,
  type StoreSubject,
  startNode,
  UNKNOWN_ID,
  WISH,
} from "./rig.ts";

const sha = (text: string): string => text.repeat(64).slice(0, 64);

/** A run of one node that has ended, with an output and an input. */
async function endedRun(
  store: ProjectStore,
  letter: string,
  at = 1_000,
): Promise<{ readonly run: RunRecord; readonly executionId: string }> {
  const run = await store.runs.create(newRun({ plan: planOf(["a"]), commit: `~${letter}`, tags: [letter], at }));
  const { id, fence } = await startNode(store, run, "a");
  await store.data.setInputFiles(id, fence, [
    {
      input: "data",
      name: "in",
      uri: "file:///in",
      datumId: `datum-${letter}`,
      sha256: sha(`${letter}9`),
      sizeBytes: 7,
    },
  ]);
  await store.metadata.add(id, fence, [{ offset: 0, at, values: { loss: 1 } }]);
  await store.executions.finish(id, fence, {
    ...{ state: "complete", at: at + 5 },
    outputs: [{ name: "out", sha256: sha(`${letter}7`), sizeBytes: 9, properties: {} }],
  });
  await store.runs.setState(run.id, { state: "started", at });
  await store.runs.setState(run.id, { state: "complete", at: at + 5 });
  return { run, executionId: id };
}

async function usesOf(store: ProjectStore): Promise<readonly Omit<ContentUse, "runKey">[]> {
  const pages = await Array.fromAsync(store.housekeeping.contentUses());
  return pages.flat().map(({ runKey: _, ...use }) => use);
}

export function testHousekeeping(subject: StoreSubject): void {
  describe("housekeeping", () => {
    testReading(subject);
    testRemoval(subject);
    testReceived(subject);
    testRaces(subject);
    test("ids in addresses are found wherever they stand", () => {
      expect(datumIdsIn('x: "datum://0193-ab", datum://second\ndatum:// none https://datum/third')).toEqual([
        "0193-ab",
        "second",
      ]);
    });
  });
}

function testReading(subject: StoreSubject): void {
  test("an empty project has nothing, and an identity that stays", async () => {
    await using rig = await StoreRig.start(subject);
    const { housekeeping } = rig.store;
    const identity = await housekeeping.identity();
    expect(identity.id).toMatch(/^[0-9a-f]{32}$/);
    expect(await (await rig.open()).housekeeping.identity()).toEqual(identity);
    expect((await housekeeping.listRunFacts()).filter(({ isOwn }) => isOwn)).toEqual([]);
    await housekeeping.probeWrite();
    expect(await housekeeping.findFaults()).toEqual([]);
  });

  test("tells of runs, and of every file that their executions received or made", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { run, executionId } = await endedRun(store, "a");
    const open = await store.runs.create(newRun({ at: 2_000 }));
    const facts = (await store.housekeeping.listRunFacts()).filter(({ isOwn }) => isOwn);
    expect(facts.map(({ key: _, project: __, ...rest }) => rest)).toEqual([
      {
        ...{
          id: run.id,
          number: run.number,
          isOwn: true,
          name: "daily",
          state: "complete",
          tags: ["a"],
          commits: ["~a"],
        },
        ...{ createdAt: 1_000, finishedAt: 1_005 },
      },
      {
        id: open.id,
        number: open.number,
        isOwn: true,
        name: "daily",
        state: "created",
        tags: [],
        commits: ["~abc"],
        createdAt: 2_000,
      },
    ]);
    const own = (await usesOf(store)).filter(({ sha256 }) => sha256 === sha("a7") || sha256 === sha("a9"));
    expect(own).toEqual([
      { sha256: sha("a7"), sizeBytes: 9 },
      { sha256: sha("a9"), sizeBytes: 7, datumId: "datum-a" },
    ]);
    const ends = (await Array.fromAsync(store.housekeeping.executionEnds())).flat();
    expect(ends.find(({ id }) => id === executionId)).toEqual({
      id: executionId,
      runId: run.id,
      isOwn: true,
      finishedAt: 1_005,
    });
  });

  test("knows the stored files that unfinished runs name, and the runs that made them", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { run, executionId } = await endedRun(store, "g");
    const id = (await store.data.listOutputs(executionId))[0]?.id ?? "";
    const input = {
      name: "i",
      optional: false,
      keepDirectories: "none",
      sources: [{ kind: "uri", uri: `datum://${id}` }],
    } as const;
    const step = { ...STEP, inputs: [{ ...input, defaults: ["datum://in-the-step"] }] } as unknown as typeof STEP;
    const next = await store.runs.create(
      newRun({ plan: planOf([], { nodes: [plannedNode("a", { inputs: [input], step })] }) }),
    );
    expect(await store.housekeeping.listPlannedDatums()).toEqual(expect.arrayContaining([id, "in-the-step"]));
    const key = (await store.housekeeping.listRunFacts()).find((fact) => fact.id === run.id)?.key;
    expect(await store.housekeeping.runsOfDatums([id, id, UNKNOWN_ID])).toEqual([key]);
    await store.runs.setState(next.id, { state: "stopped", at: 9 });
    expect(await store.housekeeping.listPlannedDatums()).not.toContain(id);
  });
}

function testRemoval(subject: StoreSubject): void {
  test("removes a run with all that belongs to it, and nothing else", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await endedRun(store, "b");
    const second = await endedRun(store, "c");
    expect(await store.housekeeping.deleteRun(first.run.id, WISH)).toBe(true);
    expect(await store.runs.get(first.run.id)).toBeUndefined();
    expect(await store.executions.get(first.executionId)).toBeUndefined();
    expect(await store.findByNumber(first.run.number)).toBeUndefined();
    expect((await store.lists.runs({ limit: 10, tags: ["b"] })).items).toEqual([]);
    expect(await eventsOf(store, first.run.id)).toEqual([]);
    expect((await usesOf(store)).filter(({ sha256 }) => sha256 === sha("b7") || sha256 === sha("b9"))).toEqual([]);
    expect((await store.executions.get(second.executionId))?.metadata).toEqual({ loss: 1 });
    expect(await store.data.listOutputs(second.executionId)).toHaveLength(1);
    // Numbers are never given twice.
    expect((await store.runs.create(newRun())).number).toBeGreaterThan(second.run.number);
    await expect(store.housekeeping.deleteRun(first.run.id, WISH)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
  });

  test("keeps a run that has not ended, and one whose results another run has taken", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const open = await store.runs.create(newRun());
    expect(await store.housekeeping.deleteRun(open.id, WISH)).toBe(false);
    const source = await endedRun(store, "d");
    const taker = await store.runs.create(newRun({ plan: planOf(["x"]) }));
    const decision = { kind: "reused", execution: 1, code: { kind: "globs", globs: [], sha256: sha("e") } } as const;
    await store.nodes.reuse(taker.id, [{ node: "x", executionId: source.executionId, decision }], 9);
    const keys = new Map((await store.housekeeping.listRunFacts()).map(({ id, key }) => [id, key]));
    expect(await store.housekeeping.listReuses()).toContainEqual({
      runKey: keys.get(taker.id),
      fromRunKey: keys.get(source.run.id),
    });
    expect(await store.housekeeping.deleteRun(source.run.id, WISH)).toBe(false);
    expect((await store.nodes.get(taker.id, "x"))?.executionId).toBe(source.executionId);
    await store.runs.setState(taker.id, { state: "stopped", at: 10 });
    expect(await store.housekeeping.deleteRun(taker.id, WISH)).toBe(true);
    expect(await store.housekeeping.deleteRun(source.run.id, WISH)).toBe(true);
  });

  test("removes records of downloads, and no outputs", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const fetched = await store.data.add(
      { name: "f", sizeBytes: 3, sha256: sha("f1"), uri: "https://x/f", properties: {} },
      5,
    );
    const { executionId } = await endedRun(store, "f");
    const [output] = await store.data.listOutputs(executionId);
    const facts = (await store.housekeeping.listFetched()).filter(({ isOwn }) => isOwn);
    expect(facts).toEqual([
      { id: fetched.id, sha256: sha("f1"), sizeBytes: 3, createdAt: 5, isOwn: true, isLeft: false, isUploaded: false },
    ]);
    expect(await store.housekeeping.deleteFetched([fetched.id, output?.id ?? "", UNKNOWN_ID])).toBe(1);
    expect(await store.data.get(fetched.id)).toBeUndefined();
    expect(await store.data.listOutputs(executionId)).toHaveLength(1);
    expect(await store.housekeeping.deleteFetched([])).toBe(0);
  });

  test("removes versions of the code that no run uses", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    for (const identifier of ["~used", "~unused"]) {
      await store.snapshots.add({
        identifier,
        manifestSha256: sha(identifier),
        fileCount: 1,
        sizeBytes: 1,
        createdAt: 4,
      });
    }
    await store.runs.create(newRun({ commit: "~used" }));
    expect(await store.housekeeping.deleteSnapshots(["~used", "~unused", "~unknown"])).toBe(1);
    const left = (await store.housekeeping.listSnapshotFacts()).filter(({ isOwn }) => isOwn);
    expect(left.map(({ identifier, manifestSha256, createdAt }) => [identifier, manifestSha256, createdAt])).toEqual([
      ["~used", sha("~used"), 4],
    ]);
  });
}

function testReceived(subject: StoreSubject): void {
  test("leaves the data of a removed run that another run has received, with their properties, until that one goes, too", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun({ plan: planOf(["a", "b"]) }));
    const { id, fence } = await startNode(store, run, "a");
    const output = (name: string) => ({ name, sha256: sha("k"), sizeBytes: 9, properties: { quality: name } });
    await store.executions.finish(id, fence, {
      state: "complete",
      at: 3,
      outputs: [output("given"), output("own"), output("within")],
    });
    const [given, own, within] = await store.data.listOutputs(id);
    if (given === undefined || own === undefined || within === undefined)
      throw new Error("three outputs were recorded");
    const received = {
      input: "data",
      name: "in",
      uri: `datum://${given.id}`,
      datumId: given.id,
      sha256: given.sha256,
      sizeBytes: 9,
    };
    // If a run itself received a file of its own, that record goes with the run.
    const inner = await startNode(store, run, "b");
    await store.data.setInputFiles(inner.id, inner.fence, [
      { ...received, uri: `datum://${within.id}`, datumId: within.id },
    ]);
    await store.executions.finish(inner.id, inner.fence, { state: "complete", at: 3, outputs: [] });
    await store.runs.setState(run.id, { state: "started", at: 3 });
    await store.runs.setState(run.id, { state: "complete", at: 4 });
    const receiver = await endedRun(store, "r");
    const other = await store.runs.create(newRun({ plan: planOf(["a"]) }));
    const taker = await startNode(store, other, "a");
    await store.data.setInputFiles(taker.id, taker.fence, [received]);

    expect(await store.housekeeping.deleteRun(run.id, WISH)).toBe(true);
    const { executionId: _, ...rest } = given;
    expect(await store.data.get(given.id)).toEqual(rest);
    expect([await store.data.get(own.id), await store.data.get(within.id)]).toEqual([undefined, undefined]);
    expect((await store.data.listInputFiles(taker.id))[0]?.properties).toEqual({ quality: "given" });
    const left = (await store.housekeeping.listFetched()).filter(({ id: one }) => one === given.id);
    expect(left).toEqual([
      {
        id: given.id,
        sha256: sha("k"),
        sizeBytes: 9,
        createdAt: given.createdAt,
        isOwn: true,
        isLeft: true,
        isUploaded: false,
      },
    ]);
    expect(await store.housekeeping.deleteRun(receiver.run.id, WISH)).toBe(true);
    expect(await store.data.get(given.id)).toBeDefined();
  });
}

function testRaces(subject: StoreSubject): void {
  test("a run that is made while its version of the code is removed has it all the same", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const other = await rig.open();
    for (let n = 0; n < 10; n += 1) {
      const snapshot = {
        identifier: `~r${n}`,
        manifestSha256: sha(String(n)),
        fileCount: 1,
        sizeBytes: 1,
        createdAt: 4,
      };
      await store.snapshots.add(snapshot);
      await Promise.all([
        other.housekeeping.deleteSnapshots([snapshot.identifier]),
        store.runs.create(newRun({ commit: snapshot.identifier })),
        store.snapshots.add(snapshot),
      ]);
      expect(await store.snapshots.get(snapshot.identifier)).toEqual(snapshot);
    }
  });

  test("a run whose results are taken at the moment of its removal is either there with them or gone", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const other = await rig.open();
    for (let n = 0; n < 10; n += 1) {
      const source = await endedRun(store, "h");
      const taker = await store.runs.create(newRun({ plan: planOf(["x"]) }));
      const decision = { kind: "reused", execution: 1, code: { kind: "globs", globs: [], sha256: sha("e") } } as const;
      const [removal] = await Promise.allSettled([
        other.housekeeping.deleteRun(source.run.id, WISH),
        store.nodes.reuse(taker.id, [{ node: "x", executionId: source.executionId, decision }], 9),
      ]);
      const isGone = (await store.runs.get(source.run.id)) === undefined;
      const node = await store.nodes.get(taker.id, "x");
      expect([isGone, node?.executionId]).toEqual(isGone ? [true, undefined] : [false, source.executionId]);
      if (removal.status === "fulfilled") expect(removal.value).toBe(isGone);
    }
  });
}
