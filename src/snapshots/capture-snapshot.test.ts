import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "../blobs/index.ts";
import { openRig, type Rig, runGit, writeTree } from "./fixtures/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const pathsNow = async (): Promise<readonly string[]> => rig.paths((await rig.capture()).record.identifier);

describe("a folder without git", () => {
  it("is named by the hash of its list of files", async () => {
    rig.write({ "train.py": "print(1)\n", "src/run.sh": { executable: "#!/bin/sh\n" }, "src/latest": { link: "run.sh" } });
    const { record, warnings } = await rig.capture();
    expect(warnings).toEqual([]);
    expect(record).toEqual({
      identifier: `~${record.manifestSha256}`,
      manifestSha256: "3a48be09c81ea42eb99be66495e736173b672d88358b07d90fb692d454fd343b",
      fileCount: 3,
      sizeBytes: 19,
      createdAt: record.createdAt,
    });
    expect(Buffer.from(await rig.blobs.readBytes(record.manifestSha256)).toString()).toBe(
      [
        '{"format":1,"files":[',
        '{"path":"src/latest","link":"run.sh"},',
        '{"path":"src/run.sh","sha256":"a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf","size":10,"executable":true},',
        '{"path":"train.py","sha256":"cc42155088fca5730758db72b2a5bca33112a941dfaa2d43098ec422ce4ea213","size":9,"executable":false}',
        "]}",
        "",
      ].join("\n"),
    );
  });

  it("keeps its name until a byte, a mode or a name changes", async () => {
    rig.write({ "a.py": "a", "b.py": "b" });
    const names = [(await rig.capture()).record.identifier];
    names.push((await rig.capture()).record.identifier);
    expect(names[1]).toBe(names[0]);
    const changes = [
      () => rig.write({ "a.py": "A" }),
      () => rig.write({ "b.py": { executable: "b" } }),
      () => renameSync(join(rig.root, "b.py"), join(rig.root, "c.py")),
      () => rmSync(join(rig.root, "c.py")),
    ];
    for (const change of changes) {
      change();
      names.push((await rig.capture()).record.identifier);
    }
    expect(new Set(names).size).toBe(1 + changes.length);
  });

  it("may be empty", async () => {
    const { record } = await rig.capture();
    expect(record).toMatchObject({ fileCount: 0, sizeBytes: 0 });
    expect(await rig.paths(record.identifier)).toEqual([]);
  });

  it("leaves out what ignore files name, and by itself the leavings of Python and our own state", async () => {
    rig.write({
      ".gitignore": "*.tmp\n",
      ".vhignore": "*.csv\nkeep.bin\n",
      ".headraceignore": "*.bin\n!keep.bin\n!sub/__pycache__/\n",
      "a.tmp": "",
      "a.csv": "",
      "a.bin": "",
      "keep.bin": "",
      "a.py": "",
      "__pycache__/a.pyc": "",
      "sub/__pycache__/kept.txt": "",
      "sub/.gitignore": "x/\n",
      "sub/x/y": "",
      ".headrace/blobs/b": "",
      "sub/.headrace/b": "",
      "vendored/.git/config": "",
      "vendored/lib.py": "",
    });
    expect(await pathsNow()).toEqual([
      ".gitignore",
      ".headraceignore",
      ".vhignore",
      "a.py",
      "keep.bin",
      "sub/.gitignore",
      "sub/__pycache__/kept.txt",
      "vendored/lib.py",
    ]);
  });

  it("says what it leaves out otherwise", async () => {
    rig.write({ "a.py": "", "data/in": { link: "/mnt/data" }, up: { link: "../outside" }, "ok/up": { link: "../a.py" } });
    for (const n of [1, 2, 3, 4]) execFileSync("mkfifo", [join(rig.root, `pipe${n}`)]);
    writeFileSync(Buffer.concat([Buffer.from(`${rig.root}/latin-`), Buffer.from([0xe9])]), "");
    const { record, warnings } = await rig.capture();
    expect([...warnings].sort()).toEqual([
      '"latin-\uFFFD": names that are not UTF-8, left out of the code',
      "pipe1, pipe2, pipe3 and 1 more: pipes, sockets and devices, left out of the code",
      "up, data/in: symbolic links that lead out of the project, left out of the code; name what they lead to as an input",
    ]);
    expect(await rig.paths(record.identifier)).toEqual(["a.py", "ok/up -> ../a.py"]);
  });

  it("warns of files that are too large for code", async () => {
    rig.write({ "model.bin": "" });
    truncateSync(join(rig.root, "model.bin"), 123_000_000);
    const { record, warnings } = await rig.capture();
    expect(warnings).toEqual([
      "model.bin has 123 MB: every version of it is stored with the code; make it an input, or name it in .gitignore or .headraceignore",
    ]);
    expect(record.sizeBytes).toBe(123_000_000);
  });

  it("keeps names with anything in them that is UTF-8", async () => {
    const names = ["a b", "new\nline", "quote\"'", "back\\slash", "é", "😀", "\uFFFD", "-dash", "tab\t", "#x", "\uE000"];
    rig.write(Object.fromEntries(names.map((name) => [name, name])));
    const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await pathsNow()).toEqual(byBytes);
    rig.commitAll();
    expect(await pathsNow()).toEqual(byBytes);
  });

  it("must be there", async () => {
    const root = join(rig.folder, "gone");
    await expect(rig.capture({ root })).rejects.toMatchObject({
      code: "HR_SNAPSHOT_FAILED",
      message: `The project's folder ${root} cannot be read (ENOENT)`,
      hint: "Check that it exists and that you may read it.",
    });
  });
});

