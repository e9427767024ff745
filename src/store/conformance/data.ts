import { describe, expect, test } from "vitest";
import type { SnapshotRecord } from "../project/requests.ts";
import { createRecordId } from "../record-id.ts";
import type { InputFileRecord } from "../records.ts";
import {
  eventsOf,
  expectFailure,
  lastEventId,
  newRun,
  StoreRig,
  type StoreSubject,
  startNode,
  UNKNOWN_ID,
} from "./rig.ts";

const SHA = "a".repeat(64);

export function testData(subject: StoreSubject): void {
  describe("data", () => {
    testDatums(subject);
    testOutputs(subject);
    testInputFiles(subject);
    testSnapshots(subject);
  });
}

function testDatums(subject: StoreSubject): void {
  test("a fetched file is found again by its URI, the newest first", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const uri = "https://example.org/flights.csv?x=1&y=%20";
    const file = { name: "flights.csv", sizeBytes: 10, sha256: SHA, uri, properties: { etag: '"1"' } };
    const first = await store.data.add(file, 5);
    expect(first).toEqual({ ...file, id: expect.any(String), createdAt: 5 });
    expect(await store.data.findByUri(uri)).toEqual(first);
    const second = await store.data.add({ ...file, sha256: "b".repeat(64), properties: { etag: '"2"' } }, 5);
    expect(await store.data.findByUri(uri)).toEqual(second);
    expect(await store.data.get(first.id)).toEqual(first);
    expect(await store.data.findByUri("https://example.org/flights.csv")).toBeUndefined();
    expect(await store.data.get(UNKNOWN_ID)).toBeUndefined();
    expect(await eventsOf(store)).toEqual([]);
  });

  test("an output that was taken while the step ran is not added twice at its end", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const { id, fence } = await startNode(store, run, "a");
    const before = await lastEventId(store);
    const live = {
      id: "live-1",
      name: "epoch-1.ckpt",
      sizeBytes: 1,
      sha256: SHA,
      properties: { "valohai.tags": ["x"] },
    };
    const added = await store.data.add({ ...live, executionId: id }, 5);
    expect(added).toEqual({ ...live, executionId: id, createdAt: 5 });
    expect(await store.data.add({ ...live, executionId: id }, 6)).toEqual(added);
    const last = { name: "a-first-by-name", sizeBytes: 0, sha256: SHA, properties: {} };
    await store.executions.finish(id, fence, { state: "complete", outputs: [live, last], at: 9 });
    expect(await store.data.listOutputs(id)).toEqual([
      { ...last, id: expect.any(String), executionId: id, createdAt: 9 },
      added,
    ]);
    const announced = (await eventsOf(store, run.id, before)).filter((event) => event.kind === "datum-created");
    expect(announced.map((event) => event.name)).toEqual(["epoch-1.ckpt", "a-first-by-name"]);
  });

  test("an output of a running step is taken from the engine that holds it alone", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    const next = (await store.queue.adopt(id, fence, "two")) ?? -1;
    const live = { name: "epoch-1.ckpt", sizeBytes: 1, sha256: SHA, properties: {}, executionId: id };
    await expect(store.data.add(live, 5, fence)).rejects.toMatchObject({ code: "HR_CONFLICT" });
    const added = await store.data.add(live, 6, next);
    await store.executions.finish(id, next, { state: "complete", outputs: [], at: 7 });
    await expect(store.data.add(live, 8, next)).rejects.toMatchObject({ code: "HR_CONFLICT" });
    expect(await store.data.listOutputs(id)).toEqual([added]);
  });

  test.each([
    ["another content", { sha256: "b".repeat(64) }],
    ["another name", { name: "other" }],
    ["another maker", { executionId: undefined }],
  ])("an id is never given to %s", async (_, change) => {
    await using rig = await StoreRig.start(subject);
    const { id } = await startNode(rig.store, await rig.store.runs.create(newRun()), "a");
    // One database may hold the projects of many tests.
    const fixed = createRecordId(1);
    const datum = { id: fixed, name: "x", sizeBytes: 1, sha256: SHA, executionId: id, properties: {} };
    const kept = await rig.store.data.add(datum, 1);
    const { executionId, ...changed } = { ...datum, ...change };
    await expectFailure(rig.store.data.add({ ...changed, ...(executionId !== undefined && { executionId }) }, 2), {
      code: "HR_CONFLICT",
      message: `the datum ${fixed} exists already with another content: “${changed.name}” cannot take its place`,
      hint: "stored files never change; give the new file an id of its own",
    });
    expect(await rig.store.data.get(fixed)).toEqual(kept);
  });
}

