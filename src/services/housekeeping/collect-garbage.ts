import type { GarbageView } from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import {
  type ContentUse,
  datumIdsIn,
  type ExecutionEndFacts,
  type FetchedFacts,
  type ProjectStore,
  type RunFacts,
  type SnapshotFacts,
  type Wish,
} from "../../store/index.ts";
import type { Context } from "../context.ts";
import { isoTime } from "../records/view-of.ts";
import { chooseRuns, type RunChoice } from "./choose-runs.ts";
import { contentKey } from "./content-set.ts";
import { lockHousekeeping } from "./gc-lock.ts";
import { applyLogPlan, countLogs, type LogPlan, planLogs } from "./kept-logs.ts";
import { isSoleOwner, noteOwner, requireSoleOwner } from "./own-blobs.ts";
import { isQuiet, removeDeadEngines } from "./quiet.ts";
import { collectReferences, type ReferenceOptions, snapshotKey, unusedSnapshots } from "./references.ts";
import type { KeepTimes, RunRules } from "./rules.ts";
import { type BlobSweep, sweepBlobs } from "./sweep-blobs.ts";
import { type FolderSweep, sweepFolders } from "./sweep-folders.ts";
import { Tally } from "./tally.ts";

export interface GarbageOptions extends Omit<Context, "now"> {
  readonly store: ProjectStore;
  readonly blobs: BlobStore & { removeStale?(olderThanMs: number): Promise<number> };
  readonly rules: RunRules;
  readonly keep: KeepTimes;
  /**
   * Folders with executions of this and of other projects (work folders of clusters): what is not of this one stays.
   */
  readonly sharedFolders: readonly string[];
  /** Clears what could not be cleared when its step ended. */
  readonly clearPlaces?: () => Promise<{ readonly count: number; readonly sizeBytes: number }>;
  /** The text of the project's configuration: what it names is kept. */
  readonly configuration: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** By which all ages are measured where nobody asked; absent: by the clock's own time. */
  readonly believed?: number;
  /** False: only say what would go. */
  readonly apply: boolean;
  /** Also empties the trash where nobody works on the project, so that the space is free. */
  readonly atOnce?: boolean;
}

/** The garbage of one project, which went or would go, before its stored files are looked at. */
export interface ClearedProject {
  readonly garbage: GarbageView;
  /** Records that would go: their references do not count. Nothing where they have gone. */
  readonly without: ReferenceOptions["without"];
  /** When the oldest run of the database began that has not ended. */
  readonly oldestUnfinished: number | undefined;
}

/** Half-written files of processes that nobody can ask after. */
const HALF_WRITTEN_MS = 7 * 24 * 3_600_000;

/**
 * Removes what the rules let go and what nothing needs; safe while runs go on, here and elsewhere. Throws HR_CONFLICT
 * when another process clears up, or when records that it cannot see refer to the same stored files.
 */
export async function collectGarbage(options: GarbageOptions): Promise<GarbageView> {
  const { project, store, blobs, now, apply } = options;
  const tally = new Tally();
  let swept: BlobSweep = NOTHING_SWEPT;
  const { garbage } = await clearProject(options, tally, async ({ without, oldestUnfinished }) => {
    swept = await sweepBlobs({
      blobs,
      references: () => collectReferences({ store, blobs, without }),
      olderThanMs: options.keep.unreferencedMs,
      oldestUnfinished,
      now: options.believed ?? now,
      apply,
      tally,
      // Another project may have come to the bucket while it was looked through: what it found there is no longer ours
      // alone to judge.
      isQuiet: async () =>
        options.atOnce === true && (await isQuiet(project, store, now)) && (await isSoleOwner(blobs, store)),
    });
  });
  return { ...garbage, unreadableSnapshots: swept.unreadable, waitingBytes: swept.waitingBytes };
}

const NOTHING_SWEPT: BlobSweep = { unreadable: [], waitingBytes: 0 };

/**
 * Removes records and folders of one project, and what nobody needs any more beside the stored files; `sweep` looks at
 * those. A server with many projects, whose files lie in one place, does that once for all of them.
 */
