import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testCache } from "../../src/executors/docker/fixtures/docker-daemon.ts";

const PACKAGE = "valohai-utils==0.7.0";

/**
 * A folder with the stock package and what it needs, for images that cannot reach a package index; made once, and kept.
 */
export function valohaiUtilsFolder(): string {
  const folder = join(testCache(), PACKAGE.replace("==", "-"));
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(join(tmpdir(), "headrace-utils-"));
  try {
    run("python3", "-m", "venv", join(work, "venv"));
    run(join(work, "venv/bin/pip"), "install", "--quiet", "--target", join(work, "packages"), PACKAGE);
    run("mv", join(work, "packages"), `${folder}.${process.pid}`);
    renameSync(`${folder}.${process.pid}`, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function run(program: string, ...args: readonly string[]): void {
  const result = spawnSync(program, args, { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${program} ${args.join(" ")}:\n${result.stderr}`);
}
