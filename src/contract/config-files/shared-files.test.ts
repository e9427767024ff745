import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SharedFiles, writeOwn } from "./shared-files.ts";

function temporaryFolder(): Disposable & { readonly at: (name: string) => string } {
  const root = mkdtempSync(join(tmpdir(), "headrace-shared-"));
  return { at: (name) => join(root, name), [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

const read = (path: string): string => readFileSync(path, "utf8");
const inode = (path: string): number => statSync(path).ino;

test("equal texts are one file, different ones are not, and what stood there is replaced and not written into", () => {
  using folder = temporaryFolder();
  const shared = new SharedFiles(folder.at("cache/shared"));
  shared.place("{}\n", folder.at("a"));
  shared.place("{}\n", folder.at("b"));
  expect([inode(folder.at("a")) === inode(folder.at("b")), statSync(folder.at("a")).mode & 0o777]).toEqual([
    true,
    0o444,
  ]);
  shared.place("other\n", folder.at("b"));
  writeOwn("own\n", folder.at("a"));
  shared.place("{}\n", folder.at("c"));
  expect(["a", "b", "c"].map((name) => read(folder.at(name)))).toEqual(["own\n", "other\n", "{}\n"]);
  expect(readdirSync(folder.at("cache/shared"))).toHaveLength(2);
});

test("what an earlier process left, perhaps cut short, is not trusted", () => {
  using folder = temporaryFolder();
  new SharedFiles(folder.at("shared")).place("{}\n", folder.at("a"));
  const [name = ""] = readdirSync(folder.at("shared"));
  rmSync(join(folder.at("shared"), name));
  writeFileSync(join(folder.at("shared"), name), "");
  new SharedFiles(folder.at("shared")).place("{}\n", folder.at("b"));
  expect(read(folder.at("b"))).toBe("{}\n");
});

test("where the original has gone or none can be made, the file is written, and the next one may be shared again", () => {
  using folder = temporaryFolder();
  const shared = new SharedFiles(folder.at("shared"));
  shared.place("{}\n", folder.at("a"));
  rmSync(folder.at("shared"), { recursive: true });
  shared.place("{}\n", folder.at("b"));
  shared.place("{}\n", folder.at("c"));
  shared.place("{}\n", folder.at("d"));
  expect(["b", "c", "d"].map((name) => read(folder.at(name)))).toEqual(["{}\n", "{}\n", "{}\n"]);
  expect(inode(folder.at("c"))).toBe(inode(folder.at("d")));

  writeFileSync(folder.at("no-folder"), "");
  new SharedFiles(folder.at("no-folder")).place("{}\n", folder.at("e"));
  expect(read(folder.at("e"))).toBe("{}\n");
});

test("a place that cannot be written to is an error", () => {
  using folder = temporaryFolder();
  mkdirSync(folder.at("shared"));
  expect(() => new SharedFiles(folder.at("shared")).place("{}\n", folder.at("missing/a"))).toThrow("ENOENT");
});