export async function clearProject(
  options: GarbageOptions,
  tally: Tally,
  sweep: (cleared: Omit<ClearedProject, "garbage">) => Promise<void> = async () => undefined,
): Promise<ClearedProject> {
  const { project, store, blobs, now, apply } = options;
  const believed = options.believed ?? now;
  using _lock = await lockHousekeeping(project);
  await noteOwner(project, blobs, store);
  await requireSoleOwner(project, blobs, store);
  const places = await options.clearPlaces?.();
  tally.add("places", places?.count ?? 0, places?.sizeBytes);
  const plan = await planRemoval(options);
  const going = options.sharedFolders.length === 0 ? [] : await executionsOf(store, plan.choice.removed);
  const removed = apply ? await removeRecords(options, plan) : plan.choice.removed;
  tally.add("runs", removed.length);
  tally.add("fetched", plan.fetched.length);
  tally.add("snapshots", plan.snapshots.length);
  const asked = options.believed === undefined;
  if (apply) await applyLogPlan(store, plan.logs, believed);
  const countedLogs = countLogs(tally, plan.logs, asked);
  const unfinished = plan.runs.filter(({ finishedAt }) => finishedAt === undefined);
  const found = { without: apply ? NOTHING_GOES : plan.without, oldestUnfinished: oldestOf(unfinished) };
  await sweep(found);
  if (apply) tally.add("engines", await removeDeadEngines(store, now));
  if (apply) tally.add("half-written", (await blobs.removeStale?.(HALF_WRITTEN_MS + now - believed)) ?? 0);
  await sweepFolders({
    ...{ project, store, keep: options.keep, sharedFolders: options.sharedFolders, now: believed, apply, tally },
    ...{ blobs, asked, countedLogs },
    ...removalOf(removed, going),
    isBusy: unfinished.some(({ isOwn }) => isOwn),
  });
  const garbage = {
    applied: apply,
    removals: tally.list(),
    runs: removed.map(({ number, name, state, createdAt }) => ({ number, name, state, createdAt: isoTime(createdAt) })),
    heldRuns: plan.held,
    unfinishedRuns: unfinished.filter(({ isOwn }) => isOwn).map(({ number }) => number),
    unreadableSnapshots: [],
    waitingBytes: 0,
    excessBytes: plan.choice.excessBytes,
  };
  return { garbage, ...found };
}

function oldestOf(runs: readonly RunFacts[]): number | undefined {
  return runs.reduce<number | undefined>(
    (oldest, { createdAt }) => Math.min(oldest ?? createdAt, createdAt),
    undefined,
  );
}

/** Asked for before the records go: afterwards, nothing tells these executions from other projects' any more. */
async function executionsOf(store: ProjectStore, runs: readonly RunFacts[]): Promise<readonly ExecutionEndFacts[]> {
  const ids = new Set(runs.map(({ id }) => id));
  const going: ExecutionEndFacts[] = [];
  for await (const page of store.housekeeping.executionEnds())
    going.push(...page.filter(({ runId }) => ids.has(runId)));
  return going;
}

function removalOf(
  removed: readonly RunFacts[],
  going: readonly ExecutionEndFacts[],
): Pick<FolderSweep, "removedRuns" | "removedExecutions"> {
  const removedRuns = new Set(removed.map(({ id }) => id));
  const gone = going.filter(({ runId }) => removedRuns.has(runId));
  return { removedRuns, removedExecutions: new Set(gone.map(({ id }) => id)) };
}

/** The records are as they are. */
export const NOTHING_GOES: ReferenceOptions["without"] = {
  runs: new Set<number>(),
  fetched: new Set<string>(),
  snapshots: new Set<string>(),
  logs: new Set<string>(),
};

interface RemovalPlan {
  readonly runs: readonly RunFacts[];
  readonly choice: RunChoice;
  /** Runs that the rules would let go, and that aliases or versions keep. */
  readonly held: GarbageView["heldRuns"];
  readonly fetched: readonly FetchedFacts[];
  readonly snapshots: readonly SnapshotFacts[];
  readonly logs: LogPlan;
  readonly without: ReferenceOptions["without"];
}

