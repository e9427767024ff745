import { join } from "node:path";
import type { HomeGarbageView } from "../../api/index.ts";
import { originalError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { ProjectRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { believedTime, readBelieved } from "../housekeeping/believed-time.ts";
import {
  type ClearedProject,
  clearProject,
  type GarbageOptions,
  NOTHING_GOES,
} from "../housekeeping/collect-garbage.ts";
import { lockHousekeeping } from "../housekeeping/gc-lock.ts";
import { configurationOf, type GarbageRequest, optionsOf } from "../housekeeping/gc-request.ts";
import { noteOwner, requireSoleOwner } from "../housekeeping/own-blobs.ts";
import { collectReferences } from "../housekeeping/references.ts";
import { RefusedHousekeeping } from "../housekeeping/refused-housekeeping.ts";
import { isDue, keepTimes, momentsOf, noteCleared } from "../housekeeping/retention.ts";
import { ASKED } from "../housekeeping/rules.ts";
import { sweepBlobs } from "../housekeeping/sweep-blobs.ts";
import { Tally } from "../housekeeping/tally.ts";
import type { Variables } from "../installation/installation.ts";
import { sharedExecutionFolders } from "../installation/placed-folder.ts";

export interface HomeToClear {
  readonly folder: string;
  readonly env: Variables;
  /** Those to clear up; the stored files belong to all of them. */
  readonly projects: readonly ProjectRecord[];
  readonly contextOf: (project: ProjectRecord) => Context;
  /** It ends between two projects. */
  readonly signal?: AbortSignal;
}

export interface DailyClearing {
  readonly now: number;
  /**
   * False: another server of the same database has seen to the runs and stored files today, and what lies on this
   * machine is left.
   */
  readonly isFirst: boolean;
}

const DAY_MS = 24 * 3_600_000;
/** Runs go by the rules of a server without being asked for, so that its time follows a wrong clock by less. */
const STRIDE_MS = 2 * DAY_MS;

/** Clears up the projects of a home by a request. Throws HR_CONFLICT as for one project. */
export async function clearHome(home: HomeToClear, request: GarbageRequest): Promise<HomeGarbageView> {
  using _lock = await lockHousekeeping({ stateFolder: home.folder });
  return await clearAll(home, {
    optionsOf: (context, store) => optionsOf(context, store, request),
    ...{ apply: request.apply, unreferencedMs: ASKED.unreferencedMs, sweepsFiles: true },
  });
}

/** Returns true if the home was cleared up by itself a day ago or never, and is to be. */
export function isHomeDue({ folder, env }: Pick<HomeToClear, "folder" | "env">, now: number): boolean {
  return keepTimes(env) !== undefined && isDue(stampOf(folder), now);
}

/**
 * Clears up a home by itself: what nothing refers to, very old logs, and the runs that the settings of the server let
 * go. Undefined where other records refer to the same files. Throws HR_CONFLICT while somebody else is at it.
 */
export async function clearHomeDaily(
  home: HomeToClear,
  { now, isFirst }: DailyClearing,
): Promise<HomeGarbageView | undefined> {
  const keep = keepTimes(home.env);
  const [first] = home.projects;
  if (keep === undefined || first === undefined) return undefined;
  using _lock = await lockHousekeeping({ stateFolder: home.folder });
  try {
    const stamp = stampOf(home.folder);
    const store = await home.contextOf(first).project.writer();
    const recorded = momentsOf(await store.housekeeping.listRunFacts());
    const believed = believedTime({ now, recorded, before: readBelieved(stamp), strideMs: STRIDE_MS });
    // Before, so that what cannot be done is not tried again and again.
    noteCleared(stamp, { now, believed });
    return await clearAll(home, {
      optionsOf: async ({ actor, project }, ofProject) => {
        const settings = await project.settings();
        const { keepForS, keepRuns } = isFirst ? settings.retention : {};
        return {
          ...{ actor, project, keep, now, believed, apply: true, store: ofProject, blobs: await project.blobs() },
          rules: {
            tagged: false,
            ...(keepForS !== undefined && { olderThanMs: keepForS * 1000 }),
            ...(keepRuns !== undefined && { keepLast: keepRuns }),
          },
          configuration: await configurationOf(project),
          sharedFolders: sharedExecutionFolders(settings),
        };
      },
      ...{ apply: true, unreferencedMs: keep.unreferencedMs, believed, sweepsFiles: isFirst },
    });
  } catch (error) {
    // `headrace gc --home` says so.
    if (error instanceof RefusedHousekeeping) return undefined;
    throw error;
  }
}

/** Its time of change says when the home was cleared up last, its text which time was believed then. */
function stampOf(folder: string): string {
  return join(folder, "cleared-up");
}

interface Clearing {
  readonly optionsOf: (context: Context, store: ProjectStore) => Promise<GarbageOptions>;
  readonly apply: boolean;
  readonly unreferencedMs: number;
  readonly believed?: number;
  readonly sweepsFiles: boolean;
}

/** First the records and folders of each project, then once the stored files, to which all of them refer. */
async function clearAll(home: HomeToClear, clearing: Clearing): Promise<HomeGarbageView> {
  const { apply } = clearing;
  const [first] = home.projects;
  const nothing = { applied: apply, projects: [], removals: [], unreadableSnapshots: [], waitingBytes: 0 };
  if (first === undefined) return nothing;
  const { project, now } = home.contextOf(first);
  const [store, blobs] = [await project.writer(), await project.blobs()];
  await noteOwner(project, blobs, store);
  await requireSoleOwner(project, blobs, store);
  const total = new Tally();
  const without = noReferences();
  const projects: HomeGarbageView["projects"][number][] = [];
  for (const record of home.projects) {
    home.signal?.throwIfAborted();
    const tally = new Tally();
    const { part, cleared } = await clearOne(home.contextOf(record), { clearing, tally, name: record.name });
    projects.push(part);
    for (const { kind, count, sizeBytes } of part.removals) total.add(kind, count, sizeBytes);
    if (cleared !== undefined) leaveOut(without, cleared.without);
    faultPoint("project-cleared");
  }
  home.signal?.throwIfAborted();
  if (!clearing.sweepsFiles) return { ...nothing, projects, removals: total.list() };
  const unfinished = (await store.housekeeping.listRunFacts()).filter(({ finishedAt }) => finishedAt === undefined);
  const swept = await sweepBlobs({
    ...{ blobs, apply, tally: total, olderThanMs: clearing.unreferencedMs, now: clearing.believed ?? now() },
    // Removed records are no longer among the references.
    references: () => collectReferences({ store, blobs, without: apply ? NOTHING_GOES : without }),
    oldestUnfinished: unfinished.length === 0 ? undefined : Math.min(...unfinished.map(({ createdAt }) => createdAt)),
    // The engines of a server are always at work.
    isQuiet: async () => false,
  });
  const { unreadable: unreadableSnapshots, waitingBytes } = swept;
  return { applied: apply, projects, removals: total.list(), unreadableSnapshots, waitingBytes };
}

interface ProjectClearing {
  readonly clearing: Clearing;
  readonly tally: Tally;
  readonly name: string;
}

/** Clears up one project; its failure is told and does not stop the others. */
async function clearOne(
  context: Context,
  { clearing, tally, name }: ProjectClearing,
): Promise<{ readonly part: HomeGarbageView["projects"][number]; readonly cleared?: ClearedProject }> {
  try {
    const cleared = await clearProject(await clearing.optionsOf(context, await context.project.writer()), tally);
    const { removals, runs, unfinishedRuns } = cleared.garbage;
    return { part: { project: name, removals, runs, unfinishedRuns, problem: null }, cleared };
  } catch (error) {
    const original = originalError(error);
    const problem = original instanceof Error ? original.message : String(original);
    return { part: { project: name, removals: tally.list(), runs: [], unfinishedRuns: [], problem } };
  }
}

interface LeftOut {
  readonly runs: Set<number>;
  readonly fetched: Set<string>;
  readonly snapshots: Set<string>;
  readonly logs: Set<string>;
}

function noReferences(): LeftOut {
  return { runs: new Set(), fetched: new Set(), snapshots: new Set(), logs: new Set() };
}

function leaveOut(all: LeftOut, more: ClearedProject["without"]): void {
  for (const run of more.runs) all.runs.add(run);
  for (const fetched of more.fetched) all.fetched.add(fetched);
  for (const snapshot of more.snapshots) all.snapshots.add(snapshot);
  for (const log of more.logs) all.logs.add(log);
}
