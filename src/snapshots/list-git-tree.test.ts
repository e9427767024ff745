import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRig, type Rig, runGit, writeTree } from "./fixtures/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const pathsNow = async (): Promise<readonly string[]> => rig.paths((await rig.capture()).record.identifier);

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
    expect((await rig.capture()).record).toMatchObject({
      identifier: commit,
      fileCount: 1,
      git: { commit, branch: "main", dirty: false },
    });
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

  it("what Python leaves behind is no code, unless it is committed or asked for", async () => {
    rig.write({ "__pycache__/a.cpython-311.pyc": "x", "lib/__pycache__/b.pyc": "x", "new.py": "" });
    expect(await rig.paths((await rig.capture()).record.identifier)).toEqual(["a.py", "new.py"]);
    rig.write({ ".headraceignore": "!*.pyc\n", "c.pyc": "x" });
    expect(await rig.paths((await rig.capture()).record.identifier)).toContain("c.pyc");
    rig.git("add", "--force", "lib");
    expect(await rig.paths((await rig.capture()).record.identifier)).toContain("lib/__pycache__/b.pyc");
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
    writeTree(rig.folder, {
      "evil.sh": { executable: `#!/bin/sh\ntouch ${rig.folder}/ran-$(basename "$0")-$$\ncat\n` },
    });
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
