import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalBlobStore, openBlobStore } from "../../blobs/index.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { type InputFile, placeInputs, type StepInput } from "./place-inputs.ts";

let parent: string;
let blobs: LocalBlobStore;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), "headrace-inputs-"));
  blobs = await openBlobStore({ folder: join(parent, "blobs") });
});
afterAll(async () => {
  await blobs[Symbol.asyncDispose]();
  rmSync(parent, { recursive: true, force: true });
});

async function file(name: string, content = name, datumId = `d-${name}-${content}`): Promise<InputFile> {
  const { sha256, sizeBytes } = await blobs.putBytes(Buffer.from(content));
  return { name, uri: `datum://${datumId}`, datumId, sha256, sizeBytes };
}

function input(name: string, files: readonly InputFile[], rules: Partial<StepInput> = {}): StepInput {
  return { name, keepDirectories: "none", files, ...rules };
}

describe("placing inputs", () => {
  test("makes each file appear and says under which name", async () => {
    using folder = temporaryExecution();
    const properties = { split: "train" };
    const a = { ...(await file("2024/a.csv", "one")), properties };
    const b = await file("2025/a.csv", "two");
    const placed = await placeInputs(folder, [input("data", [a, b]), input("nothing", [])], blobs, { mode: "share" });
    expect(placed).toEqual([
      {
        name: "data",
        files: [
          { input: "data", name: "a.csv", uri: a.uri, datumId: a.datumId, sha256: a.sha256, sizeBytes: 3, properties },
          { input: "data", name: "a-1.csv", uri: b.uri, datumId: b.datumId, sha256: b.sha256, sizeBytes: 3 },
        ],
      },
      { name: "nothing", files: [] },
    ]);
    expect(readFileSync(join(folder.inputs, "data", "a-1.csv"), "utf8")).toBe("two");
    expect(readdirSync(join(folder.inputs, "nothing"))).toEqual([]);
  });

  test("keeps folders", async () => {
    using folder = temporaryExecution();
    const files = [await file("x/y/a.csv"), await file("x/b.csv")];
    await placeInputs(folder, [input("data", files, { keepDirectories: "full" })], blobs, { mode: "copy" });
    expect(readdirSync(join(folder.inputs, "data"), { recursive: true }).sort()).toEqual([
      "x",
      "x/b.csv",
      "x/y",
      "x/y/a.csv",
    ]);
  });

  test("shares the stored bytes read-only, or copies them", async () => {
    using folder = temporaryExecution();
    const a = await file("a.csv", "shared or not");
    await placeInputs(folder, [input("one", [a]), input("two", [a])], blobs, { mode: "share" });
    const [one, two] = ["one", "two"].map((name) => statSync(join(folder.inputs, name, "a.csv")));
    expect(one?.ino).toBe(two?.ino);
    expect((one?.mode ?? 0) & 0o777).toBe(0o444);
    await placeInputs(folder, [input("one", [a])], blobs, { mode: "copy" });
    expect(statSync(join(folder.inputs, "one", "a.csv")).ino).not.toBe(two?.ino);
  });

  test("puts a datum that came over two ways there once", async () => {
    using folder = temporaryExecution();
    const a = await file("a.csv");
    const [placed] = await placeInputs(folder, [input("data", [a, await file("b.csv"), a])], blobs, { mode: "share" });
    expect(placed?.files.map((each) => each.name)).toEqual(["a.csv", "b.csv"]);
  });

  test("may be repeated over what a crash left: whole files, half a copy, files of nobody", async () => {
    using folder = temporaryExecution();
    const inputs = [input("data", [await file("a.csv", "whole"), await file("b.csv")])];
    const first = await placeInputs(folder, inputs, blobs, { mode: "share" });
    const data = join(folder.inputs, "data");
    rmSync(join(data, "a.csv"));
    writeFileSync(join(data, "a.csv"), "who");
    mkdirSync(join(data, "stray"));
    writeFileSync(join(data, "stray", "x"), "");
    chmodSync(join(data, "stray", "x"), 0o000);
    expect(await placeInputs(folder, inputs, blobs, { mode: "copy" })).toEqual(first);
    expect(readdirSync(data)).toEqual(["a.csv", "b.csv"]);
    expect(readFileSync(join(data, "a.csv"), "utf8")).toBe("whole");
  });

  test("places nothing when one name is bad", async () => {
    using folder = temporaryExecution();
    const bad = [
      input("good", [await file("a.csv")]),
      input("bad", [{ ...(await file("b")), name: "../b" }], { keepDirectories: "full" }),
    ];
    await expect(placeInputs(folder, bad, blobs, { mode: "share" })).rejects.toMatchObject({ code: "HR_PATH_ESCAPES" });
    await expect(placeInputs(folder, [input("..", [])], blobs, { mode: "share" })).rejects.toMatchObject({
      code: "HR_PATH_ESCAPES",
    });
    expect(readdirSync(folder.inputs)).toEqual([]);
  });

  test("says which stored file is missing", async () => {
    using folder = temporaryExecution();
    const lost = { ...(await file("a.csv")), sha256: "0".repeat(64) };
    await expect(placeInputs(folder, [input("data", [lost])], blobs, { mode: "share" })).rejects.toMatchObject({
      code: "HR_BLOB_MISSING",
    });
  });

  test("places a thousand files", async () => {
    using folder = temporaryExecution();
    const one = await file("x", "same");
    const files = Array.from({ length: 1000 }, (_, n) => ({ ...one, name: `f-${n}.csv`, datumId: `d-${n}` }));
    await placeInputs(folder, [input("data", files)], blobs, { mode: "share" });
    expect(readdirSync(join(folder.inputs, "data")).length).toBe(1000);
  });
});
