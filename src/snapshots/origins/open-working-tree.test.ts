import { execFileSync } from "node:child_process";
import { renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRig, type Rig } from "../fixtures/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const pathsNow = async (): Promise<readonly string[]> => rig.paths((await rig.capture()).record.identifier);

describe("a folder without git", () => {
  it("is named by the hash of its list of files", async () => {
    rig.write({
      "train.py": "print(1)\n",
      "src/run.sh": { executable: "#!/bin/sh\n" },
      "src/latest": { link: "run.sh" },
    });
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

  it.skipIf(process.platform !== "linux")("says which ignore file cannot be read", async () => {
    rig.write({ "a.py": "" });
    symlinkSync("/proc/self/mem", join(rig.root, ".headraceignore"));
    await expect(rig.capture()).rejects.toMatchObject({
      code: "HR_SNAPSHOT_FAILED",
      message: `${rig.root}/.headraceignore cannot be read (EIO)`,
    });
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
    rig.write({
      "a.py": "",
      "data/in": { link: "/mnt/data" },
      up: { link: "../outside" },
      "ok/up": { link: "../a.py" },
    });
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
    const names = [
      "a b",
      "new\nline",
      "quote\"'",
      "back\\slash",
      "é",
      "😀",
      "\uFFFD",
      "-dash",
      "tab\t",
      "#x",
      "\uE000",
    ];
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
      message: `the project's folder ${root} cannot be read (ENOENT)`,
      hint: "check that it exists and that you may read it",
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
    const get: Rig["store"]["snapshots"]["get"] = async (identifier) => {
      if (identifier === commit) rig.write({ "a.py": "saved meanwhile" });
      return rig.store.snapshots.get(identifier);
    };
    const { record } = await rig.capture({ store: { snapshots: { ...rig.store.snapshots, get } } });
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
