import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IgnoreTree } from "./ignore-tree.ts";

function ignores(files: Readonly<Record<string, string>>, path: string): boolean {
  const tree = new IgnoreTree((folder) => (files[folder] === undefined ? [] : [files[folder]]));
  return path.endsWith("/") ? tree.isIgnored(path.slice(0, -1), true) : tree.isIgnored(path, false);
}

describe("ignore patterns", () => {
  it.each([
    ["*.log", ["a.log", "deep/a.log", ".log", "a.log/"], ["a.logs", "log"]],
    ["build/", ["build/", "x/build/", "build/x", "x/build/y"], ["build", "x/build"]],
    ["/build", ["build", "build/", "build/x"], ["x/build"]],
    ["doc/*.txt", ["doc/a.txt"], ["doc/x/a.txt", "x/doc/a.txt", "a.txt"]],
    ["**/foo", ["foo", "a/foo", "a/b/foo"], ["afoo"]],
    ["**/foo/bar", ["foo/bar", "a/foo/bar"], ["foo/a/bar"]],
    ["abc/**", ["abc/x", "abc/x/y"], ["abc", "abc/", "x/abc/y"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "ab"]],
    ["a**b", ["ab", "axxb", "x/axb"], ["a/b"]],
    ["a/**b", ["a/b", "a/xb"], ["a/x/b"]],
    ["**", ["a", "a/b", "a/"], []],
    ["***/a", ["a", "x/a", "x/y/a"], ["xa"]],
    ["?.c", ["a.c", "é.c", "😀.c"], ["ab.c", ".c"]],
    ["[ab].c", ["a.c", "b.c"], ["c.c"]],
    ["[!ab].c", ["c.c"], ["a.c", ".c"]],
    ["[^ab].c", ["c.c"], ["a.c"]],
    ["[a-c]x", ["ax", "bx"], ["dx", "-x"]],
    ["[a-]x", ["ax", "-x"], ["bx"]],
    ["[]]x", ["]x"], ["x"]],
    ["[!]]x", ["ax"], ["]x"]],
    ["[c-a]x", [], ["ax", "bx", "cx", "-x"]],
    ["[[:digit:]_]x", ["1x", "_x"], ["ax", ":x"]],
    ["[[:nope:]]x", [], ["nx", ":x"]],
    ["[\\]]x", ["]x"], ["\\x"]],
    ["x[/]y", [], ["x/y"]],
    ["[abc", [], ["[abc", "a"]],
    ["#note", [], ["#note"]],
    ["\\#note", ["#note"], ["note"]],
    ["\\!x", ["!x"], ["x"]],
    ["a ", ["a"], ["a "]],
    ["a\\ ", ["a "], ["a"]],
    ["a\\  ", ["a "], ["a", "a  "]],
    ["tab\t", ["tab\t"], ["tab"]],
    ["a\\*", ["a*"], ["ab"]],
    ["a\\", [], ["a", "a\\"]],
    ["a.b+c(d){e}|f^$", ["a.b+c(d){e}|f^$"], ["aXb+c(d){e}|f^$"]],
    ["", [], ["a"]],
    ["/", [], ["a", "a/"]],
    ["!", [], ["a"]],
    ["*.log\n!keep.log", ["a.log"], ["keep.log", "x/keep.log"]],
    ["!keep.log\n*.log", ["a.log", "keep.log"], []],
    ["/*\n!/src", ["a", "b/c"], ["src", "src/", "src/deep/x"]],
    ["dir/\n!dir/keep", ["dir/keep"], ["keep"]],
    ["dir/*\n!dir/keep", ["dir/x"], ["dir/keep", "dir/"]],
    ["\uFEFFa\r\nb\r\n", ["a", "b"], ["b\r"]],
  ])("%j", (text, ignored, kept) => {
    for (const path of ignored) expect([path, ignores({ "": text }, path)]).toEqual([path, true]);
    for (const path of kept) expect([path, ignores({ "": text }, path)]).toEqual([path, false]);
  });

  it("lets a deeper file outweigh one above, for its own folder only", () => {
    const files = { "": "*.bin\n/a/x", a: "!*.bin\n/y", "a/b": "*.bin" };
    expect(ignores(files, "m.bin")).toBe(true);
    expect(ignores(files, "a/m.bin")).toBe(false);
    expect(ignores(files, "a/b/m.bin")).toBe(true);
    expect(ignores(files, "a/x")).toBe(true);
    expect(ignores(files, "a/y")).toBe(true);
    expect(ignores(files, "a/b/y")).toBe(false);
  });

  it("does not read the ignore files of a folder that is left out", () => {
    const read: string[] = [];
    const tree = new IgnoreTree((folder) => {
      read.push(folder);
      return folder === "" ? ["venv/"] : ["!*"];
    });
    expect(tree.isIgnored("venv/lib/site.py", false)).toBe(true);
    expect(read).toEqual([""]);
  });

  it("lets the last of several files of a folder decide", () => {
    const tree = new IgnoreTree(() => ["*.a\n*.b", "!*.a"]);
    expect(tree.isIgnored("x.a", false)).toBe(false);
    expect(tree.isIgnored("x.b", false)).toBe(true);
  });

  it("answers a hostile pattern in time", () => {
    const long = "a".repeat(200);
    expect(ignores({ "": `${"*a".repeat(6)}*b` }, long)).toBe(false);
    expect(ignores({ "": `${"**/".repeat(8)}b` }, "a/".repeat(40).concat("c"))).toBe(false);
  });
});

