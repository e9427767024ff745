import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Of } from "../blobs/index.ts";
import { checkoutSnapshot } from "./checkout-snapshot.ts";
import { openRig, type Rig, writeTree } from "./fixtures/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const checkout = (identifier: string, target: string): ReturnType<typeof checkoutSnapshot> =>
  checkoutSnapshot({ identifier, target, store: rig.store, blobs: rig.blobs });

/** Every path below a folder with what stands there. */
function treeOf(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (path) => !lstatSync(join(folder, path)).isDirectory(),
  );
  const entries = paths.sort().map((path) => {
    const stats = lstatSync(join(folder, path));
    if (stats.isSymbolicLink()) return [path, `-> ${readlinkSync(join(folder, path))}`];
    return [path, `${(stats.mode & 0o777).toString(8)} ${readFileSync(join(folder, path), "utf8")}`];
  });
  return Object.fromEntries(entries);
}

describe("checking out a version of the code", () => {
  it("writes files, modes and links as they were captured, though the working tree is gone", async () => {
    rig.write({
      "train.py": "print(1)\n",
      "bin/run": { executable: "#!/bin/sh\n" },
      "lib/deep/er/x.py": "",
      "lib/link": { link: "deep" },
      dangling: { link: "nowhere" },
      "big.txt": "x".repeat(200_000),
    });
    const before = treeOf(rig.root);
    const { record } = await rig.capture();
    writeTree(rig.root, { "train.py": "changed" });
    const target = join(rig.folder, "new", "checkout");
    expect(await checkout(record.identifier, target)).toEqual({ fileCount: 6, sizeBytes: 200_019 });
    expect(treeOf(target)).toEqual(before);
  });

  it("gives files that may be written to without harm to what is stored", async () => {
    rig.write({ "a.py": "a" });
    const { record } = await rig.capture();
    const target = join(rig.folder, "out");
    await checkout(record.identifier, target);
    writeFileSync(join(target, "a.py"), "changed");
    expect(await rig.blobs.verify(sha256Of("a"))).toBe("ok");
    expect(statSync(join(target, "a.py")).nlink).toBe(1);
  });

  it("brings back any tree", async () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "é", " ", ".", "\n", "😀"), minLength: 1, maxLength: 3 });
    const path = fc
      .array(
        name.filter((text) => !/^\.+$/.test(text)),
        { minLength: 1, maxLength: 3 },
      )
      .map((names) => names.join("/"));
    const content = fc.oneof(
      fc.string(),
      fc.string().map((executable) => ({ executable })),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(path, content, { maxKeys: 8 }), async (files) => {
        const paths = Object.keys(files);
        const tree = Object.fromEntries(
          Object.entries(files).filter(([one]) => !paths.some((other) => other.startsWith(`${one}/`))),
        );
        const root = join(rig.folder, `tree${run}`);
        const target = join(rig.folder, `out${run++}`);
        mkdirSync(root);
        for (const [one, text] of Object.entries(tree)) writeTree(root, { [one]: text });
        const { record } = await rig.capture({ root });
        await checkout(record.identifier, target);
        expect(treeOf(target)).toEqual(treeOf(root));
      }),
      { numRuns: 25 },
    );
  });

  it("writes many files", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1500 }, (_, n) => [`pkg${n % 40}/mod${n}.py`, `x = ${n % 7}\n`]),
    );
    rig.write(files);
    const { record } = await rig.capture();
    const target = join(rig.folder, "out");
    expect(await checkout(record.identifier, target)).toMatchObject({ fileCount: 1500 });
    expect(treeOf(target)).toEqual(treeOf(rig.root));
  });

  it("takes an empty folder, and no other", async () => {
    rig.write({ "a.py": "a" });
    const { record } = await rig.capture();
    const target = join(rig.folder, "out");
    mkdirSync(target);
    await checkout(record.identifier, target);
    writeTree(rig.folder, { file: "" });
    for (const taken of [target, join(rig.folder, "file")]) {
      await expect(checkout(record.identifier, taken)).rejects.toMatchObject({
        code: "HR_FILE_EXISTS",
        message: `${taken} exists already and is not an empty folder`,
        hint: "name a folder that does not exist yet",
      });
    }
    expect(readdirSync(target)).toEqual(["a.py"]);
  });

  it("says which version is not there", async () => {
    await expect(checkout("~none", join(rig.folder, "out"))).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
      message: "no version of the code named ~none is stored",
      hint: "the page of the run shows the version that a run used",
    });
    expect(existsSync(join(rig.folder, "out"))).toBe(false);
  });

  it("leaves nothing behind when a file's content is lost", async () => {
    rig.write({ "a/b.py": "b", "c.py": "c" });
    const { record } = await rig.capture();
    await rig.blobs.delete(sha256Of("c"));
    mkdirSync(join(rig.folder, "empty"));
    for (const name of ["new", "empty"]) {
      await expect(checkout(record.identifier, join(rig.folder, name))).rejects.toMatchObject({
        code: "HR_BLOB_MISSING",
        message: `the stored file ${sha256Of("c")} is missing`,
      });
    }
    expect(existsSync(join(rig.folder, "new"))).toBe(false);
    expect(readdirSync(join(rig.folder, "empty"))).toEqual([]);
  });

  it("writes nothing of a list that would leave the folder", async () => {
    const hostile = { format: 1, files: [{ path: "../escaped", sha256: sha256Of("x"), size: 1, executable: false }] };
    const { sha256 } = await rig.blobs.putBytes(Buffer.from(JSON.stringify(hostile)));
    await rig.blobs.putBytes(Buffer.from("x"));
    await rig.store.snapshots.add({
      identifier: "~bad",
      manifestSha256: sha256,
      fileCount: 1,
      sizeBytes: 1,
      createdAt: 0,
    });
    await expect(checkout("~bad", join(rig.folder, "out"))).rejects.toMatchObject({ code: "HR_SNAPSHOT_FAILED" });
    expect(existsSync(join(rig.folder, "escaped"))).toBe(false);
    expect(existsSync(join(rig.folder, "out"))).toBe(false);
  });
});