async function planRemoval(options: GarbageOptions): Promise<RemovalPlan> {
  const { store, rules, keep } = options;
  const believed = options.believed ?? options.now;
  const { housekeeping } = store;
  const runs = await housekeeping.listRunFacts();
  const named = new Set([...datumIdsIn(options.configuration), ...(await housekeeping.listPlannedDatums())]);
  const oldest = runs.reduce(
    (least, run) => (run.finishedAt === undefined ? Math.min(least, run.createdAt) : least),
    Infinity,
  );
  const agedFiles = (await housekeeping.listFetched()).filter(
    ({ id, isOwn, isLeft, isUploaded, createdAt }) =>
      isOwn &&
      // The user who uploaded a file may need it at any time, and has it nowhere else.
      !isUploaded &&
      // A download may be needed again soon; what a removed run made stays for those alone that have received it.
      createdAt < Math.min(isLeft ? Infinity : believed - keep.fetchedMs, oldest) &&
      !named.has(id),
  );
  const uses = await surveyUses(store, agedFiles, rules.maxBytes !== undefined);
  const pinned = new Set(await housekeeping.runsOfDatums(named));
  const choosing = {
    ...{ runs, rules, now: believed, sizes: uses.sizes },
    reuses: await housekeeping.listReuses(),
  };
  const holders = new Map((await store.datasets.heldRuns()).map((run) => [run.runKey, run]));
  const choice = chooseRuns({ ...choosing, pinned: new Set([...pinned, ...holders.keys()]) });
  const held = chooseRuns({ ...choosing, pinned }).removed.flatMap(({ key, number }) => {
    const holder = holders.get(key);
    return holder === undefined ? [] : [{ run: number, by: holder.by, holders: holder.holders }];
  });
  const gone = new Set(choice.removed.map(({ key }) => key));
  const fetched = agedFiles.filter(({ id }) => uses.received.get(id)?.isSubsetOf(gone) ?? true);
  const snapshots = unusedSnapshots(await housekeeping.listSnapshotFacts(), {
    runs,
    gone,
    before: believed - keep.unreferencedMs,
  });
  const asked = options.believed === undefined;
  const logs = await planLogs(store, { keep, now: believed, asked, gone });
  return {
    ...{ runs, choice, held, fetched, snapshots, logs },
    without: {
      runs: gone,
      fetched: new Set(fetched.map(({ id }) => id)),
      snapshots: new Set(snapshots.map(snapshotKey)),
      logs: logs.deleted,
    },
  };
}

interface Uses {
  /** Bytes of each run's files by content. */
  readonly sizes: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** The runs that received a fetched file. */
  readonly received: ReadonlyMap<string, ReadonlySet<number>>;
}

async function surveyUses(store: ProjectStore, fetched: readonly FetchedFacts[], withSizes: boolean): Promise<Uses> {
  const sizes = new Map<number, Map<number, number>>();
  // Sets: thousands of steps of one run may have received the same file.
  const received = new Map(fetched.map(({ id }) => [id, new Set<number>()]));
  const note = ({ datumId, runKey, sha256, sizeBytes }: ContentUse): void => {
    if (datumId !== undefined) received.get(datumId)?.add(runKey);
    if (!withSizes || sizeBytes === 0) return;
    const contents = sizes.get(runKey) ?? new Map<number, number>();
    sizes.set(runKey, contents.set(contentKey(sha256), sizeBytes));
  };
  // The records of all projects are gone through: not where nothing is asked of them.
  if (fetched.length === 0 && !withSizes) return { sizes, received };
  for await (const uses of store.housekeeping.contentUses()) uses.forEach(note);
  if (withSizes) for await (const logs of store.logs.listKept()) logs.forEach(note);
  return { sizes, received };
}

/** Returns the runs that really went: one may have been taken up by another run meanwhile. */
async function removeRecords(
  { actor, store }: Pick<GarbageOptions, "actor" | "store">,
  { choice, fetched, snapshots }: RemovalPlan,
): Promise<readonly RunFacts[]> {
  const removed: RunFacts[] = [];
  for (const run of choice.removed) if (await remove(store, run, { actor, at: Date.now() })) removed.push(run);
  if (fetched.length > 0) await store.housekeeping.deleteFetched(fetched.map(({ id }) => id));
  if (snapshots.length > 0) await store.housekeeping.deleteSnapshots(snapshots.map(({ identifier }) => identifier));
  return removed;
}

async function remove(store: ProjectStore, { id }: RunFacts, wish: Wish): Promise<boolean> {
  try {
    return await store.housekeeping.deleteRun(id, wish);
  } catch {
    // On PostgreSQL a run may take results from this one between the look and the removal, which the database then
    // refuses. The second look sees that run; any other failure comes again.
    return await store.housekeeping.deleteRun(id, wish);
  }
}
