import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRig, type Rig, runGit } from "./fixtures/rig.ts";
import { ensureLocalGitExclude } from "./git-exclude.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

describe("the local git exclude", () => {
  it("gets our folder once, beside what stands there", async () => {
    rig.git("init", "--quiet");
    const file = join(rig.root, ".git/info/exclude");
    mkdirSync(join(rig.root, ".git/info"), { recursive: true });
    writeFileSync(file, "*.swp");
    expect(await ensureLocalGitExclude(rig.root, ".headrace/")).toBe(true);
    expect(await ensureLocalGitExclude(rig.root, ".headrace/")).toBe(false);
    expect(readFileSync(file, "utf8")).toBe("*.swp\n.headrace/\n");
    rig.write({ ".headrace/db": "", "sub/.headrace/db": "", "a.py": "" });
    expect(rig.git("status", "--porcelain")).toBe("?? a.py");
  });

  it("is made where it is missing, also from a folder within and from a linked working tree", async () => {
    rig.write({ "sub/a.py": "" });
    rig.commitAll();
    rmSync(join(rig.root, ".git/info"), { recursive: true, force: true });
    expect(await ensureLocalGitExclude(join(rig.root, "sub"), ".headrace/")).toBe(true);
    const linked = join(rig.folder, "linked");
    rig.git("worktree", "add", "--quiet", linked);
    expect(await ensureLocalGitExclude(linked, ".headrace/")).toBe(false);
    expect(await ensureLocalGitExclude(linked, "other/")).toBe(true);
    expect(readFileSync(join(rig.root, ".git/info/exclude"), "utf8")).toBe(".headrace/\nother/\n");
    expect(runGit(linked, ["status", "--porcelain"])).toBe("");
  });

  it.each([
    ["a link to a file", (file: string, folder: string) => symlinkSync(join(folder, "bashrc"), file)],
    ["a link to what has no end", (file: string) => symlinkSync("/dev/zero", file)],
    ["a pipe that nobody writes to", (file: string) => execFileSync("mkfifo", [file])],
  ])("is left alone where it is %s", async (_, put) => {
    rig.git("init", "--quiet");
    writeFileSync(join(rig.folder, "bashrc"), "alias ls=ls\n");
    mkdirSync(join(rig.root, ".git/info"), { recursive: true });
    const file = join(rig.root, ".git/info/exclude");
    rmSync(file, { force: true });
    put(file, rig.folder);
    expect(await ensureLocalGitExclude(rig.root, ".headrace/")).toBe(false);
    expect(readFileSync(join(rig.folder, "bashrc"), "utf8")).toBe("alias ls=ls\n");
  });

  it("is not missed without git", async () => {
    expect(await ensureLocalGitExclude(rig.root, ".headrace/")).toBe(false);
  });
});
