import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { captureCode, openCode } from "../code-origin.ts";
import { openRig, type Rig, runGit, writeTree } from "../fixtures/rig.ts";
import type { CapturedSnapshot } from "../record-snapshot.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const captureCommit = async (ref: string, repository = rig.root): Promise<CapturedSnapshot> =>
  await captureCode({ kind: "git-commit", repository, ref }, rig.places);

describe("a commit", () => {
  it("is what a clean work tree at it is, under the same name", async () => {
    rig.write({
      "train.py": "print(1)\n",
      "lib/run.sh": { executable: "#!/bin/sh\n" },
      "lib/latest": { link: "run.sh" },
      "lib/target": "run.sh",
      "notes.md": "not for steps",
      ".headraceignore": "notes.md\n",
      "lib/.vhignore": "*.tmp\n",
      "lib/a.tmp": "x",
    });
    const commit = rig.commitAll();
    const { record: tree } = await rig.capture();
    rig.snapshots.clear();
    const { record, warnings } = await captureCommit("main");
    expect(warnings).toEqual([]);
    expect(record).toMatchObject({ identifier: commit, git: { commit, branch: "main", dirty: false } });
    expect(record.manifestSha256).toBe(tree.manifestSha256);
    expect(await rig.paths(commit)).toEqual([
      ".headraceignore",
      "lib/.vhignore",
      "lib/latest -> run.sh",
      "lib/run.sh",
      "lib/target",
      "train.py",
    ]);
  });

  it("is read without a look at the work tree, which is left as it is", async () => {
    rig.write({ "a.py": "old" });
    const old = rig.commitAll();
    rig.write({ "a.py": "new", "b.py": "b" });
    rig.git("add", "--all");
    rig.git("commit", "--quiet", "--message=second");
    rig.write({ "a.py": "unsaved", "c.py": "c" });
    const before = rig.git("status", "--porcelain");
    const { record } = await captureCommit("HEAD~1");
    expect(record.identifier).toBe(old);
    expect(record.git).toEqual({ commit: old, dirty: false });
    expect(await rig.paths(old)).toEqual(["a.py"]);
    expect(rig.git("status", "--porcelain")).toBe(before);
  });

  it("stores nothing new the second time, and of the next commit only what changed", async () => {
    rig.write({ "a.py": "a", "b.py": "b", link: { link: "a.py" } });
    rig.commitAll();
    const stored: string[] = [];
    const blobs = new Proxy(rig.blobs, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (name === "putFiles") stored.push(...(args[0] as string[]));
          if (name === "putBytes") stored.push("manifest");
          return Reflect.apply(member, target, args);
        };
      },
    });
    const places = { ...rig.places, blobs };
    const capture = async (): Promise<number> => {
      stored.length = 0;
      await captureCode({ kind: "git-commit", repository: rig.root, ref: "main" }, places);
      return stored.length;
    };
    expect(await capture()).toBe(3);
    expect(await capture()).toBe(0);
    rig.write({ "a.py": "A" });
    rig.git("commit", "--quiet", "--all", "--message=second");
    expect(await capture()).toBe(2);
    // A content that the cache names and that somebody removed is read again.
    for await (const { sha256 } of rig.blobs.list()) await rig.blobs.delete(sha256);
    expect(await capture()).toBe(3);
    expect(readdirSync(rig.cacheFolder)).toEqual(["git-objects"]);
  });

  it("is that of the project's folder within its repository", async () => {
    writeTree(rig.root, { "one/valohai.yaml": "- step: one", "two/valohai.yaml": "- step: two", "two/lib/x.py": "x" });
    const commit = rig.commitAll();
    const { record } = await captureCommit("main", join(rig.root, "two"));
    expect(record.identifier).toBe(commit);
    expect(await rig.paths(commit)).toEqual(["lib/x.py", "valohai.yaml"]);
    await using code = await openCode({
      kind: "git-commit",
      repository: join(rig.root, "two"),
      ref: commit.slice(0, 8),
    });
    expect(code.commit).toBe(commit);
    expect((await code.read("valohai.yaml", 100))?.toString()).toBe("- step: two");
  });

  it("comes from a bare repository as a whole", async () => {
    rig.write({ "a/valohai.yaml": "- step: a", "b.py": "b" });
    const commit = rig.commitAll();
    const bare = join(rig.folder, "bare.git");
    runGit(rig.folder, ["clone", "--quiet", "--bare", rig.root, bare]);
    expect((await captureCommit("main", bare)).record.identifier).toBe(commit);
    expect(await rig.paths(commit)).toEqual(["a/valohai.yaml", "b.py"]);
  });

  it("answers questions before it is stored", async () => {
    rig.write({ "conf/real.yaml": "text", "valohai.yaml": { link: "conf/real.yaml" }, out: { link: "/etc/passwd" } });
    rig.commitAll();
    await using code = await openCode({ kind: "git-commit", repository: rig.root, ref: "main" });
    expect((await code.read("valohai.yaml", 2))?.toString()).toBe("tex");
    expect(await code.read("out", 100)).toBeUndefined();
    expect(await code.read("absent", 100)).toBeUndefined();
    const files = await code.files();
    const asked = ["conf", "./conf/real.yaml", "conf/", "con", "absent", ""];
    expect(asked.map((path) => files.has(path))).toEqual([true, true, true, false, false, true]);
  });

  test.each([
    ["no-such-branch", /has no commit no-such-branch/],
    ["--output=x", /has no commit --output=x/],
    ["HEAD:a.py", /has no commit HEAD:a.py/],
    ["", /has no commit/],
  ])("that is not there is refused: %j", async (ref, message) => {
    rig.write({ "a.py": "a" });
    rig.commitAll();
    await expect(captureCommit(ref)).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
      message: expect.stringMatching(message),
    });
  });

  it("cannot be had where there is no repository", async () => {
    await expect(captureCommit("main")).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
      message: expect.stringContaining("not a git repository"),
    });
  });
});

