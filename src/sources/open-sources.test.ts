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
  const hint = "give it as one of: a local path, file://, http://, https://, datum://";
  it.each([
    ["s3://bucket/key", "input s3://bucket/key: inputs by s3:// are not supported by this version"],
    ["GS://bucket/key", "input GS://bucket/key: inputs by gs:// are not supported by this version"],
    ["dataset://name/version", "input dataset://name/version: inputs by dataset:// are not supported by this version"],
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
      `input datum://${id}: there is no datum with the id "${id}"`,
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
