import { describe, expect, test } from "vitest";
import type { AliasKey, NewDatasetVersion } from "../index.ts";
import type { ProjectStore } from "../project/project-store.ts";
import { newRun, StoreRig, type StoreSubject, startNode, UNKNOWN_ID } from "./rig.ts";

const WISH = { actor: "user:ann", at: 10 } as const;
const BOB = { actor: "user:bob", at: 20 } as const;

async function addFile(store: ProjectStore, name: string, content: string): Promise<string> {
  const sha256 = content.padEnd(64, "0");
  const { id } = await store.data.add({ name, sizeBytes: content.length, sha256, properties: {} }, 1);
  return id;
}

async function addFiles(
  store: ProjectStore,
  contents: Readonly<Record<string, string>>,
): Promise<NewDatasetVersion["files"]> {
  const files: { name: string; datumId: string }[] = [];
  for (const [name, content] of Object.entries(contents))
    files.push({ name, datumId: await addFile(store, name, content) });
  return files;
}

function version(change: Partial<NewDatasetVersion>): NewDatasetVersion {
  return { dataset: "flights", exclude: [], files: [], note: "", aliases: [], ...change };
}

/** The names and contents of a version's files, read in pages of two. */
async function contentsOf(store: ProjectStore, id: string): Promise<Readonly<Record<string, string>>> {
  const pages = await Array.fromAsync(store.datasets.files(id, "", 2));
  return Object.fromEntries(pages.flat().map(({ name, sha256 }) => [name, sha256.replace(/0+$/, "")]));
}

async function expectRefusal(work: Promise<unknown>, code: string, message: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ code, message });
}

/** Aliases, datasets and their versions. */
export function testCatalog(subject: StoreSubject): void {
  describe("aliases", () => {
    testAliases(subject);
  });
  describe("datasets", () => {
    testVersions(subject);
    testManyVersions(subject);
    testRefusedVersions(subject);
    testTargets(subject);
  });
}

function testAliases(subject: StoreSubject): void {
  const key: AliasKey = { kind: "datum", owner: "", name: "best" };

  test("an alias moves, remembers each move, and is taken away", async () => {
    await using rig = await StoreRig.start(subject);
    const { aliases, ...store } = rig.store;
    const [one, two] = [await addFile(rig.store, "a", "a"), await addFile(rig.store, "b", "b")];
    expect(await aliases.get(key)).toBeUndefined();
    await aliases.move(key, { target: one, comment: "first" }, WISH);
    await aliases.move(key, { target: one, comment: "again" }, BOB);
    expect(await aliases.move(key, { target: two, comment: "" }, BOB)).toEqual({
      ...key,
      ...{ target: two, moves: 2, movedAt: 20 },
    });
    expect(await aliases.of("datum", [one, two])).toEqual(new Map([[two, ["best"]]]));
    expect(await store.datasets.holdersOf([one, two])).toEqual([{ datumId: two, kind: "alias", name: "best" }]);
    await aliases.move(key, { target: null, comment: "gone" }, WISH);
    expect(await aliases.list({ kind: "datum", owner: "" }, { limit: 10 })).toEqual([]);
    expect(await aliases.history(key, { limit: 10 })).toEqual([
      { ordinal: 3, at: 10, actor: "user:ann", comment: "gone" },
      { ordinal: 2, target: two, at: 20, actor: "user:bob", comment: "" },
      { ordinal: 1, target: one, at: 10, actor: "user:ann", comment: "first" },
    ]);
    expect(await aliases.history(key, { before: 3, limit: 1 })).toMatchObject([{ ordinal: 2 }]);
  });

  test("of two who move it at once from the same place, one is told", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const [one, two] = [await addFile(rig.store, "a", "a"), await addFile(rig.store, "b", "b")];
    const moves = await Promise.allSettled([
      rig.store.aliases.move(key, { target: one, comment: "", after: 0 }, WISH),
      other.aliases.move(key, { target: two, comment: "", after: 0 }, BOB),
    ]);
    expect(moves.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const [refused] = moves.flatMap((move) => (move.status === "rejected" ? [move.reason] : []));
    expect(refused).toMatchObject({
      code: "HR_CONFLICT",
      message: expect.stringMatching(/^the alias best was moved by user:(?:ann|bob) at .+: it no longer stands for/),
    });
    expect(await rig.store.aliases.history(key, { limit: 10 })).toHaveLength(1);
  });

  test("aliases are listed by name, in pages", async () => {
    await using rig = await StoreRig.start(subject);
    const target = await addFile(rig.store, "a", "a");
    for (const name of ["b", "é", "a"]) await rig.store.aliases.move({ ...key, name }, { target, comment: "" }, WISH);
    const page = await rig.store.aliases.list({ kind: "datum", owner: "" }, { limit: 2 });
    expect(page.map(({ name }) => name)).toEqual(["a", "b"]);
    const next = await rig.store.aliases.list({ kind: "datum", owner: "" }, { after: "b", limit: 2 });
    expect(next.map(({ name }) => name)).toEqual(["é"]);
  });
}