describe("what a repository brings", () => {
  it("is never run: hooks, filters, a monitor, a replacement", async () => {
    const witness = join(rig.folder, "witness");
    rig.write({ "a.py": "a", ".gitattributes": "*.py filter=evil text eol=crlf\n", "b.py": "one\ntwo\n" });
    rig.commitAll();
    const commit = rig.git("rev-parse", "HEAD");
    for (const key of [
      "filter.evil.smudge",
      "filter.evil.clean",
      "filter.evil.process",
      "core.fsmonitor",
      "core.pager",
    ])
      rig.git("config", key, `touch ${witness}; cat`);
    rig.git("config", "filter.evil.required", "true");
    for (const hook of ["post-checkout", "pre-commit", "post-index-change", "reference-transaction"]) {
      const file = join(rig.root, ".git/hooks", hook);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\ntouch ${witness}\n`);
      chmodSync(file, 0o755);
    }
    rmSync(witness, { force: true });
    const { record } = await captureCommit("main");
    expect(record.identifier).toBe(commit);
    expect(existsSync(witness)).toBe(false);
    // As git stores it: line ends are converted by a checkout alone.
    const entry = (await rig.entries(commit)).find(({ path }) => path === "b.py");
    expect(entry).toMatchObject({ sha256: createHash("sha256").update("one\ntwo\n").digest("hex") });
  });

  it("means its own files by a commit's name, and not those that stand in for it", async () => {
    rig.write({ "a.py": "a" });
    const commit = rig.commitAll();
    rig.write({ "b.py": "b" });
    rig.git("add", "--all");
    rig.git("commit", "--quiet", "--message=other");
    rig.git("replace", commit, rig.git("rev-parse", "HEAD"));
    await captureCommit(commit);
    expect(await rig.paths(commit)).toEqual(["a.py"]);
  });

  it("may link within the code only", async () => {
    rig.write({ a: { link: "../outside" }, b: { link: "/etc/passwd" }, c: { link: "d" }, d: "d" });
    const commit = rig.commitAll();
    const { warnings } = await captureCommit("main");
    expect(warnings).toEqual([
      "a, b: symbolic links that lead out of the project, left out of the code; name what they lead to as an input",
    ]);
    expect(await rig.paths(commit)).toEqual(["c -> d", "d"]);
  });

  it("keeps records of Headrace out of the code", async () => {
    rig.write({ ".headrace/headrace.db": "records of somebody else", "a.py": "a" });
    const commit = rig.commitAll();
    await captureCommit("main");
    expect(await rig.paths(commit)).toEqual(["a.py"]);
  });
});

describe("git-lfs", () => {
  const content = "large content";
  const sha256 = createHash("sha256").update(content).digest("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${content.length}\n`;
  const put = (bytes: string): void => {
    const file = join(rig.root, ".git/lfs/objects", sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  };

  it("contents come from the repository's own store", async () => {
    rig.write({ "model.bin": pointer });
    const commit = rig.commitAll();
    put(content);
    for (const _ of [1, 2]) expect((await captureCommit("main")).warnings).toEqual([]);
    expect(await rig.entries(commit)).toEqual([{ path: "model.bin", sha256, size: content.length, executable: false }]);
  });

  test.each([
    ["absent", undefined],
    ["damaged", "large CONTENT"],
  ])("contents that are %s leave their pointers, and a warning", async (_, bytes) => {
    rig.write({ "model.bin": pointer });
    const commit = rig.commitAll();
    if (bytes !== undefined) put(bytes);
    expect((await captureCommit("main")).warnings).toEqual([
      "model.bin: files of git-lfs whose content is not in the repository: the code has their pointers instead",
    ]);
    expect(await rig.entries(commit)).toMatchObject([{ path: "model.bin", size: pointer.length }]);
  });

  it("is no way to the stored files of others", async () => {
    await rig.blobs.putBytes(Buffer.from(content));
    rig.write({ "model.bin": pointer });
    const commit = rig.commitAll();
    await captureCommit("main");
    expect(await rig.entries(commit)).toMatchObject([{ size: pointer.length }]);
  });
});

describe("a submodule", () => {
  const withSubmodule = (): string => {
    const library = join(rig.folder, "library");
    writeTree(library, { "lib.py": "lib" });
    for (const args of [
      ["init", "--quiet", "--initial-branch=main"],
      ["add", "--all"],
      ["commit", "--quiet", "-m", "lib"],
    ])
      runGit(library, args);
    rig.write({ "a.py": "a" });
    rig.commitAll();
    rig.git("submodule", "--quiet", "add", library, "vendor/lib");
    rig.git("commit", "--quiet", "--message=with a library");
    return rig.git("rev-parse", "HEAD");
  };

  it("that is checked out comes as its pinned commit has it", async () => {
    const commit = withSubmodule();
    writeFileSync(join(rig.root, "vendor/lib/lib.py"), "changed since");
    const { warnings } = await captureCommit("main");
    expect(warnings).toEqual([]);
    expect(await rig.paths(commit)).toEqual([".gitmodules", "a.py", "vendor/lib/lib.py"]);
    expect((await rig.entries(commit)).at(-1)).toMatchObject({ size: 3 });
  });

  it("is left out of a bare repository, and said so", async () => {
    const commit = withSubmodule();
    const bare = join(rig.folder, "bare.git");
    runGit(rig.folder, ["clone", "--quiet", "--bare", rig.root, bare]);
    const { warnings } = await captureCommit("main", bare);
    expect(warnings).toEqual(["vendor/lib: submodules whose commit is not in the work tree, left out of the code"]);
    expect(await rig.paths(commit)).toEqual([".gitmodules", "a.py"]);
  });
});
