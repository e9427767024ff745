import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSlurmExecutor } from "./slurm-executor.ts";
import { whyNotWritable } from "./work-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-work-folder-"));
  writeFileSync(join(root, "file"), "");
  symlinkSync("loop", join(root, "loop"));
  symlinkSync("nowhere/at/all", join(root, "dangling"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("one that is not there is made, and nothing is left in it", async () => {
  mkdirSync(join(root, "new"));
  expect(await whyNotWritable(join(root, "new/deep"))).toBeUndefined();
  expect(existsSync(join(root, "new/deep"))).toBe(true);
  expect(readdirSync(join(root, "new/deep"))).toEqual([]);
});

test.each([
  ["below a file", () => join(root, "file/x"), "Not a directory"],
  ["a file", () => join(root, "file"), "File exists"],
  ["a link in a circle", () => join(root, "loop/x"), "Too many levels of symbolic links"],
  ["below a link to nowhere", () => join(root, "dangling/x"), "File exists"],
  ["a name that is too long", () => join(root, "a".repeat(300)), "File name too long"],
  ["where nothing can be made at all", () => "/proc/headrace", "No such file or directory"],
])("%s", async (_, path, why) => {
  const reason = `the work folder ${path()} cannot be written (${why})`;
  expect(await whyNotWritable(path())).toBe(reason);
  const hint = "name a folder in `slurm.work-folder` that all nodes see and you may write to";
  await using executor = openSlurmExecutor({
    settings: { workFolder: path(), options: [], pollS: 1 },
    baseEnvironment: { PATH: "/usr/bin:/bin" },
  });
  expect(await executor.health()).toEqual({ healthy: false, reason, hint });
  await expect(executor.requirePlace?.()).rejects.toMatchObject({ code: "HR_SYSTEM", message: reason, hint });
});