describe("a git repository", () => {
  it("is named by its commit when clean", async () => {
    rig.write({ "a.py": "a", ".gitignore": "data/\n", "data/x": "" });
    const commit = rig.commitAll();
    const { record, warnings } = await rig.capture();
    expect(record).toMatchObject({ identifier: commit, fileCount: 2, git: { commit, branch: "main", dirty: false } });
    expect(await rig.paths(commit)).toEqual([".gitignore", "a.py"]);
    expect(warnings).toEqual([]);
    expect((await rig.capture()).record).toEqual(record);
  });

  it.each<[string, () => void]>([
    ["changed", () => rig.write({ "a.py": "changed" })],
    [
      "changed and staged",
      () => {
        rig.write({ "a.py": "changed" });
        rig.git("add", "a.py");
      },
    ],
    ["new", () => rig.write({ "new.py": "" })],
    ["new in a new folder", () => rig.write({ "new/deep.py": "" })],
    ["made executable", () => rig.write({ "a.py": { executable: "a" } })],
    ["deleted", () => rmSync(join(rig.root, "a.py"))],
    [
      "changed though git is told to assume otherwise",
      () => {
        rig.git("update-index", "--assume-unchanged", "a.py");
        rig.write({ "a.py": "x" });
      },
    ],
    [
      "changed though git is told to skip it",
      () => {
        rig.git("update-index", "--skip-worktree", "a.py");
        rig.write({ "a.py": "x" });
      },
    ],
  ])("is named by its files when one is %s", async (_, change) => {
    rig.write({ "a.py": "a", "b.py": "b" });
    const commit = rig.commitAll();
    change();
    const { record } = await rig.capture();
    expect(record.identifier).toBe(`~${record.manifestSha256}`);
    expect(record.git).toEqual({ commit, branch: "main", dirty: true });
  });

  it("captures what is there: untracked files too, deleted ones not, no error about either", async () => {
    rig.write({ "a.py": "a", "b.py": "b", "dir/c.py": "c" });
    rig.commitAll();
    rig.write({ "new.py": "" });
    rmSync(join(rig.root, "dir"), { recursive: true });
    rmSync(join(rig.root, "b.py"));
    const { record, warnings } = await rig.capture();
    expect(await rig.paths(record.identifier)).toEqual(["a.py", "new.py"]);
    expect(warnings).toEqual([]);
  });

  it("takes the commit's name once the same files are committed", async () => {
    rig.write({ "a.py": "a" });
    rig.git("init", "--quiet", "--initial-branch=main");
    const before = (await rig.capture()).record;
    expect(before.identifier).toBe(`~${before.manifestSha256}`);
    expect(before.git).toBeUndefined();
    const commit = rig.commitAll();
    const after = (await rig.capture()).record;
    expect(after).toMatchObject({ identifier: commit, manifestSha256: before.manifestSha256 });
  });

  it("stays clean for our own state and for what .headraceignore names", async () => {
    rig.write({ "a.py": "a", "notes.txt": "tracked", ".headraceignore": "*.log\nnotes.txt\nscratch/\n" });
    const commit = rig.commitAll();
    rig.write({ ".headrace/db": "", "x.log": "", "scratch/y": "", "notes.txt": "changed" });
    expect((await rig.capture()).record.identifier).toBe(commit);
    expect(await rig.paths(commit)).toEqual([".headraceignore", "a.py"]);
  });

  it("never lets one commit stand for two sets of files", async () => {
    rig.write({ "a.py": "a", "weights.bin": "", ".gitignore": ".headraceignore\n" });
    const commit = rig.commitAll();
    const first = (await rig.capture()).record;
    rig.write({ ".headraceignore": "*.bin\n" });
    const second = (await rig.capture()).record;
    expect([first.identifier, second.identifier]).toEqual([commit, `~${second.manifestSha256}`]);
    expect(second.git).toEqual({ commit, branch: "main", dirty: true });
    rmSync(join(rig.root, ".headraceignore"));
    expect((await rig.capture()).record).toEqual(first);
  });

  it("does not give the commit's name to a file that is saved during the capture", async () => {
    rig.write({ "a.py": "a" });
    const commit = rig.commitAll();
    const getSnapshot: Rig["store"]["getSnapshot"] = async (identifier) => {
      if (identifier === commit) rig.write({ "a.py": "saved meanwhile" });
      return rig.store.getSnapshot(identifier);
    };
    const { record } = await rig.capture({ store: { ...rig.store, getSnapshot } });
    expect(record.identifier).toBe(`~${record.manifestSha256}`);
  });

  it("knows no branch on a detached HEAD", async () => {
    rig.write({ "a.py": "a" });
    const commit = rig.commitAll();
    rig.git("checkout", "--quiet", "--detach");
    expect((await rig.capture()).record.git).toEqual({ commit, dirty: false });
  });

  it("lists a file in conflict once", async () => {
    rig.write({ "a.py": "base" });
    rig.commitAll();
    rig.git("checkout", "--quiet", "-b", "other");
    rig.write({ "a.py": "theirs" });
    rig.commitAll();
    rig.git("checkout", "--quiet", "main");
    rig.write({ "a.py": "ours" });
    rig.commitAll();
    expect(() => rig.git("merge", "other")).toThrow();
    const { record } = await rig.capture();
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
    expect(record.git?.dirty).toBe(true);
  });

  it("does not follow a link that took the place of a folder", async () => {
    rig.write({ "lib/a.py": "a", "b.py": "b" });
    rig.commitAll();
    renameSync(join(rig.root, "lib"), join(rig.folder, "elsewhere"));
    rig.write({ lib: { link: "../elsewhere" } });
    const { record, warnings } = await rig.capture();
    expect(await rig.paths(record.identifier)).toEqual(["b.py"]);
    expect(warnings).toEqual([
      "lib: symbolic links that lead out of the project, left out of the code; name what they lead to as an input",
    ]);
  });

  it("says which names are not UTF-8", async () => {
    rig.write({ "a.py": "" });
    const commit = rig.commitAll();
    writeFileSync(Buffer.concat([Buffer.from(`${rig.root}/x-`), Buffer.from([0xff])]), "");
    expect((await rig.capture()).warnings).toEqual(['"x-\uFFFD": names that are not UTF-8, left out of the code']);
    rig.git("add", "--all");
    expect((await rig.capture()).record.git?.commit).toBe(commit);
  });

  it("takes the bytes of the working tree, whatever git would store", async () => {
    rig.write({ ".gitattributes": "*.txt text eol=lf\n", "a.txt": "one\r\n" });
    const { record } = await rig.capture();
    rig.commitAll();
    expect((await rig.capture()).record.manifestSha256).toBe(record.manifestSha256);
  });
});

