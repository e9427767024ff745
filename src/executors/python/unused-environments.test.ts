import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { removeEnvironment, unusedEnvironments } from "./unused-environments.ts";

const DAY = 24 * 3_600_000;
const root = mkdtempSync(join(tmpdir(), "headrace-unused-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function environment(name: string, content: object): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, ".headrace-complete"), JSON.stringify(content));
  writeFileSync(`${path}.log`, "built");
  return path;
}

const unusedAfter = (days: number): readonly string[] =>
  unusedEnvironments(root, 30 * DAY, Date.now() + days * DAY)
    .map(({ path }) => basename(path))
    .sort();

test("environments go when nothing has used them for long, those of the project's own packages earlier, and none that a process uses", async () => {
  const [plain, local, used, old] = ["a".repeat(32), "b".repeat(32), "c".repeat(32), "d".repeat(64)];
  for (const name of [plain, used, old]) environment(name, {});
  environment(local, { isLocal: true });
  for (const name of [".building-0123456789abcdef", "downloads", "lib"]) mkdirSync(join(root, name));
  const step = spawn("/bin/sleep", ["600"], {
    env: { VIRTUAL_ENV: `/.headrace/environments/${used}` },
    stdio: "ignore",
  });
  await once(step, "spawn");
  try {
    expect(unusedAfter(0)).toEqual([]);
    expect(unusedAfter(2)).toEqual([".building-0123456789abcdef"]);
    expect(unusedAfter(4)).toEqual([".building-0123456789abcdef", local]);
    expect(unusedAfter(31)).toEqual([".building-0123456789abcdef", plain, local, old, "downloads"]);
    expect(unusedEnvironments(root, Number.POSITIVE_INFINITY, Date.now() + 1000 * DAY)).toEqual([]);
  } finally {
    step.kill("SIGKILL");
  }
  for (const unused of unusedEnvironments(root, 30 * DAY, Date.now() + 4 * DAY)) await removeEnvironment(unused);
  expect([existsSync(join(root, local)), existsSync(join(root, `${local}.log`))]).toEqual([false, false]);
  expect(readdirSync(root).filter((name) => name.startsWith(".building"))).toEqual([]);
  await removeEnvironment({ path: join(root, local) });
});

test("downloads go when nothing was built for long, or when they take too much room, and never while something is built", async () => {
  const downloads = join(root, "downloads");
  mkdirSync(join(downloads, "http", "a"), { recursive: true });
  writeFileSync(join(downloads, "http", "a", "wheel"), "x".repeat(1000));
  mkdirSync(join(root, ".building-0123456789abcdef"));
  const after = (days: number, mostDownloadsBytes: number): readonly string[] =>
    unusedEnvironments(root, 30 * DAY, Date.now() + days * DAY, { mostDownloadsBytes })
      .map(({ path }) => basename(path))
      .filter((name) => name === "downloads");
  expect([after(0.9, 999), after(1.1, 1000), after(1.1, 999), after(29, 1000), after(31, 1000)]).toEqual([
    ...[[], [], ["downloads"], [], ["downloads"]],
  ]);
  const build = spawn("/bin/sleep", ["600"], {
    env: { PLACE: "/x/.building-0123456789abcdef/environment" },
    stdio: "ignore",
  });
  await once(build, "spawn");
  try {
    expect(after(31, 999)).toEqual([]);
  } finally {
    build.kill("SIGKILL");
  }
  await removeEnvironment({ path: downloads });
  expect(existsSync(downloads)).toBe(false);
});
