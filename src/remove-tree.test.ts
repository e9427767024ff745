import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeTree } from "./remove-tree.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-remove-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it.each([0, 3, 31, 32, 200])("removes a folder with %i files, and as many below", async (count) => {
  const tree = join(root, "tree");
  mkdirSync(join(tree, "a/b"), { recursive: true });
  for (let file = 0; file < count; file++)
    for (const folder of ["", "a", "a/b"]) writeFileSync(join(tree, folder, String(file)), "");
  chmodSync(join(tree, "a"), 0o500);
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

it("removes a link and not what it leads to", async () => {
  const kept = join(root, "kept");
  mkdirSync(join(root, "tree"));
  mkdirSync(kept);
  writeFileSync(join(kept, "file"), "");
  symlinkSync(kept, join(root, "link"));
  symlinkSync(kept, join(root, "tree/link"));
  await removeTree(join(root, "link"));
  await removeTree(join(root, "tree"));
  expect([existsSync(join(root, "link")), existsSync(join(root, "tree")), existsSync(join(kept, "file"))]).toEqual([
    false,
    false,
    true,
  ]);
});

it("removes a file, and minds nothing that is not there", async () => {
  writeFileSync(join(root, "file"), "");
  await removeTree(join(root, "file"));
  await removeTree(join(root, "file"));
  expect(existsSync(join(root, "file"))).toBe(false);
});
