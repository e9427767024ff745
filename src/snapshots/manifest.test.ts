import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeManifest, encodeManifest, foldersOf, isSafeLink, isSafePath, type ManifestEntry } from "./manifest.ts";

const SHA = "a".repeat(64);

function file(path: string): ManifestEntry {
  return { path, sha256: SHA, size: 1, executable: false };
}

function json(...files: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ format: 1, files }));
}

describe("the list of a snapshot's files", () => {
  it("is spelled in one way, whatever the order it was found in", () => {
    const names = ["b", "a", "a-b", "a/b", "Z", "é", "\uFFFD", "😀", "a/a"];
    const sorted = ["Z", "a-b", "a/a", "a/b", "b", "é", "\uFFFD", "😀"];
    const text = encodeManifest(names.filter((name) => name !== "a").map(file)).toString();
    expect(text).toBe(
      `{"format":1,"files":[\n${sorted.map((path) => `{"path":"${path}","sha256":"${SHA}","size":1,"executable":false}`).join(",\n")}\n]}\n`,
    );
    expect(encodeManifest([]).toString()).toBe('{"format":1,"files":[]}\n');
  });

  it("reads back whatever was written", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }).filter((text) => isSafePath(text));
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
    const entry = fc.oneof(
      fc.record({ path, sha256: fc.constant(SHA), size: fc.nat(), executable: fc.boolean() }),
      fc.record({ path, link: fc.constantFrom("x", "./x", "x/y") }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (one) => one.path, maxLength: 12 }), (entries) => {
        const folders = foldersOf(entries);
        const tree = entries.filter((one) => !folders.has(one.path));
        const decoded = decodeManifest(encodeManifest(tree));
        expect(decoded).toHaveLength(tree.length);
        expect(new Set(decoded.map((one) => JSON.stringify(one)))).toEqual(
          new Set(tree.map((one) => JSON.stringify(one))),
        );
        expect(encodeManifest(decoded)).toEqual(encodeManifest([...tree].reverse()));
      }),
    );
  });

  it.each<[string, Buffer]>([
    ["a path without a name", json({})],
    ['the path ""', json(file(""))],
    ['the path "/etc/passwd"', json(file("/etc/passwd"))],
    ['the path "../x"', json(file("../x"))],
    ['the path "a/../../x"', json(file("a/../../x"))],
    ['the path "a//b"', json(file("a//b"))],
    ['the path "a/"', json(file("a/"))],
    ['the path "./a"', json(file("./a"))],
    ['the path "a\\u0000b"', json(file("a\0b"))],
    ['the path ".git/config"', json(file(".git/config"))],
    ['the path "x/.GIT/hooks/y"', json(file("x/.GIT/hooks/y"))],
    ['the path ".headrace/db"', json(file(".headrace/db"))],
    ['the symbolic link "a" to "/etc"', json({ path: "a", link: "/etc" })],
    ['the symbolic link "a/b" to "../../x"', json({ path: "a/b", link: "../../x" })],
    ['the symbolic link "a" to ""', json({ path: "a", link: "" })],
    ['the entry "a"', json({ ...file("a"), sha256: "../../x" })],
    ['the entry "a"', json({ ...file("a"), size: -1 })],
    ['the entry "a"', json({ ...file("a"), size: 1.5 })],
    ['the entry "a"', json({ ...file("a"), executable: "yes" })],
    ["a path that stands there twice", json(file("a"), file("a"))],
    ['files below "a", which is no folder', json(file("a"), file("a-b"), file("a/b"))],
    ['files below "a", which is no folder', json({ path: "a", link: "c" }, file("a/b/c"))],
    ["an entry without a path", json(null)],
    ["an entry without a path", json([])],
  ])("is refused with %s in it", (what, bytes) => {
    const expected = what === "a path without a name" ? "an entry without a path" : what;
    expect(() => decodeManifest(bytes)).toThrow(
      expect.objectContaining({
        code: "HR_SNAPSHOT_FAILED",
        message: `the list of the snapshot's files holds ${expected}, which is never written to disk`,
        hint: "the stored data was changed by somebody else: run from the working tree again",
      }),
    );
  });

  it.each(["", "{}", "[]", "null", '{"format":2,"files":[]}', '{"format":1,"files":{}}', "\xff"])(
    "is refused when it is %j",
    (text) => {
      expect(() => decodeManifest(Buffer.from(text))).toThrow(
        expect.objectContaining({
          code: "HR_SNAPSHOT_FAILED",
          message: "the list of the snapshot's files is not in a form that this version reads",
          hint: "it may have been written by a newer Headrace: update, then try again",
        }),
      );
    },
  );

  it("names each folder after the one it lies in", () => {
    expect([...foldersOf(["a/b/c", "a/b/d", "x", "a/e/f"].map(file))]).toEqual(["a", "a/b", "a/e"]);
  });
});

describe("a symbolic link of the project", () => {
  it.each([
    ["a", "b", true],
    ["a", "./b", true],
    ["a", "b/c/", true],
    ["a", ".", true],
    ["x/a", "..", true],
    ["x/a", "../b", true],
    ["x/y/a", "../../b/c", true],
    ["a", "..", false],
    ["x/a", "../..", false],
    ["x/a", "b/../c", false],
    ["a", "/b", false],
    ["a", "b\0", false],
    ["a", ".git/config", false],
    ["a", ".headrace", false],
  ])("%s to %j is kept: %s", (path, target, kept) => {
    expect(isSafeLink(path, target)).toBe(kept);
  });

  it("never leads out of the project, however links lead to links", () => {
    const part = fc.constantFrom("a", "b", "c", "..", "..", ".");
    const target = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
    const link = fc.tuple(fc.constantFrom("a", "b", "c", "a/x", "b/y", "b/y/z", "c/a/b"), target);
    const root = realpathSync(mkdtempSync(join(tmpdir(), "links-")));
    let run = 0;
    try {
      fc.assert(
        fc.property(fc.array(link, { minLength: 1, maxLength: 6 }), (links) => {
          const project = join(root, "deep", `${run++}`);
          mkdirSync(join(project, "real"), { recursive: true });
          writeFileSync(join(project, "real", "f"), "");
          for (const [path, to] of links.filter(([path, to]) => isSafeLink(path, to))) {
            try {
              mkdirSync(dirname(join(project, path)), { recursive: true });
              // As in a manifest: the folders above a link are real ones.
              if (realpathSync(dirname(join(project, path))) === dirname(join(project, path)))
                symlinkSync(to, join(project, path));
            } catch {
              // Taken by another link of this run.
            }
          }
          const leadsTo = links.map(([path]) => resolved(join(project, path))).filter((real) => real !== undefined);
          for (const real of leadsTo) expect(`${real}/`.startsWith(`${project}/`)).toBe(true);
        }),
        { numRuns: 150 },
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

/** Undefined for what leads nowhere. */
function resolved(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