function testVersions(subject: StoreSubject): void {
  test("a version has its files, and one made from it has them but for what was changed", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.datasets.create(
      version({ files: await addFiles(store, { "jan.csv": "1", "feb.csv": "22", "\u{1f600}": "3", "\uffee": "4" }) }),
      WISH,
    );
    expect(first).toEqual({
      ...{ id: expect.any(String), datasetId: expect.any(String), dataset: "flights", number: 1, name: "v1" },
      ...{ fileCount: 4, sizeBytes: 5, actor: "user:ann", note: "", createdAt: 10 },
    });
    const files = await addFiles(store, { "feb.csv": "222", "mar.csv": "3" });
    const exclude = ["jan.csv", "no such file"];
    const second = await store.datasets.create(
      version({ name: "spring", parentId: first.id, files, exclude, aliases: ["good"], note: "with March" }),
      BOB,
    );
    expect(second).toMatchObject({ number: 2, name: "spring", parentId: first.id, fileCount: 4, sizeBytes: 6 });
    expect(await contentsOf(store, first.id)).toEqual({
      "jan.csv": "1",
      "feb.csv": "22",
      "\u{1f600}": "3",
      "\uffee": "4",
    });
    expect(await contentsOf(store, second.id)).toEqual({
      "feb.csv": "222",
      "mar.csv": "3",
      "\u{1f600}": "3",
      "\uffee": "4",
    });
    const changes = (await Array.fromAsync(store.datasets.compare(first.id, second.id))).flat();
    expect(changes.map(({ name, before, after }) => [name, before?.sizeBytes, after?.sizeBytes])).toEqual([
      ["feb.csv", 2, 3],
      ["jan.csv", 1, undefined],
      ["mar.csv", undefined, 1],
    ]);
    const dataset = await store.datasets.find("flights");
    expect(dataset).toMatchObject({ name: "flights", versionCount: 2, latest: { name: "spring" } });
    if (dataset === undefined) throw new Error("no dataset");
    for (const ref of ["spring", "good", "latest"])
      expect(await store.datasets.resolve(dataset, ref)).toMatchObject({ id: second.id });
    expect(await store.datasets.resolve(dataset, "none")).toBeUndefined();
    expect((await store.datasets.versions(dataset.id, { limit: 10 })).map(({ name }) => name)).toEqual([
      "spring",
      "v1",
    ]);
    expect((await store.datasets.file(second.id, "mar.csv"))?.sizeBytes).toBe(1);
    expect(await store.datasets.file(second.id, "jan.csv")).toBeUndefined();
  });
}

function testManyVersions(subject: StoreSubject): void {
  test("forty versions, each made from the one before, have few layers and all their files", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    let last = await store.datasets.create(version({ files: await addFiles(store, { "000": "0" }) }), WISH);
    const names = Array.from({ length: 40 }, (_, index) => String(index + 1).padStart(3, "0"));
    for (const name of names) {
      const files = await addFiles(store, { [name]: name });
      const exclude = Number(name) % 10 === 0 ? [String(Number(name) - 1).padStart(3, "0")] : [];
      last = await store.datasets.create(version({ parentId: last.id, files, exclude }), WISH);
    }
    const kept = ["000", ...names].filter((name) => Number(name) % 10 !== 9);
    expect(Object.keys(await contentsOf(store, last.id))).toEqual(kept);
    expect(last).toMatchObject({ number: 41, fileCount: kept.length });
  });

  test("a version is deleted, its name is never given again, and another that shares its files keeps them", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.datasets.create(
      version({ files: await addFiles(store, { a: "1" }), aliases: ["ok"] }),
      WISH,
    );
    const second = await store.datasets.create(
      version({ parentId: first.id, files: await addFiles(store, { b: "2" }) }),
      WISH,
    );
    await expectRefusal(store.datasets.delete(first.id, BOB), "HR_CONFLICT", "flights/v1 is kept: ok stands for it");
    const key = { kind: "dataset", owner: first.datasetId, name: "ok" } as const;
    await store.aliases.move(key, { target: second.id, comment: "" }, WISH);
    expect(await store.datasets.delete(first.id, BOB)).toMatchObject({ deletedAt: 20 });
    expect(await contentsOf(store, second.id)).toEqual({ a: "1", b: "2" });
    expect(await contentsOf(store, first.id)).toEqual({});
    await expectRefusal(
      store.datasets.create(version({ name: "v1", files: await addFiles(store, { c: "3" }) }), WISH),
      "HR_CONFLICT",
      "the version flights/v1 existed, and was deleted: versions never change",
    );
    const files = await store.datasets.file(second.id, "a");
    expect(await store.datasets.holdersOf([files?.datumId ?? ""])).toEqual([
      { datumId: files?.datumId, kind: "dataset-version", name: "flights/v2" },
    ]);
  });
}

