import { mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GarbageView } from "../../api/index.ts";
import { parseDuration } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore, RunFacts } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { sharedExecutionFolders } from "../installation/placed-folder.ts";
import { cacheFolder } from "../installation/state-folder.ts";
import { believedTime, readBelieved } from "./believed-time.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { configurationOf } from "./gc-request.ts";
import { RefusedHousekeeping } from "./refused-housekeeping.ts";
import { AUTOMATIC, type KeepTimes } from "./rules.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const DAY_MS = 24 * 3_600_000;
/** Its time of change says when it was cleared up last, its text which time was believed then. */
const STAMP = "cleared-up";

/**
 * Clears up by itself, at most once a day: what nothing refers to, and very old logs; never a run, its files or its
 * metadata. `HEADRACE_RETENTION=off` forgoes it; `HEADRACE_KEEP_UNREFERENCED` and `HEADRACE_KEEP_LOGS` say for how
 * long, or `forever`. Undefined when it was not due, or somebody else is at it.
 */
export async function clearUpDaily(
  { actor, project }: Context,
  store: ProjectStore,
  now = Date.now(),
): Promise<GarbageView | undefined> {
  const keep = keepTimes(project.env);
  const stamp = join(cacheFolder(project), STAMP);
  if (keep === undefined || !isDue(stamp, now)) return undefined;
  try {
    const believed = believedTime({
      now,
      before: readBelieved(stamp),
      recorded: momentsOf(await store.housekeeping.listRunFacts()),
    });
    mkdirSync(cacheFolder(project), { recursive: true });
    // Before, so that what cannot be done is not tried by every run of the day.
    noteCleared(stamp, { now, believed });
    const blobs = await project.blobs();
    return await collectGarbage({
      ...{ actor, project, store, blobs, keep, now, believed, apply: true, rules: { tagged: false } },
      configuration: await configurationOf(project),
      sharedFolders: sharedExecutionFolders(await project.settings()),
    });
  } catch (error) {
    // Somebody else clears up, or other records refer to the same files: `headrace gc` says so.
    if (error instanceof RefusedHousekeeping) return undefined;
    throw error;
  }
}

/** Returns true if the last clearing-up is a day ago. A stamp from the future is that of a clock which was ahead. */
export function isDue(stamp: string, now: number): boolean {
  return Math.abs(now - (statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0)) >= DAY_MS;
}

/** Writes the stamp of a clearing-up. */
export function noteCleared(
  stamp: string,
  { now, believed }: { readonly now: number; readonly believed: number },
): void {
  writeFileSync(stamp, `${believed}`);
  utimesSync(stamp, now / 1000, now / 1000);
}

/** When runs began and ended. */
export function momentsOf(runs: readonly RunFacts[]): readonly number[] {
  return runs.flatMap(({ createdAt, finishedAt }) =>
    finishedAt === undefined ? [createdAt] : [createdAt, finishedAt],
  );
}

/** Undefined where nothing is to be cleared up. Throws HR_USAGE for a time that is none. */
export function keepTimes(env: Variables): KeepTimes | undefined {
  if (env.HEADRACE_RETENTION?.trim() === "off") return undefined;
  return {
    ...AUTOMATIC,
    unreferencedMs: timeOf(env, "HEADRACE_KEEP_UNREFERENCED") ?? AUTOMATIC.unreferencedMs,
    logsMs: timeOf(env, "HEADRACE_KEEP_LOGS") ?? AUTOMATIC.logsMs,
  };
}

function timeOf(env: Variables, name: string): number | undefined {
  const text = env[name]?.trim();
  if (text === undefined || text === "") return undefined;
  if (text === "forever") return Infinity;
  const result = parseDuration(text);
  if (result.ok && result.seconds !== undefined) return result.seconds * 1000;
  throw new HeadraceError("HR_USAGE", `${name}: ${result.ok ? "the time is missing" : result.message}`, {
    hint: `write for example ${name}=30d, or ${name}=forever`,
  });
}
