import { describe, expect, test } from "vitest";
import { sha256Of } from "../../blobs/index.ts";
import { encodeTrace } from "../../code-tracing/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { CodeShare } from "../../planning/index.ts";
import { type CodePolicy, compareCode, globShare } from "./code-share.ts";
import { CodeVersions, remembered } from "./code-versions.ts";

type Files = Readonly<Record<string, string>>;

/** Versions of the code by name, kept in memory. A text `-> path` is a link. */
function rigOf(versions: Readonly<Record<string, Files>>) {
  const contents = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array): string => {
    const sha256 = sha256Of(bytes);
    contents.set(sha256, bytes);
    return sha256;
  };
  const manifests = new Map(
    Object.entries(versions).map(([name, files]) => {
      const entries = Object.entries(files).map(([path, text]) =>
        text.startsWith("-> ")
          ? { path, link: text.slice(3) }
          : { path, sha256: put(Buffer.from(text)), size: text.length, executable: false },
      );
      return [name, put(Buffer.from(JSON.stringify({ format: 1, files: entries })))] as const;
    }),
  );
  const code = new CodeVersions({
    store: {
      snapshots: {
        get: async (identifier) => {
          const manifestSha256 = manifests.get(identifier);
          return manifestSha256 === undefined
            ? undefined
            : { identifier, manifestSha256, fileCount: 0, sizeBytes: 0, createdAt: 0 };
        },
      },
    },
    blobs: {
      readBytes: async (sha256) => {
        const bytes = contents.get(sha256);
        if (bytes === undefined) throw new HeadraceError("HR_BLOB_MISSING", `the stored file ${sha256} is missing`);
        return bytes;
      },
    },
  });
  return { code, put, manifests };
}

const VERSIONS = {
  old: { "train.py": "a", "lib/x.py": "a", "README.md": "a" },
  same: { "train.py": "a", "lib/x.py": "a", "README.md": "a" },
  readme: { "train.py": "a", "lib/x.py": "a", "README.md": "b" },
  lib: { "train.py": "a", "lib/x.py": "b", "README.md": "a" },
  more: { "train.py": "a", "lib/x.py": "a", "lib/y.py": "a", "README.md": "a" },
  less: { "train.py": "a", "README.md": "a" },
};
const UNSEEN: CodeShare = {
  kind: "snapshot",
  manifestSha256: "",
  why: { kind: "unseen", message: "a shell pipeline" },
};
const TRACE = {
  version: 1 as const,
  files: {
    "train.py": { sha256: sha256Of("a"), executable: false },
    "lib/x.py": { sha256: sha256Of("a"), executable: false },
  },
  folders: [],
  absent: [],
  listings: {},
  modules: {},
};

