import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

const STEP = '- step: { name: s, image: "", command: echo fine }\n';

describe("a file of a repository that has no end, or that nobody writes to", () => {
  const rows = [
    ["valohai.yaml", ["lint"], "valohai.yaml cannot be read: it is no regular file"],
    ["valohai.yaml", ["run", "s"], "valohai.yaml cannot be read (it is no regular file)"],
    ["headrace.config.yaml", ["run", "s"], "headrace.config.yaml cannot be read (it is no regular file)"],
    ["dvc.yaml", ["import", "dvc.yaml"], "dvc.yaml cannot be read: it is no regular file"],
  ] as const;

  test.each(rows)("%s: headrace %j", async (name, args, message) => {
    for (const make of [
      (path: string) => symlinkSync("/dev/zero", path),
      (path: string) => void execFileSync("mkfifo", [path]),
    ]) {
      await using rig = new ProjectRig(name === "valohai.yaml" ? {} : { "valohai.yaml": STEP });
      make(join(rig.root, name));
      const { code, stderr } = await rig.headrace(...args);
      expect([code, stderr.split("\n")[0]]).toEqual([2, `error: ${message} [HR_CONFIG_UNREADABLE]`]);
    }
  });

  test("among ignore files is no code and in nobody's way", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": STEP });
    symlinkSync("/dev/zero", join(rig.root, ".headraceignore"));
    mkdirSync(join(rig.root, "below"));
    execFileSync("mkfifo", [join(rig.root, "below/.gitignore")]);
    expect((await rig.headrace("run", "s")).code).toBe(0);
  });
});