describe("ignore patterns beside git's own", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ignore-"));
    execFileSync("git", ["init", "--quiet", root]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const gitIgnores = (paths: readonly string[]): ReadonlySet<string> => {
    try {
      const input = paths.join("\0");
      const out = execFileSync("git", ["-c", "core.ignoreCase=false", "check-ignore", "--no-index", "-z", "--stdin"], {
        cwd: root,
        input,
      });
      return new Set(out.toString().split("\0").filter(Boolean));
    } catch (error) {
      // 1: none of them.
      if (error instanceof Error && "status" in error && error.status === 1) return new Set();
      throw error;
    }
  };

  it("says the same for any patterns and paths", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "ab",
      "*",
      "**",
      "?",
      "/",
      "/",
      "[ab]",
      "[!a]",
      "[a-b]",
      "\\a",
      "\\*",
      ".",
      "-",
      "]",
      "^",
    );
    const pattern = fc
      .tuple(fc.constantFrom("", "", "!"), fc.array(piece, { minLength: 1, maxLength: 6 }))
      .map(([bang, pieces]) => bang + pieces.join(""));
    const name = fc
      .string({ unit: fc.constantFrom("a", "b", ".", "*", "-"), minLength: 1, maxLength: 3 })
      .filter((text) => !/^\.+$/.test(text));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
    const lines = fc.array(pattern, { minLength: 1, maxLength: 4 }).map((patterns) => patterns.join("\n"));
    const paths = fc.uniqueArray(path, { minLength: 4, maxLength: 16 });
    fc.assert(
      fc.property(lines, lines, paths, (rootFile, deepFile, candidates) => {
        mkdirSync(join(root, "a"), { recursive: true });
        writeFileSync(join(root, ".gitignore"), rootFile);
        writeFileSync(join(root, "a", ".gitignore"), deepFile);
        // git takes a path that does not exist for a file; folders are seen through the files below them.
        const files = candidates.filter(
          (one) => one !== "a" && !candidates.some((other) => other.startsWith(`${one}/`) || dirname(one) === other),
        );
        const git = gitIgnores(files);
        const tree = new IgnoreTree((folder) => (folder === "" ? [rootFile] : folder === "a" ? [deepFile] : []));
        expect(files.filter((file) => tree.isIgnored(file, false))).toEqual(files.filter((file) => git.has(file)));
      }),
      {
        numRuns: 150,
        examples: [
          ["[!a]\n!/a**\na", "a", ["aa/b", "*", "a.", "b"]],
          ["/a**/b", "b", ["ab", "aa/b", "aa/a/b", "aab", "a-/b"]],
          ["b/a**/**/b", "b", ["b/ab", "b/aa/b", "b/a/a/b", "b/a/b", "ab"]],
        ],
      },
    );
  });
});
