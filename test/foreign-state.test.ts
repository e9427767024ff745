import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step: { name: s, image: "", command: "echo key > ~/.cache/authorized_keys || true" }
`;
const MESSAGE = "the repository brings records of Headrace of its own: git tracks .headrace";

function git(rig: ProjectRig, ...args: readonly string[]): void {
  const who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  execFileSync("git", [...who, ...args], { cwd: rig.root, stdio: "ignore" });
}

async function withHome(act: (home: string, keys: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "headrace-foreign-"));
  mkdirSync(join(home, "keys"));
  try {
    await act(home, join(home, "keys"));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

describe("records that came from elsewhere", () => {
  test.each([
    ["a link in the place of the caches", ".headrace/cache/home/cache"],
    ["a link in the place of the folder", ".headrace"],
  ])("with a repository are refused: %s", async (_, name) => {
    await withHome(async (home, keys) => {
      await using rig = new ProjectRig({ "valohai.yaml": YAML });
      mkdirSync(join(rig.root, name, ".."), { recursive: true });
      symlinkSync(keys, join(rig.root, name));
      git(rig, "init", "--quiet");
      git(rig, "add", "--force", ".");
      git(rig, "commit", "--quiet", "-m", "x");
      for (const args of [["run", "s"], ["ls"], ["gc"], ["resume"], ["environments"]])
        expect(await rig.startIn(rig.root, { HOME: home }, ...args).result).toMatchObject({
          code: 1,
          stderr: expect.stringContaining(MESSAGE),
        });
      const doctor = await rig.startIn(rig.root, { HOME: home }, "doctor").result;
      expect(doctor.stdout).toContain(MESSAGE);
      expect(readdirSync(keys)).toEqual([]);
    });
  });

  test("with a later state of the repository are refused by the next run", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    git(rig, "init", "--quiet");
    expect((await rig.headrace("run", "s")).code).toBe(0);
    expect((await rig.headrace("ls")).code).toBe(0);
    symlinkSync(tmpdir(), join(rig.root, ".headrace/environments"));
    git(rig, "add", "--force", ".headrace/environments");
    expect(await rig.headrace("run", "s")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${MESSAGE}/environments`),
    });
  });

  test("of the user's own are asked of git once, and a copy of them again", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    git(rig, "init", "--quiet");
    await rig.headrace("run", "s");
    await rig.headrace("ls");
    const note = readFileSync(join(rig.root, ".headrace/cache/not-of-git"), "utf8");
    execFileSync("cp", ["-r", rig.root, `${rig.root}-copy`]);
    try {
      expect((await rig.startIn(`${rig.root}-copy`, {}, "ls").result).code).toBe(0);
      expect(readFileSync(`${rig.root}-copy/.headrace/cache/not-of-git`, "utf8")).not.toBe(note);
    } finally {
      rmSync(`${rig.root}-copy`, { recursive: true, force: true });
    }
  });

  test("with an archive lead no step out of them by a link in the place of its caches", async () => {
    await withHome(async (home, keys) => {
      await using rig = new ProjectRig({ "valohai.yaml": YAML });
      mkdirSync(join(rig.root, ".headrace/cache/home"), { recursive: true });
      symlinkSync(keys, join(rig.root, ".headrace/cache/home/cache"));
      expect(await rig.startIn(rig.root, { HOME: home }, "run", "s").result).toMatchObject({ code: 0 });
      expect(existsSync(join(keys, "authorized_keys"))).toBe(false);
    });
  });
});