function testRefusedVersions(subject: StoreSubject): void {
  test("a version never changes: the same files are the same version, others are refused", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const first = await store.datasets.create(
      version({ name: "march", files: await addFiles(store, { a: "1" }), aliases: ["ok"] }),
      WISH,
    );
    const again = version({ name: "march", files: await addFiles(store, { a: "1" }) });
    expect(await store.datasets.create(again, BOB)).toEqual(first);
    const rows: readonly (readonly [Partial<NewDatasetVersion>, string, string])[] = [
      [
        { name: "march" },
        "HR_CONFLICT",
        "the version flights/march exists already, with other files: versions never change",
      ],
      [{ name: "ok" }, "HR_CONFLICT", "flights/ok is an alias: no version can be called so"],
      [{ aliases: ["march"] }, "HR_CONFLICT", "march cannot be an alias of flights: it is the name of a version"],
      [
        { aliases: ["latest"] },
        "HR_CONFLICT",
        "latest cannot be an alias of flights: it stands for the newest version by itself",
      ],
      [{ files: [] }, "HR_USAGE", "the version flights/v2 would have no files"],
      [{ parentId: UNKNOWN_ID }, "HR_NOT_FOUND", `there is no version ${UNKNOWN_ID}: nothing can be made from it`],
      [
        { files: [{ name: "a", datumId: UNKNOWN_ID }] },
        "HR_NOT_FOUND",
        `there is no stored file with the id "${UNKNOWN_ID}"`,
      ],
    ];
    const files = await addFiles(store, { a: "2" });
    for (const [change, code, message] of rows)
      await expectRefusal(store.datasets.create(version({ files, ...change }), WISH), code, message);
    expect(await store.datasets.find("flights")).toMatchObject({ versionCount: 1 });
  });

  test("two that make a version of one name at once: one is made, the other is told", async () => {
    await using rig = await StoreRig.start(subject);
    const other = await rig.open();
    const [one, two] = [await addFiles(rig.store, { a: "1" }), await addFiles(rig.store, { a: "2" })];
    const made = await Promise.allSettled([
      rig.store.datasets.create(version({ name: "march", files: one }), WISH),
      other.datasets.create(version({ name: "march", files: two }), BOB),
      rig.store.datasets.create(version({ files: one }), WISH),
      other.datasets.create(version({ files: two }), BOB),
    ]);
    expect(made.filter(({ status }) => status === "rejected")).toMatchObject([{ reason: { code: "HR_CONFLICT" } }]);
    const dataset = await rig.store.datasets.find("flights");
    const versions = await rig.store.datasets.versions(dataset?.id ?? "", { limit: 10 });
    expect(versions.map(({ number }) => number)).toEqual([3, 2, 1]);
  });
}

function testTargets(subject: StoreSubject): void {
  test("the end of an execution gives its outputs aliases and makes versions, or says why not", async () => {
    await using rig = await StoreRig.start(subject);
    const { store } = rig;
    const old = await store.datasets.create(version({ name: "old", files: await addFiles(store, { a: "1" }) }), WISH);
    const { id, fence } = await startNode(store, await store.runs.create(newRun()), "a");
    const output = { id: crypto.randomUUID(), name: "b", sizeBytes: 1, sha256: "b".repeat(64), properties: {} };
    const files = [{ name: "b", datumId: output.id }];
    const made = { dataset: "flights", exclude: [], aliases: ["good"], files };
    await store.executions.finish(id, fence, {
      ...{ state: "complete", outputs: [output], at: 30 },
      targets: {
        aliases: [{ name: "best", datumId: output.id }],
        datasetVersions: [
          { ...made, from: { name: "flights", version: "old" } },
          { ...made, name: "old" },
          { ...made, name: "x", from: { name: "none", version: "v1" } },
        ],
        modelVersions: [],
      },
    });
    const [newest] = await store.datasets.madeBy([id]);
    expect(newest).toMatchObject({ name: "v2", parentId: old.id, fileCount: 2, executionId: id, actor: "local:ada" });
    expect(await contentsOf(store, newest?.id ?? "")).toEqual({ a: "1", b: "b".repeat(64) });
    const best = await store.aliases.history({ kind: "datum", owner: "", name: "best" }, { limit: 2 });
    expect(best).toEqual([{ ordinal: 1, target: output.id, at: 30, actor: "local:ada", comment: "", executionId: id }]);
    expect((await store.executions.get(id))?.warnings).toEqual([
      "no version of the dataset flights was made of the outputs: the version flights/old exists already, with other files: versions never change",
      "no version of the dataset flights was made of the outputs: dataset://none/v1, from which it is made, is not there",
    ]);
    expect(await store.datasets.find("none")).toBeUndefined();
  });
}
