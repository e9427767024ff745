import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stateFolder } from "./records-place.ts";

/**
 * The last processes may take so long to be gone: the kernel tears down a namespace after its first process has been
 * reaped.
 */
const PATIENCE_MS = 3_000;

/**
 * Processes that still run in the environment of a round, by what they are. They are ended: nobody should have to look
 * for them by hand, among those of other rounds. `root` is a folder that the round itself has made, of a name that no
 * other has.
 */
export async function leftProcesses(root: string): Promise<readonly string[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const left = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && mentions(name, root));
    if (left.length === 0) return [];
    if (performance.now() > deadline) {
      const found = left.map((pid) => `process ${pid} is left: ${read(pid, "cmdline").slice(0, 300)}`);
      for (const pid of left) end(Number(pid));
      return found;
    }
    await delay(50);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone meanwhile.
  }
}

function mentions(pid: string, root: string): boolean {
  if (/^\d+ \(.*\) [ZX]/s.test(read(pid, "stat"))) return false;
  return read(pid, "environ").includes(root) || read(pid, "cmdline").includes(root);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

const LASTING = new Set([
  "headrace.db",
  "headrace.db-wal",
  "headrace.db-shm",
  "blobs",
  "executions",
  "environments",
  "worktrees",
  "owners",
  "storing",
  "cache",
]);

/** Files that only a run under way may have. */
export function strayFiles(root: string): readonly string[] {
  const state = stateFolder(root);
  const strays = [...below(join(state, "blobs", "incoming")), ...below(join(state, "storing"))];
  strays.push(
    ...names(state)
      .filter((name) => !LASTING.has(name))
      .map((name) => join(state, name)),
  );
  for (const id of names(join(state, "executions"))) {
    const folder = join(state, "executions", id);
    for (const name of names(folder))
      if (!["logs", "control"].includes(name)) strays.push(...below(join(folder, name)), join(folder, name));
    for (const path of below(join(folder, "control")))
      if (/\.new$|\/script\.\d+$|\/taking\//.test(path)) strays.push(path);
  }
  return strays.map((path) => `${path.slice(state.length + 1)} is left`);
}

function below(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
