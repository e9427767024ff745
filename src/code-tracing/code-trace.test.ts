import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ManifestEntry } from "../snapshots/index.ts";
import { type CodeTrace, decodeTrace, encodeTrace, indexManifest, traceHolds } from "./code-trace.ts";

const sha = (text: string): string => Buffer.from(text.padEnd(32, "\0").slice(0, 32)).toString("hex");
const file = (path: string, content = "", executable = false): ManifestEntry => ({
  path,
  sha256: sha(content),
  size: content.length,
  executable,
});
const link = (path: string, target: string): ManifestEntry => ({ path, link: target });

const NOTHING: CodeTrace = { version: 1, files: {}, folders: [], absent: [], listings: {}, modules: {} };

const CODE = [
  file("README.md"),
  file("lib/__init__.py"),
  file("lib/a.py", "a"),
  file("bin/run", "x", true),
  link("now", "lib"),
];

function differences(trace: Partial<CodeTrace>, manifest: readonly ManifestEntry[]): readonly string[] {
  const verdict = traceHolds({ ...NOTHING, ...trace }, indexManifest(manifest));
  return verdict.holds ? [] : verdict.differences.map(({ path, what }) => `${what} ${path}`);
}

describe("a version of the code", () => {
  it("knows its folders with what stands in each", () => {
    expect(Object.fromEntries(indexManifest(CODE).folders)).toEqual({
      ".": ["README.md", "bin/", "lib/", "now@"],
      lib: ["__init__.py", "a.py"],
      bin: ["run"],
    });
  });

  it("has a root also when it is empty", () => {
    expect(Object.fromEntries(indexManifest([]).folders)).toEqual({ ".": [] });
  });
});

describe("a trace", () => {
  it.each<[string, Partial<CodeTrace>, readonly string[]]>([
    ["nothing at all", {}, []],
    ["a file as it is", { files: { "lib/a.py": { sha256: sha("a"), executable: false } } }, []],
    [
      "a file with another content",
      { files: { "lib/a.py": { sha256: sha("b"), executable: false } } },
      ["changed lib/a.py"],
    ],
    [
      "a file with another mode",
      { files: { "bin/run": { sha256: sha("x"), executable: false } } },
      ["changed bin/run"],
    ],
    ["a file that is gone", { files: { "x.py": { sha256: sha("x"), executable: false } } }, ["removed x.py"]],
    ["a file that is a folder now", { files: { lib: { sha256: sha("x"), executable: false } } }, ["changed lib"]],
    ["a file that is a link now", { files: { now: { sha256: sha("x"), executable: false } } }, ["changed now"]],
    ["a link as it is", { files: { now: { link: "lib" } } }, []],
    ["a link that leads elsewhere", { files: { now: { link: "bin" } } }, ["changed now"]],
    ["a link that is a file now", { files: { "lib/a.py": { link: "lib" } } }, ["changed lib/a.py"]],
    ["a folder as it is", { folders: ["lib", "."] }, []],
    ["a folder that is gone", { folders: ["data"] }, ["removed data"]],
    ["a folder that is a link now", { folders: ["now"] }, ["changed now"]],
    ["a path that is still absent", { absent: ["data/x", "lib/b.py", "y"] }, []],
    ["a file that appeared", { absent: ["lib/a.py"] }, ["appeared lib/a.py"]],
    ["a folder that appeared", { absent: ["lib"] }, ["appeared lib"]],
    ["a path that a link may lead to", { absent: ["now/x"] }, ["appeared now"]],
    ["a path below what is a file now", { absent: ["README.md/x/y"] }, ["appeared README.md"]],
    ["a listing as it is", { listings: { lib: ["__init__.py", "a.py"] } }, []],
    ["a listing with more", { listings: { lib: ["__init__.py"] } }, ["listing lib"]],
    ["a listing with less", { listings: { lib: ["__init__.py", "a.py", "b.py"] } }, ["listing lib"]],
    ["a listing with another kind", { listings: { ".": ["README.md", "bin", "lib/", "now@"] } }, ["listing ."]],
    ["a listing that is gone", { listings: { data: [] } }, ["removed data"]],
    ["a listing of what is a file now", { listings: { "README.md": [] } }, ["changed README.md"]],
    ["a module as it is", { modules: { lib: { a: ["a.py"] } } }, []],
    ["a package as it is", { modules: { ".": { lib: ["lib/", "lib/__init__.py"] } } }, []],
    ["a module that is still absent", { modules: { lib: { b: [] }, gone: { x: [] } } }, []],
    ["a module that appeared", { modules: { lib: { a: [] } } }, ["appeared lib/a.py"]],
    ["a module that is gone", { modules: { lib: { a: ["a.py"], c: ["c.py"] } } }, ["removed lib/c.py"]],
    ["a link that may be a package", { modules: { ".": { now: [] } } }, ["appeared now@"]],
  ])("of %s", (_, trace, expected) => {
    expect(differences(trace, CODE)).toEqual(expected);
  });

  it.each([
    ["x.py", true],
    ["x.pyc", true],
    ["x.cpython-311-x86_64-linux-gnu.so", true],
    ["x.so", true],
    ["x/__init__.py", true],
    ["x/__init__.cpython-311.so", true],
    ["x/other.py", true],
    ["x.yaml", false],
    ["x.md", false],
    ["xy.py", false],
    ["y.so", false],
  ])("of a module x looks at %s: %s", (path, counts) => {
    expect(differences({ modules: { ".": { x: [] } } }, [file(path)]).length > 0).toBe(counts);
  });

  it.each([
    ["x-1.0.dist-info/METADATA", true],
    ["X.egg-info", true],
    ["x.egg/EGG-INFO/PKG-INFO", true],
    ["x.py", false],
    ["dist-info.txt", false],
  ])("of the installed packages looks at %s: %s", (path, counts) => {
    expect(differences({ modules: { ".": { "*.dist-info": [] } } }, [file(path)]).length > 0).toBe(counts);
  });

  it("names each difference once, in the order of paths", () => {
    const trace = {
      files: { "lib/c.py": { sha256: sha(""), executable: false }, "a.py": { sha256: sha(""), executable: false } },
      modules: { lib: { c: ["c.py"] } },
    };
    expect(differences(trace, CODE)).toEqual(["removed a.py", "removed lib/c.py"]);
  });
});