describe("a project within a repository", () => {
  beforeEach(() => {
    writeTree(rig.folder, { "README.md": "", "project/a.py": "a", "other/b.py": "b" });
    writeFileSync(join(rig.folder, ".gitignore"), "/blobs/\n/cache/\n");
    runGit(rig.folder, ["init", "--quiet", "--initial-branch=main"]);
    runGit(rig.folder, ["add", "--all"]);
    runGit(rig.folder, ["commit", "--quiet", "--message=all"]);
  });

  it("holds what lies below its own folder, and is clean when that is", async () => {
    const commit = runGit(rig.folder, ["rev-parse", "HEAD"]);
    writeTree(rig.folder, { "other/b.py": "changed", "new.py": "", "other/a.py": "" });
    expect((await rig.capture()).record).toMatchObject({ identifier: commit, fileCount: 1, git: { commit, branch: "main", dirty: false } });
    expect(await rig.paths(commit)).toEqual(["a.py"]);
    rig.write({ "a.py": "changed" });
    expect((await rig.capture()).record.git?.dirty).toBe(true);
  });

  it("is looked through without git where the repository ignores its folder as a whole", async () => {
    writeTree(rig.folder, { "blobs/demo/a.py": "a" });
    const { record, warnings } = await rig.capture({ root: join(rig.folder, "blobs/demo") });
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
    expect(record.git).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});

describe("repositories in repositories", () => {
  beforeEach(() => {
    const library = join(rig.folder, "library");
    writeTree(library, { "lib.py": "lib", ".gitignore": "*.o\n" });
    runGit(library, ["init", "--quiet", "--initial-branch=main"]);
    runGit(library, ["add", "--all"]);
    runGit(library, ["commit", "--quiet", "--message=lib"]);
    rig.write({ "a.py": "a" });
    rig.commitAll();
  });

  it("submodules count with their files; a change within makes the project unclean", async () => {
    rig.git("submodule", "--quiet", "add", "../library", "deps/lib");
    const commit = rig.commitAll();
    rig.write({ "deps/lib/x.o": "" });
    expect((await rig.capture()).record.identifier).toBe(commit);
    expect(await rig.paths(commit)).toEqual([".gitmodules", "a.py", "deps/lib/.gitignore", "deps/lib/lib.py"]);
    rig.write({ "deps/lib/lib.py": "changed" });
    expect((await rig.capture()).record.git?.dirty).toBe(true);
    runGit(join(rig.root, "deps/lib"), ["commit", "--quiet", "--all", "--message=moved"]);
    expect((await rig.capture()).record.git?.dirty).toBe(true);
  });

  it("a submodule that is not checked out is missed aloud", async () => {
    rig.git("submodule", "--quiet", "add", "../library", "lib");
    const commit = rig.commitAll();
    rig.git("submodule", "--quiet", "deinit", "lib");
    const { record, warnings } = await rig.capture();
    expect(warnings).toEqual([
      "lib: submodules that are not checked out (`git submodule update --init` brings them), left out of the code",
    ]);
    expect(await rig.paths(record.identifier)).toEqual([".gitmodules", "a.py"]);
    expect(record.git?.commit).toBe(commit);
  });

  it("a repository that lies there untracked counts with its files", async () => {
    runGit(rig.root, ["clone", "--quiet", "../library", "clone"]);
    const { record } = await rig.capture();
    expect(await rig.paths(record.identifier)).toEqual(["a.py", "clone/.gitignore", "clone/lib.py"]);
    expect(record.git?.dirty).toBe(true);
  });
});

describe("git that will not do", () => {
  const environment = { ...process.env };
  afterEach(() => {
    process.env = { ...environment };
  });

  it("runs nothing that a repository's own configuration names", async () => {
    rig.write({ "a.txt": "a", ".gitattributes": "*.txt filter=evil\n", "b=c.txt": "" });
    rig.commitAll();
    const evil = join(rig.folder, "evil.sh");
    writeTree(rig.folder, { "evil.sh": { executable: `#!/bin/sh\ntouch ${rig.folder}/ran-$(basename "$0")-$$\ncat\n` } });
    mkdirSync(join(rig.root, ".git/hooks"), { recursive: true });
    linkSync(evil, join(rig.root, ".git/hooks/post-index-change"));
    for (const name of [
      "core.fsmonitor",
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "core.pager",
      "core.sshCommand",
    ]) {
      rig.git("config", name, evil);
    }
    rig.git("config", "filter.evil.required", "true");
    // Same size, other time: git would have to compare the contents, through the filter.
    utimesSync(join(rig.root, "a.txt"), 1, 1);
    await rig.capture();
    expect(execFileSync("ls", [rig.folder], { encoding: "utf8" })).not.toContain("ran-");
    expect(existsSync(join(rig.root, ".git/index.lock"))).toBe(false);
  });

  it("does not touch the index", async () => {
    rig.write({ "a.py": "a" });
    rig.commitAll();
    utimesSync(join(rig.root, "a.py"), 1, 1);
    const before = statSync(join(rig.root, ".git/index")).mtimeMs;
    await rig.capture();
    expect(statSync(join(rig.root, ".git/index")).mtimeMs).toBe(before);
  });

  it("does without git where it is not installed", async () => {
    rig.write({ "a.py": "a", ".gitignore": "data/\n", "data/x": "" });
    rig.commitAll();
    process.env.PATH = rig.folder;
    const { record, warnings } = await rig.capture();
    expect(warnings).toEqual([
      "git is not installed, so all files of the folder count as code, save those that ignore files name; install git to have runs pinned to commits",
    ]);
    expect(await rig.paths(record.identifier)).toEqual([".gitignore", "a.py"]);
    rmSync(join(rig.root, ".git"), { recursive: true });
    expect((await rig.capture()).warnings).toEqual([]);
  });

  it("does without git where the repository belongs to somebody else", async () => {
    rig.write({ "a.py": "a" });
    rig.commitAll();
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = "1";
    const { record, warnings } = await rig.capture();
    expect(warnings).toEqual([
      `git does not trust the repository ${rig.root}, which belongs to another user, so all files of the folder count as code, save those that ignore files name; \`git config --global --add safe.directory '${rig.root}'\` mends it`,
    ]);
    expect(record.git).toBeUndefined();
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
  });

  it("does without git where the repository is broken", async () => {
    rig.write({ "a.py": "a" });
    rig.commitAll();
    writeFileSync(join(rig.root, ".git/index"), "no index");
    const { record, warnings } = await rig.capture();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^git cannot read the repository \(.+\), so all files of the folder count as code, save those that ignore files name$/,
    );
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
  });

  it("is not led astray by the variables of a git that called us", async () => {
    rig.write({ "a.py": "a" });
    const commit = rig.commitAll();
    process.env.GIT_DIR = join(rig.folder, "elsewhere");
    process.env.GIT_INDEX_FILE = join(rig.folder, "nowhere");
    expect((await rig.capture()).record.identifier).toBe(commit);
  });

  it("keeps settings that the user gives by variables", async () => {
    rig.write({ "a.py": "a", secret: "" });
    writeFileSync(join(rig.folder, "excludes"), "secret\n");
    Object.assign(process.env, {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.excludesFile",
      GIT_CONFIG_VALUE_0: join(rig.folder, "excludes"),
    });
    rig.git("init", "--quiet");
    expect(await pathsNow()).toEqual(["a.py"]);
  });
});

describe("reading files", () => {
  /** The blobs, with a record of which files are read. */
  const watched = (read: string[]): BlobStore =>
    new Proxy(rig.blobs, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (name === "putFiles") read.push(...(args[0] as string[]).map((path) => path.slice(rig.root.length + 1)));
          return Reflect.apply(member, target, args);
        };
      },
    });

  it("reads only what changed since", async () => {
    rig.write({ "a.py": "a", "b/c.py": "c" });
    const read: string[] = [];
    const blobs = watched(read);
    await rig.capture({ blobs });
    expect(read.splice(0).sort()).toEqual(["a.py", "b/c.py"]);
    await rig.capture({ blobs });
    expect(read).toEqual([]);
    rig.write({ "a.py": "A" });
    const { record } = await rig.capture({ blobs });
    expect(read.splice(0)).toEqual(["a.py"]);
    expect(await rig.paths(record.identifier)).toEqual(["a.py", "b/c.py"]);
  });

  it("reads again what was written just before it was read", async () => {
    rig.write({ "a.py": "a" });
    const read: string[] = [];
    const blobs = watched(read);
    for (const _ of [1, 2]) await rig.capture({ blobs, now: Date.now });
    expect(read).toEqual(["a.py", "a.py"]);
  });

  it("stores again what the cache knows but the blobs have lost", async () => {
    rig.write({ "a.py": "a", "b.py": "b" });
    const first = await rig.capture();
    const [a] = await rig.entries(first.record.identifier);
    if (a === undefined || !("sha256" in a)) throw new Error("no entry");
    await rig.blobs.delete(a.sha256);
    rig.snapshots.clear();
    const read: string[] = [];
    const second = await rig.capture({ blobs: watched(read) });
    expect(read).toEqual(["a.py"]);
    expect(second.record).toEqual(first.record);
    expect(await rig.blobs.has(a.sha256)).toBe(true);
  });

  it("stores the list of files again when it was lost", async () => {
    rig.write({ "a.py": "a" });
    const { record } = await rig.capture();
    await rig.blobs.delete(record.manifestSha256);
    await rig.capture();
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
  });

  it("waits for a file that is being saved", async () => {
    rig.write({ "a.py": "half" });
    let tries = 0;
    const blobs = new Proxy(rig.blobs, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          const result: unknown = await Reflect.apply(member, target, args);
          // Saved right after it was read, twice.
          if (name === "putFiles" && tries++ < 2) rig.write({ "a.py": `whole ${tries}` });
          return result;
        };
      },
    });
    const { record } = await rig.capture({ blobs });
    expect(tries).toBe(3);
    const [a] = await rig.entries(record.identifier);
    expect(a).toMatchObject({ path: "a.py", size: 7 });
  });

  it("gives up on a file that never keeps still", async () => {
    rig.write({ "a.py": "a", "train.log": "" });
    const script = `const fs=require("fs");const f=fs.openSync(process.argv[1],"a");process.stdout.write("go");
      process.stdin.on("end",()=>process.exit()).resume();(function w(){fs.writeSync(f,"x");setImmediate(w)})()`;
    const writer = spawn(process.execPath, ["-e", script, join(rig.root, "train.log")], { stdio: ["pipe", "pipe", "inherit"] });
    await once(writer.stdout, "data");
    try {
      await expect(rig.capture()).rejects.toMatchObject({
        code: "HR_SNAPSHOT_FAILED",
        message: "train.log kept changing while the code was captured",
        hint: "Stop what writes there, or name the files in .gitignore or .headraceignore if they are not code.",
      });
    } finally {
      writer.stdin.end();
      await once(writer, "exit");
    }
    expect(rig.snapshots.size).toBe(0);
  });

  it("leaves out a file that vanishes meanwhile", async () => {
    rig.write({ "a.py": "a", "gone.py": "" });
    const missing: Rig["blobs"]["putFiles"] = async (paths) => {
      rmSync(join(rig.root, "gone.py"));
      return rig.blobs.putFiles(paths);
    };
    const blobs: BlobStore = new Proxy(rig.blobs, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        return name === "putFiles" ? missing : typeof member === "function" ? member.bind(target) : member;
      },
    });
    const { record } = await rig.capture({ blobs });
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
    expect(readFileSync(join(rig.root, "a.py"), "utf8")).toBe("a");
  });
});