describe("another version of the code", () => {
  const { code, put } = rigOf(VERSIONS);
  const seen: CodeShare = { kind: "trace", sha256: put(encodeTrace(TRACE)) };
  const read: CodeShare = { kind: "read", sha256: put(encodeTrace(TRACE)), why: "a static binary" };
  const changed = (path: string, what = "changed") => ({ path, what });

  test.each<readonly [string, CodeShare, keyof typeof VERSIONS, CodePolicy, object]>([
    ["the same files under another name are the same", UNSEEN, "same", "auto", { holds: true, by: "same-version" }],
    [
      "unseen: everything counts",
      UNSEEN,
      "readme",
      "auto",
      { holds: false, by: "everything", differences: [changed("README.md")] },
    ],
    [
      "unseen: a new file",
      UNSEEN,
      "more",
      "auto",
      { holds: false, by: "everything", differences: [changed("lib/y.py", "appeared")] },
    ],
    [
      "unseen: a missing file",
      UNSEEN,
      "less",
      "auto",
      { holds: false, by: "everything", differences: [changed("lib/x.py", "removed")] },
    ],
    ["seen: what was not read does not count", seen, "readme", "auto", { holds: true, by: "trace" }],
    [
      "seen: what was read does",
      seen,
      "lib",
      "auto",
      { holds: false, by: "trace", differences: [changed("lib/x.py")] },
    ],
    [
      "seen, but the step wants everything",
      seen,
      "readme",
      "all",
      { holds: false, by: "everything", differences: [changed("README.md")] },
    ],
    [
      "read without proof counts as unseen",
      read,
      "readme",
      "auto",
      { holds: false, by: "everything", differences: [changed("README.md")] },
    ],
    ["read without proof, where the step trusts it", read, "readme", "read", { holds: true, by: "read" }],
    ["what was seen is trusted as well", seen, "readme", "read", { holds: true, by: "trace" }],
    ["patterns: a folder", UNSEEN, "readme", ["lib", "./train.py"], { holds: true, by: "globs" }],
    [
      "patterns: a changed file",
      seen,
      "lib",
      ["lib/"],
      { holds: false, by: "globs", differences: [changed("lib/x.py")] },
    ],
    [
      "patterns: a new file",
      UNSEEN,
      "more",
      ["*.py"],
      { holds: false, by: "globs", differences: [changed("lib/y.py", "appeared")] },
    ],
    ["patterns: nothing but one file", UNSEEN, "lib", ["train.py"], { holds: true, by: "globs" }],
    [
      "patterns: everything",
      UNSEEN,
      "readme",
      ["."],
      { holds: false, by: "globs", differences: [changed("README.md")] },
    ],
  ])("%s", async (_what, share, now, policy, verdict) => {
    expect(await compareCode(code, { commit: "old", code: share }, now, policy)).toEqual(verdict);
  });

  const LINKED = {
    "current.yaml": "-> conf/now.yaml",
    "conf/now.yaml": "-> v1.yaml",
    "conf/v1.yaml": "1",
    "conf/v2.yaml": "2",
    code: "-> lib",
    "lib/x.py": "a",
    "lib/inner/y.py": "a",
    "lib/up": "-> ..",
  };
  const linked = rigOf({
    old: LINKED,
    file: { ...LINKED, "conf/v1.yaml": "9" },
    middle: { ...LINKED, "conf/now.yaml": "-> v2.yaml" },
    folder: { ...LINKED, "lib/inner/y.py": "b" },
    added: { ...LINKED, "lib/z.py": "" },
    other: { ...LINKED, "conf/v2.yaml": "3" },
  }).code;

  test.each<readonly [string, string, readonly string[], readonly object[]]>([
    ["a link brings the file that it leads to", "file", ["current.yaml"], [changed("conf/v1.yaml")]],
    [
      "and the links on the way",
      "middle",
      ["current.yaml"],
      [changed("conf/now.yaml"), changed("conf/v2.yaml", "appeared"), changed("conf/v1.yaml", "removed")],
    ],
    ["and nothing else", "other", ["current.yaml"], []],
    ["a link to a folder brings all that is in it", "folder", ["code"], [changed("lib/inner/y.py")]],
    ["also what is new there", "added", ["code/*.py"], [changed("lib/z.py", "appeared")]],
    ["a path may lead through a link", "folder", ["code/inner/y.py"], [changed("lib/inner/y.py")]],
    ["and so may a pattern", "folder", ["c*/y.py"], [changed("lib/inner/y.py")]],
  ])("patterns: %s", async (_what, now, policy, differences) => {
    const verdict = await compareCode(linked, { commit: "old", code: UNSEEN }, now, policy);
    expect(verdict.holds ? [] : verdict.differences).toEqual(expect.arrayContaining([...differences]));
    expect(verdict.holds).toBe(differences.length === 0);
  });

  const PARAMS = { "params.yaml": "lr: 0.1\ndeep: {x: 1}\nother: 1\n", "train.py": "a", link: "-> params.yaml" };
  const withParams = (text: string): Files => ({ ...PARAMS, "params.yaml": text });
  const keyed = rigOf({
    old: PARAMS,
    other: withParams("# why\nlr:   0.1\ndeep: {x: 1}\nother: 2\nnew: 3\n"),
    value: withParams("lr: 0.2\ndeep: {x: 1}\n"),
    type: withParams('lr: "0.1"\n'),
    gone: withParams("deep: {x: 1}\n"),
    parent: withParams("lr: 0.1\ndeep: 1\n"),
    broken: withParams("lr: [\n"),
    noFile: { "train.py": "a" },
    script: { ...PARAMS, "train.py": "b" },
    elsewhere: { ...PARAMS, link: "-> train.py" },
  }).code;
  const lr = (before: string, after: string | null) => ({ path: "params.yaml#lr", values: { before, after } });

  test.each<readonly [string, string, readonly string[], readonly object[]]>([
    ["another key does not count", "other", ["params.yaml#lr"], []],
    ["nor where it lies in a mapping", "other", ["params.yaml#deep.x", "params.yaml#deep"], []],
    ["a new value does", "value", ["params.yaml#lr"], [{ ...lr("0.1", "0.2"), what: "changed" }]],
    ["and another type", "type", ["params.yaml#lr"], [{ ...lr("0.1", '"0.1"'), what: "changed" }]],
    ["and a key that is gone", "gone", ["params.yaml#lr"], [{ ...lr("0.1", "(not there)"), what: "changed" }]],
    ["and a file that is gone", "noFile", ["params.yaml#lr", "train.py"], [{ ...lr("0.1", null), what: "removed" }]],
    [
      "and one that cannot be read any more",
      "broken",
      ["params.yaml#lr"],
      [{ ...lr("0.1", "(the whole file, which cannot be read by its keys)"), what: "changed" }],
    ],
    ["a key that was never there, and is not now", "value", ["params.yaml#gone"], []],
    [
      "but something else stands around it",
      "parent",
      ["params.yaml#deep.y"],
      [{ path: "params.yaml#deep.y", what: "changed" }],
    ],
    ["and a key that comes", "other", ["params.yaml#new"], [{ path: "params.yaml#new", what: "changed" }]],
    [
      "a pattern of the whole file outranks its keys",
      "other",
      ["params.yaml#lr", "params.yaml"],
      [changed("params.yaml")],
    ],
    ["other patterns count beside keys", "script", ["params.yaml#lr", "train.py"], [changed("train.py")]],
    ["other files do not", "script", ["params.yaml#lr"], []],
    ["a pattern may name several files", "value", ["*.yaml#lr"], [{ ...lr("0.1", "0.2"), what: "changed" }]],
  ])("keys: %s", async (_what, now, policy, differences) => {
    const verdict = await compareCode(keyed, { commit: "old", code: UNSEEN }, now, policy);
    expect(verdict.holds ? [] : verdict.differences).toMatchObject([...differences]);
    const old = await keyed.version("old");
    if (old === undefined) throw new Error("no version");
    const share = await globShare(keyed, old, policy);
    expect((await compareCode(keyed, { commit: "old", code: share }, now, policy)).holds).toBe(
      differences.length === 0,
    );
  });

  test("an earlier version that is no longer stored cannot be compared", async () => {
    const past = { commit: "forgotten", code: UNSEEN };
    expect(await compareCode(code, past, "old", "auto")).toEqual({ holds: false, by: "gone", differences: [] });
    expect(await compareCode(code, past, "old", ["lib"])).toEqual({ holds: false, by: "gone", differences: [] });
  });

  test("an observation that is gone, or is none, leaves everything", async () => {
    for (const sha256 of ["0".repeat(64), put(Buffer.from("{}"))]) {
      const verdict = await compareCode(code, { commit: "old", code: { kind: "trace", sha256 } }, "readme", "auto");
      expect(verdict).toEqual({ holds: false, by: "everything", differences: [changed("README.md")] });
    }
  });

  test("the digest of patterns spares the look at the earlier version", async () => {
    const version = await code.version("old");
    if (version === undefined) throw new Error("no version");
    const past = { commit: "forgotten", code: await globShare(code, version, ["lib"]) };
    expect(await compareCode(code, past, "readme", ["lib"])).toEqual({ holds: true, by: "globs" });
    expect(await compareCode(code, past, "readme", ["lib", "train.py"])).toEqual({
      holds: false,
      by: "gone",
      differences: [],
    });
  });
});

test("what could not be read is asked for again", async () => {
  const memory = new Map<string, Promise<string>>();
  const failure = new Error("the store does not answer");
  await expect(remembered(memory, "key", () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await remembered(memory, "key", async () => "there")).toBe("there");
  expect(await remembered(memory, "key", async () => "not asked")).toBe("there");
});