function testOutputs(subject: StoreSubject): void {
  test("outputs are listed by name, byte by byte; an unknown execution has none", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    const names = ["b", "a/10", "B", "a/9", "ä", "a", "_"];
    const outputs = names.map((name) => ({ name, sizeBytes: 1, sha256: SHA, properties: {} }));
    await store.executions.finish(id, fence, { state: "complete", outputs, at: 9 });
    expect((await store.data.listOutputs(id)).map((datum) => datum.name)).toEqual([
      "B",
      "_",
      "a",
      "a/10",
      "a/9",
      "b",
      "ä",
    ]);
    expect(await store.data.listOutputs(UNKNOWN_ID)).toEqual([]);
    await expect(
      store.data.add(
        { ...outputs[0], name: "x", sizeBytes: 1, sha256: SHA, properties: {}, executionId: UNKNOWN_ID },
        1,
      ),
    ).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
    });
  });
}

function testInputFiles(subject: StoreSubject): void {
  test("executions come with their files, by their ids and by the run whose nodes they stand behind", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const run = await store.runs.create(newRun());
    const [a, b] = [await startNode(store, run, "a"), await startNode(store, run, "b")];
    const files = ["2", "1"].map((name) => ({
      input: "in",
      name,
      uri: "u",
      datumId: createRecordId(1),
      sha256: SHA,
      sizeBytes: 1,
    }));
    await store.data.setInputFiles(a.id, a.fence, files);
    for (const { id, fence } of [a, b]) {
      const outputs = ["y", "x"].map((name) => ({ name, sizeBytes: 1, sha256: SHA, properties: {} }));
      await store.executions.finish(id, fence, { state: "complete", outputs, at: 9 });
    }
    const expected = async ({ id }: { readonly id: string }, inputs: readonly InputFileRecord[]) => ({
      execution: await store.executions.get(id),
      inputs,
      outputs: await store.data.listOutputs(id),
    });
    const both = [await expected(a, files), await expected(b, [])];
    const sorted = async (found: ReturnType<typeof store.executions.listById>) =>
      [...(await found)].sort((one, other) => one.execution.number - other.execution.number);
    expect(await sorted(store.executions.listById([b.id, UNKNOWN_ID, a.id, "no id"]))).toEqual(both);
    expect(await sorted(store.executions.listOfNodes(run.id))).toEqual(both);
    expect(await store.executions.listById([b.id])).toEqual(both.slice(1));
    expect(await store.executions.listById([])).toEqual([]);
  });

  test("the files of the inputs are kept in order and replaced as a whole", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    const file = (input: string, name: string): InputFileRecord => ({
      input,
      name,
      uri: `datum://${name}`,
      datumId: name,
      sha256: SHA,
      sizeBytes: 3,
    });
    const files = [file("z", "2"), file("a", "1"), file("z", "1")];
    await store.data.setInputFiles(id, fence, files);
    expect(await store.data.listInputFiles(id)).toEqual(files);
    const properties = { split: "train", "headrace.http.etag": '"1"' };
    const datum = await store.data.add({ name: "z", sizeBytes: 1, sha256: SHA, properties }, 5);
    const received = { ...file("z", "2"), datumId: datum.id };
    await store.data.setInputFiles(id, fence, [received]);
    expect(await store.data.listInputFiles(id)).toEqual([{ ...received, properties: { split: "train" } }]);
    await store.data.setInputFiles(id, fence, files.slice(1));
    expect(await store.data.listInputFiles(id)).toEqual(files.slice(1));
    await store.data.setInputFiles(id, fence, []);
    expect(await store.data.listInputFiles(id)).toEqual([]);
    expect(await store.data.listInputFiles(UNKNOWN_ID)).toEqual([]);
  });
}

function testSnapshots(subject: StoreSubject): void {
  test.each<SnapshotRecord>([
    { identifier: `~${SHA}`, manifestSha256: SHA, fileCount: 3, sizeBytes: 2 ** 40, createdAt: 5 },
    {
      identifier: "0123abcd",
      manifestSha256: SHA,
      fileCount: 0,
      sizeBytes: 0,
      git: { commit: "0123abcd", branch: "main", dirty: false },
      createdAt: 5,
    },
    {
      identifier: "~x",
      manifestSha256: SHA,
      fileCount: 1,
      sizeBytes: 1,
      git: { commit: "0123abcd", dirty: true },
      createdAt: 5,
    },
  ])("the snapshot $identifier is kept once", async (snapshot) => {
    await using rig = await StoreRig.start(subject);
    expect(await rig.store.snapshots.get(snapshot.identifier)).toBeUndefined();
    await rig.store.snapshots.add(snapshot);
    await rig.store.snapshots.add({ ...snapshot, createdAt: 6 });
    expect(await rig.store.snapshots.get(snapshot.identifier)).toEqual(snapshot);
  });
}
