import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlobStore } from "../../blobs/index.ts";
import { executionFolder } from "../../contract/index.ts";
import { systemErrorCode } from "../../errors.ts";
import { environmentsFolder, removeEnvironment, unusedEnvironments } from "../../executors/index.ts";
import { homeFolder } from "../../home-folders.ts";
import { removeTree } from "../../remove-tree.ts";
import { countWaitingWorktrees, removeWaitingWorktrees } from "../../snapshots/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { worktreesFolder } from "../installation/state-folder.ts";
import { abandonedReceived } from "../uploads/received-parts.ts";
import { abandonedUploads } from "../uploads/upload-folder.ts";
import { discardLogs, longDiscarded, removeLogs, restoreLogs } from "./discarded-logs.ts";
import type { KeepTimes } from "./rules.ts";
import type { Tally } from "./tally.ts";

export interface FolderSweep {
  readonly blobs: Pick<BlobStore, "missing">;
  readonly project: ProjectResources;
  readonly store: ProjectStore;
  readonly keep: KeepTimes;
  /** Ids of runs that go: their executions' folders go with them. */
  readonly removedRuns: ReadonlySet<string>;
  /** Ids of these runs' executions; wanted only where there are shared folders. */
  readonly removedExecutions: ReadonlySet<string>;
  /** Folders of executions that other installations have a share in. */
  readonly sharedFolders: readonly string[];
  /** A run of the project has not ended: what its steps may use stays. */
  readonly isBusy: boolean;
  /** By which ages are measured. */
  readonly now: number;
  /** Somebody asked for it: logs go for good, and are not put aside first. */
  readonly asked: boolean;
  /** Executions whose logs, among the stored files, are counted already. */
  readonly countedLogs: ReadonlySet<string>;
  readonly apply: boolean;
  readonly tally: Tally;
}

/** Ids as the store makes them. Nothing else in the folder is ours to remove. */
const RECORD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** A record comes before its folder; but a database may have been put back from a backup a moment ago. */
const ORPHAN_MS = 3_600_000;

/**
 * Removes what the state folder holds beside the records and the stored files: folders of executions, environments,
 * copies of the code.
 */
export async function sweepFolders(sweep: FolderSweep): Promise<void> {
  await sweepExecutions(sweep);
  for (const path of abandonedReceived(sweep.project, sweep.now)) await remove(sweep, "uploads", path);
  for (const path of await abandonedUploads(sweep.project)) await remove(sweep, "uploads", path);
  if (sweep.isBusy) return;
  await sweepEnvironments(sweep);
  await sweepWorktrees(sweep);
}

async function sweepExecutions(sweep: FolderSweep): Promise<void> {
  const root = join(sweep.project.stateFolder, "executions");
  const unknown = new Set(executionsIn(root));
  const shared = sweep.sharedFolders.map((folder) => ({ folder, unseen: new Set(executionsIn(folder)) }));
  for await (const page of sweep.store.housekeeping.executionEnds()) {
    const copies: LogCopy[] = [];
    for (const { id, runId, isOwn, finishedAt, keptLog } of page) {
      const places = [
        ...(unknown.delete(id) ? [root] : []),
        ...shared.flatMap(({ folder, unseen }) => (unseen.delete(id) ? [folder] : [])),
      ];
      if (!isOwn || finishedAt === undefined) continue;
      for (const place of places) {
        if (sweep.removedRuns.has(runId)) await remove(sweep, "folders", join(place, id));
        else {
          await clearEnded(sweep, join(place, id), id, finishedAt);
          if (keptLog !== undefined && sweep.now - finishedAt > sweep.keep.logCopiesMs)
            copies.push({ logs: executionFolder(join(place, id)).logs, sha256: keptLog });
        }
      }
    }
    await removeCopies(sweep, copies);
    await nextTurn();
  }
  // If executions are on record no more, only these are known to have been this project's.
  for (const { folder, unseen } of shared) {
    for (const id of sweep.removedExecutions.intersection(unseen)) await remove(sweep, "folders", join(folder, id));
  }
  for (const name of unknown) {
    const folder = join(root, name);
    if (changedAt(folder) < sweep.now - ORPHAN_MS) await remove(sweep, "folders", folder);
  }
}

