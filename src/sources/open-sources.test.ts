import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal, type SourcesRig, sourcesRig } from "./fixtures/sources-rig.ts";

let rig: SourcesRig;
beforeEach(async () => {
  rig = await sourcesRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

describe("which URIs are known", () => {
  const hint = "give it as one of: a local path, file://, http://, https://, datum://, dataset://, model://";
  it.each([
    ["s3://bucket/key", "input s3://bucket/key: inputs by s3:// are not supported by this version"],
    ["GS://bucket/key", "input GS://bucket/key: inputs by gs:// are not supported by this version"],
    ["ftp://user:secret@host/x", "input ftp://host/x: inputs by ftp:// are not supported by this version"],
  ])("%s is refused by name", async (uri, message) => {
    expect(await refusal(rig.fetch(uri))).toEqual(["HR_NOT_SUPPORTED", message, hint]);
  });

  it.each(["", " "])("an empty one (%j) is refused", async (uri) => {
    expect(await refusal(rig.fetch(uri))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      'input "": the URI is empty',
      "give a path or a URI, or leave the input's default away",
    ]);
  });
});

describe("datum://", () => {
  const sha256 = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";

  it("hands out a stored file under its name", async () => {
    const ref = await rig.blobs.putBytes(Buffer.from("0"));
    const datum = await rig.store.data.add({ name: "results/best/model.pkl", ...ref, properties: {} }, 1);
    expect(await rig.fetch(`datum://${datum.id}`)).toEqual([
      {
        name: "model.pkl",
        directories: [],
        fullPath: "results/best/model.pkl",
        uri: `datum://${datum.id}`,
        datumId: datum.id,
        sha256,
        sizeBytes: 1,
      },
    ]);
  });

  it.each(["nobody", ""])("refuses the unknown id %j", async (id) => {
    expect(await refusal(rig.fetch(`datum://${id}`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input datum://${id}: there is no datum with the id or the alias "${id}"`,
      "the page of files lists the ids of what execution N made",
    ]);
  });

  it("says when the content is gone", async () => {
    const datum = await rig.store.data.add({ name: "model.pkl", sha256, sizeBytes: 1, properties: {} }, 1);
    expect(await refusal(rig.fetch(`datum://${datum.id}`))).toEqual([
      "HR_BLOB_MISSING",
      `input datum://${datum.id}: the content of "model.pkl" (${sha256}) is no longer stored`,
      "bring it back from a backup, or run again what made it",
    ]);
  });

  it("takes back the datum of a fetched file", async () => {
    const file = join(rig.options.cacheFolder, "..", "a.csv");
    await writeFile(file, "a");
    const fetched = await rig.fetchOne(file);
    expect(await rig.fetchOne(`datum://${fetched.datumId}`)).toMatchObject({
      name: "a.csv",
      sha256: fetched.sha256,
      sizeBytes: 1,
    });
  });
});

describe("dataset://", () => {
  const wish = { actor: "local:ada", at: 1 } as const;

  async function makeVersion(names: readonly string[], name: string) {
    const files: { name: string; datumId: string }[] = [];
    for (const file of names) {
      const ref = await rig.blobs.putBytes(Buffer.from(file));
      const { id } = await rig.store.data.add({ name: file, ...ref, properties: {} }, 1);
      files.push({ name: file, datumId: id });
    }
    const version = { dataset: "flights", name, exclude: [], files, note: "", aliases: ["good"] };
    return { version: await rig.store.datasets.create(version, wish), files };
  }

  it("hands out the files of a version, each with its folders", async () => {
    const { files } = await makeVersion(["2013/jan.csv", "feb.csv"], "march");
    for (const ref of ["march", "good", "latest"]) {
      const fetched = await rig.fetch(`dataset://flights/${ref}`);
      expect(fetched.map(({ fullPath, directories, uri }) => [fullPath, directories, uri])).toEqual([
        ["2013/jan.csv", ["2013"], `datum://${files[0]?.datumId}`],
        ["feb.csv", [], `datum://${files[1]?.datumId}`],
      ]);
    }
  });

  it("says what is not there", async () => {
    const { version, files } = await makeVersion(["a.csv"], "march");
    const refusals = async (uri: string) => (await refusal(rig.fetch(uri))).slice(0, 2);
    expect(await refusals("dataset://flights")).toEqual([
      "HR_INPUT_UNAVAILABLE",
      "input dataset://flights: it names no version of a dataset",
    ]);
    expect(await refusals("dataset://none/v1")).toEqual([
      "HR_INPUT_UNAVAILABLE",
      'input dataset://none/v1: there is no dataset "none"',
    ]);
    expect(await refusals("dataset://flights/april")).toEqual([
      "HR_INPUT_UNAVAILABLE",
      'input dataset://flights/april: the dataset has neither a version nor an alias "april"',
    ]);
    await rig.store.data.purge(files[0]?.datumId ?? "", wish);
    expect(await refusals("dataset://flights/march")).toEqual([
      "HR_INPUT_UNAVAILABLE",
      'input dataset://flights/march: its file "a.csv" was purged at 1970-01-01T00:00:00.001Z',
    ]);
    const key = { kind: "dataset", owner: version.datasetId, name: "good" } as const;
    await rig.store.aliases.move(key, { target: null, comment: "" }, wish);
    await rig.store.datasets.delete(version.id, wish);
    expect(await refusals("dataset://flights/march")).toEqual([
      "HR_INPUT_UNAVAILABLE",
      "input dataset://flights/march: it was deleted at 1970-01-01T00:00:00.001Z",
    ]);
  });
});

describe("model://", () => {
  const wish = { actor: "local:ada", at: 1 } as const;

  it("hands out the files of a version, and refuses a rejected one", async () => {
    const ref = await rig.blobs.putBytes(Buffer.from("trees"));
    const { id } = await rig.store.data.add({ name: "m", ...ref, properties: {} }, 1);
    const facts = { run: 1, execution: 2, node: "n", step: "s", commit: "c", parameters: {}, metrics: {}, inputs: [] };
    const files = [{ name: "best/model.pkl", datumId: id }];
    const version = await rig.store.models.create({ model: "delay", files, tags: [], note: "", facts }, wish);
    for (const name of ["1", "latest"]) {
      const fetched = await rig.fetch(`model://delay/${name}`);
      expect(fetched.map(({ fullPath, uri }) => [fullPath, uri])).toEqual([["best/model.pkl", `datum://${id}`]]);
    }
    await rig.store.models.decide(version.id, { state: "rejected", reason: "old" }, wish);
    for (const [uri, why] of [
      ["model://delay/1", "version 1 was rejected"],
      ["model://delay/latest", 'the model has neither a version nor an alias "latest"'],
      ["model://none/1", 'there is no model "none"'],
      ["model://delay", "it names no version of a model"],
    ] as const)
      expect((await refusal(rig.fetch(uri))).slice(0, 2)).toEqual(["HR_INPUT_UNAVAILABLE", `input ${uri}: ${why}`]);
  });
});
