import { realpathSync } from "node:fs";
import { type BlobStore, openDigestCache, sha256Of } from "../blobs/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import type { ProjectStore, SnapshotRecord } from "../store/index.ts";
import { type FoundFile, findEntries } from "./find-entries.ts";
import { ownIgnores, untrackedIgnores } from "./ignore-files.ts";
import { listGitTree } from "./list-git-tree.ts";
import { encodeManifest, isLink, type ManifestEntry } from "./manifest.ts";
import { storeFiles } from "./store-files.ts";
import { walkTree } from "./walk-tree.ts";
import { type GitState, Warnings, type WorkingTree } from "./working-tree.ts";

export type SnapshotStore = Pick<ProjectStore, "snapshots">;

export interface CaptureOptions {
  /** The folder that holds the configuration file; it may lie within a git repository. */
  readonly root: string;
  readonly blobs: BlobStore;
  readonly store: SnapshotStore;
  /** Where to remember the hashes of unchanged files; may be deleted at any time. */
  readonly cacheFile: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface CapturedSnapshot {
  readonly record: SnapshotRecord;
  /** What a user should know about files that were left out or do not belong into code. */
  readonly warnings: readonly string[];
}

/**
 * Stores the project's code as it is now and names it: by the git commit where the tree is that commit, else by `~` and the hash
 * of its list of files. One name always means the same files: where a commit's name is taken by other files (git-lfs content came
 * later, an ignore file changed), the second capture goes by its hash.
 */
export async function captureSnapshot(options: CaptureOptions): Promise<CapturedSnapshot> {
  const root = rootOf(options.root);
  const warnings = new Warnings();
  const tree = await listWorkingTree(root, warnings);
  const found = findEntries(root, tree.paths, warnings);
  warnOfSize(found.files, warnings);
  const digests = openDigestCache(options.cacheFile);
  const cacheIsStored = await isRecorded(digests.note, options.store);
  const files = await storeFiles(found.files, { root, blobs: options.blobs, digests, cacheIsStored, warnings, now: options.now });
  const record = await recordSnapshot([...files, ...found.links], { ...options, root }, tree.git);
  digests.save(noteOf(record), { keepOthers: false });
  return { record, warnings: warnings.lines() };
}

function rootOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch (error) {
    const code = systemErrorCode(error) ?? "unreadable";
    throw new HeadraceError("HR_SNAPSHOT_FAILED", `The project's folder ${folder} cannot be read (${code})`, {
      hint: "Check that it exists and that you may read it.",
      cause: error,
    });
  }
}

async function listWorkingTree(root: string, warnings: Warnings): Promise<WorkingTree> {
  return (
    (await listGitTree({ root, ignores: ownIgnores(root), untrackedIgnores: untrackedIgnores(root), warnings })) ?? {
      paths: walkTree(root, warnings),
    }
  );
}

async function recordSnapshot(
  entries: readonly ManifestEntry[],
  options: CaptureOptions,
  git: GitState | undefined,
): Promise<SnapshotRecord> {
  const manifest = encodeManifest(entries);
  const manifestSha256 = sha256Of(manifest);
  if (!(await options.blobs.has(manifestSha256))) await options.blobs.putBytes(manifest);
  const identifier = (await commitFor(manifestSha256, options, git)) ?? `~${manifestSha256}`;
  const known = await options.store.snapshots.get(identifier);
  if (known !== undefined) return known;
  const record: SnapshotRecord = {
    identifier,
    manifestSha256,
    fileCount: entries.length,
    sizeBytes: entries.reduce((sum, entry) => sum + (isLink(entry) ? 0 : entry.size), 0),
    ...gitFacts(git, identifier),
    createdAt: options.now(),
  };
  await options.store.snapshots.add(record);
  return record;
}

/** The commit that may name these files. */
async function commitFor(manifestSha256: string, options: CaptureOptions, git: GitState | undefined): Promise<string | undefined> {
  if (git?.commit === undefined || !git.clean) return undefined;
  const named = await options.store.snapshots.get(git.commit);
  if (named !== undefined) return named.manifestSha256 === manifestSha256 ? git.commit : undefined;
  // A file that was saved between git's look at the tree and ours must not hide behind the commit's name.
  return (await isStillAt(git.commit, options.root)) ? git.commit : undefined;
}

async function isStillAt(commit: string, root: string): Promise<boolean> {
  const tree = await listGitTree({
    ...{ root, ignores: ownIgnores(root), untrackedIgnores: untrackedIgnores(root) },
    warnings: new Warnings(),
  });
  return tree?.git?.clean === true && tree.git.commit === commit;
}

function gitFacts(git: GitState | undefined, identifier: string): Pick<SnapshotRecord, "git"> {
  if (git?.commit === undefined) return {};
  const { commit, branch } = git;
  return { git: { commit, ...(branch === undefined ? {} : { branch }), dirty: identifier !== commit } };
}

/** Says which snapshot the cache was saved with: as long as that is recorded, the contents it lists are kept. */
function noteOf(record: SnapshotRecord): string {
  return `${record.identifier} ${record.manifestSha256}`;
}

async function isRecorded(note: string, store: SnapshotStore): Promise<boolean> {
  const [identifier = "", manifestSha256] = note.split(" ");
  if (identifier === "") return false;
  return (await store.snapshots.get(identifier))?.manifestSha256 === manifestSha256;
}

const LARGE_FILE_BYTES = 100_000_000;
const CONSEQUENCE = "every version of it is stored with the code; make it an input, or name it in .gitignore or .headraceignore";

function warnOfSize(files: readonly FoundFile[], warnings: Warnings): void {
  for (const { path, stats } of files) {
    if (stats.size > LARGE_FILE_BYTES) warnings.line(`${path} has ${Math.round(stats.size / 1_000_000)} MB: ${CONSEQUENCE}`);
  }
}
