import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { removeTree } from "../../remove-tree.ts";
import { COMPLETE, DOWNLOADS } from "./environment-place.ts";

/**
 * A path that nothing has used for long: an environment, what a crash left of a build, or what builds have downloaded.
 */
export interface UnusedEnvironment {
  readonly path: string;
}

const DAY_MS = 24 * 3_600_000;
/** Each change of a package of the project's own makes an environment that the next change replaces. */
const LOCAL_SHARE = 10;
/** Ids of environments, and names of hashes in folders of earlier versions. */
const ID = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/;

/** Above this, downloads go although they are young: not all of them are needed again. */
const MOST_DOWNLOADS_BYTES = 20 * 1024 ** 3;

export interface UnusedOptions {
  readonly mostDownloadsBytes?: number;
}

/**
 * Environments that were last used longer than `keepMs` ago, a tenth of that for those with a package of the project
 * itself. And the downloads that all builds share, which go as a whole: what installers keep there refers to each
 * other. They stay while something is built, and for a day after that.
 */
export function unusedEnvironments(
  folder: string,
  keepMs: number,
  now: number,
  options: UnusedOptions = {},
): readonly UnusedEnvironment[] {
  const names = namesIn(folder);
  if (names.length === 0 || !Number.isFinite(keepMs)) return [];
  const inUse = idsInUse();
  const old = names.filter((name) => {
    const path = join(folder, name);
    if (name.startsWith(".building-")) return changedAt(path) < now - DAY_MS && !inUse.has(name);
    return ID.test(name) && !inUse.has(name) && lastUse(path) < now - (isLocal(path) ? keepMs / LOCAL_SHARE : keepMs);
  });
  const { mostDownloadsBytes = MOST_DOWNLOADS_BYTES } = options;
  const isBuilding = names.some((name) => name.startsWith(".building-") && inUse.has(name));
  const downloads = join(folder, DOWNLOADS);
  if (!isBuilding && names.includes(DOWNLOADS) && areUnused(downloads, { keepMs, now, mostDownloadsBytes }))
    old.push(DOWNLOADS);
  return old.map((name) => ({ path: join(folder, name) }));
}

function areUnused(
  downloads: string,
  { keepMs, now, mostDownloadsBytes }: Required<UnusedOptions> & { readonly keepMs: number; readonly now: number },
): boolean {
  const since = now - changedAt(downloads);
  return since > keepMs || (since > DAY_MS && bytesIn(downloads) > mostDownloadsBytes);
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    bytes += stats === undefined ? 0 : stats.isDirectory() ? bytesIn(path) : stats.size;
  }
  return bytes;
}

/** Aside first: one of which half is gone must not be taken for complete. */
export async function removeEnvironment({ path }: UnusedEnvironment): Promise<void> {
  const gone = join(path, "..", `.building-${randomBytes(8).toString("hex")}`);
  try {
    renameSync(path, gone);
  } catch (error) {
    // Another process clears up, too.
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  rmSync(`${path}.log`, { force: true });
  await removeTree(`${path}.build`);
  await removeTree(gone);
}

/**
 * Returns all texts that look like an id in the mounts and variables of the processes that run: a step of another
 * project, which no record here knows of, may have used its environment for longer than we keep one.
 */
function idsInUse(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const file of ["mountinfo", "environ"]) {
      for (const [id] of readIfAllowed(`/proc/${pid}/${file}`).matchAll(
        /(?:\.building-[0-9a-f]{16}|[0-9a-f]{64}|[0-9a-f]{32})/g,
      ))
        found.add(id);
    }
  }
  return found;
}

function readIfAllowed(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // Somebody else's process, or one that has ended.
    return "";
  }
}

function isLocal(path: string): boolean {
  try {
    return (JSON.parse(readFileSync(join(path, COMPLETE), "utf8")) as { readonly isLocal?: unknown }).isLocal === true;
  } catch {
    return false;
  }
}

function lastUse(path: string): number {
  return Math.max(changedAt(path), changedAt(join(path, COMPLETE)));
}

function changedAt(path: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0 : Math.max(stats.mtimeMs, stats.ctimeMs);
}

function namesIn(folder: string): readonly string[] {
  try {
    return statSync(folder).isDirectory() ? readdirSync(folder) : [];
  } catch {
    // Not made yet.
    return [];
  }
}