interface LogCopy {
  readonly logs: string;
  readonly sha256: string;
}

/** Logs where their steps ran, which are read from the stored files then. */
async function removeCopies(sweep: FolderSweep, copies: readonly LogCopy[]): Promise<void> {
  const present = copies.filter(({ logs }) => lstatSync(logs, { throwIfNoEntry: false }) !== undefined);
  const lost = new Set(present.length === 0 ? [] : await sweep.blobs.missing(present.map(({ sha256 }) => sha256)));
  for (const { logs, sha256 } of present) if (!lost.has(sha256)) await remove(sweep, "log-copies", logs);
}

async function clearEnded(sweep: FolderSweep, root: string, id: string, finishedAt: number): Promise<void> {
  const folder = executionFolder(root);
  const age = sweep.now - finishedAt;
  await clearLogs(sweep, folder.logs, { age, count: sweep.countedLogs.has(id) ? 0 : 1 });
  if (age > sweep.keep.leftoversMs) await remove(sweep, "leftovers", folder.valohai);
}

async function clearLogs(
  sweep: FolderSweep,
  logs: string,
  { age, count }: { readonly age: number; readonly count: 0 | 1 },
): Promise<void> {
  const { apply, asked, keep, now } = sweep;
  if (age <= keep.logsMs) {
    if (apply && !asked) restoreLogs(logs);
    return;
  }
  const bytes = diskBytes(logs);
  if (bytes !== undefined) {
    sweep.tally.add("logs", count, bytes);
    if (apply && !asked) discardLogs(logs, now);
  }
  if (apply && asked) return await removeLogs(logs);
  const gone = longDiscarded(logs, now);
  if (gone !== undefined) await remove(sweep, "trash", gone);
}

/**
 * Those of all projects of the user; in the state folder are those of an earlier version, or where no other place can
 * be written.
 */
async function sweepEnvironments({ project, keep, now, apply, tally }: FolderSweep): Promise<void> {
  const own = join(project.stateFolder, "environments");
  const shared = environmentsFolder(project.env, homeFolder(project.env), project.stateFolder);
  for (const folder of new Set([own, shared])) {
    for (const environment of unusedEnvironments(folder, keep.environmentsMs, now)) {
      tally.add("environments", 1, diskBytes(environment.path) ?? 0);
      if (apply) await removeEnvironment(environment);
    }
  }
}

async function sweepWorktrees({ project, keep, now, apply, tally }: FolderSweep): Promise<void> {
  if (!Number.isFinite(keep.environmentsMs)) return;
  const act = apply ? removeWaitingWorktrees : countWaitingWorktrees;
  const { count, sizeBytes } = await act(worktreesFolder(project), keep.environmentsMs, now);
  tally.add("worktrees", count, sizeBytes);
}

type FolderKind = "uploads" | "folders" | "log-copies" | "leftovers" | "trash";

async function remove({ apply, tally }: FolderSweep, kind: FolderKind, path: string): Promise<void> {
  const bytes = diskBytes(path);
  if (bytes === undefined) return;
  tally.add(kind, 1, bytes);
  if (apply) await removeTree(path);
}

/**
 * Returns the size of a tree on the disk, without files that it shares with others; undefined when it is not there.
 * Links are not followed.
 */
export function diskBytes(path: string): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const own = stats.isFile() && stats.nlink > 1 ? 0 : stats.blocks * 512;
  if (!stats.isDirectory()) return own;
  return namesIn(path).reduce((sum, name) => sum + (diskBytes(join(path, name)) ?? 0), own);
}

function changedAt(path: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0 : Math.max(stats.mtimeMs, stats.ctimeMs);
}

function executionsIn(folder: string): readonly string[] {
  return foldersIn(folder).filter((name) => RECORD_ID.test(name));
}

function foldersIn(folder: string): readonly string[] {
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function namesIn(folder: string): readonly string[] {
  return entriesOf(folder).map(({ name }) => name);
}

/** None where the folder is not there, or was closed by the step that made it. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR") return [];
    throw error;
  }
}
