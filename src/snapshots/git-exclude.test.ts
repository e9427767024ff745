import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

  it("is not missed without git", async () => {
    expect(await ensureLocalGitExclude(rig.root, ".headrace/")).toBe(false);
  });
});