describe("the stored form", () => {
  const words = fc.constantFrom("a", "b", "lib", "é", "a b", "\n", "__proto__", "constructor");
  const record = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
    fc.dictionary(words, value, { maxKeys: 4, noNullPrototype: true });
  const traces: fc.Arbitrary<CodeTrace> = fc.record({
    version: fc.constant(1 as const),
    files: record(fc.oneof(fc.record({ sha256: words, executable: fc.boolean() }), fc.record({ link: words }))),
    folders: fc.array(words),
    absent: fc.array(words),
    listings: record(fc.array(words)),
    modules: record(record(fc.array(words))),
  });

  it("brings back what was stored, and spells equal traces alike", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const bytes = encodeTrace(trace);
        const back = decodeTrace(bytes);
        expect(back).toBeDefined();
        if (back === undefined) return;
        expect(encodeTrace(back).equals(bytes)).toBe(true);
        expect({ ...back, folders: undefined, absent: undefined }).toEqual({
          ...trace,
          folders: undefined,
          absent: undefined,
        });
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    const one = { ...NOTHING, files: { a: { sha256: "x", executable: true }, b: { link: "y" } }, absent: ["p", "q"] };
    const other = { ...NOTHING, files: { b: { link: "y" }, a: { executable: true, sha256: "x" } }, absent: ["q", "p"] };
    expect(encodeTrace(one).equals(encodeTrace(other))).toBe(true);
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"version":2,"files":{},"folders":[],"absent":[],"listings":{},"modules":{}}',
    '{"version":1,"files":{"a":{}},"folders":[],"absent":[],"listings":{},"modules":{}}',
    '{"version":1,"files":{},"folders":[1],"absent":[],"listings":{},"modules":{}}',
    '{"version":1,"files":{},"folders":[],"absent":[],"listings":{"a":{}},"modules":{}}',
    '{"version":1,"files":{},"folders":[],"absent":[],"listings":{},"modules":{"a":[]}}',
  ])("is not taken for one when it reads %j", (text) => {
    expect(decodeTrace(Buffer.from(text))).toBeUndefined();
  });
});

describe("a version holds against the trace of all that it has", () => {
  it("and any other version does not", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
      .map((names) => names.join("/"));
    const trees = fc.dictionary(path, fc.constantFrom("", "x"), { maxKeys: 5, noNullPrototype: true }).map(treeOf);
    fc.assert(
      fc.property(trees, trees, (one, other) => {
        const index = indexManifest(one);
        const files = Object.fromEntries(
          one.flatMap((entry) => ("link" in entry ? [] : [[entry.path, { sha256: entry.sha256, executable: false }]])),
        );
        const trace = { ...NOTHING, files, listings: Object.fromEntries(index.folders) };
        expect(traceHolds(trace, index).holds).toBe(true);
        expect(traceHolds(trace, indexManifest(other)).holds).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });
});

/** Leaves out what lies below a file. */
function treeOf(files: Readonly<Record<string, string>>): readonly ManifestEntry[] {
  const paths = Object.keys(files).sort();
  return paths
    .filter((path) => !paths.some((other) => path.startsWith(`${other}/`)))
    .map((path) => file(path, files[path]));
}
