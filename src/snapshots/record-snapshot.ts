import { type BlobStore, sha256Of } from "../blobs/index.ts";
import type { ProjectStore, SnapshotRecord } from "../store/index.ts";
import { encodeManifest, isLink, type ManifestEntry } from "./manifest.ts";

export interface SnapshotStore {
  readonly snapshots: Pick<ProjectStore["snapshots"], "add" | "get">;
}

export interface CapturedSnapshot {
  readonly record: SnapshotRecord;
  /** Messages to the user about files that were left out or do not belong into code. */
  readonly warnings: readonly string[];
}

/** A name that a version of the code is to have, besides the one by its list of files. */
export interface WantedName {
  readonly identifier: string;
  /** Asked where the name is not in use yet: whether it fits after all. */
  readonly stillFits?: () => Promise<boolean>;
}

export interface RecordOptions {
  readonly blobs: Pick<BlobStore, "has" | "putBytes">;
  readonly store: SnapshotStore;
  readonly now: () => number;
  readonly name?: WantedName | undefined;
  readonly git?: { readonly commit: string; readonly branch?: string } | undefined;
}

/**
 * Records a list of files whose contents are stored. One name always means the same files: where the wanted name is
 * taken by other files (git-lfs content came later, an ignore file changed), the version goes by `~` and the hash of
 * its list.
 */
export async function recordSnapshot(
  entries: readonly ManifestEntry[],
  { blobs, store, now, name, git }: RecordOptions,
): Promise<SnapshotRecord> {
  const manifest = encodeManifest(entries);
  const manifestSha256 = sha256Of(manifest);
  if (!(await blobs.has(manifestSha256))) await blobs.putBytes(manifest);
  const identifier =
    name !== undefined && (await isFree(name, manifestSha256, store)) ? name.identifier : `~${manifestSha256}`;
  const known = await store.snapshots.get(identifier);
  if (known !== undefined) return known;
  const record: SnapshotRecord = {
    identifier,
    manifestSha256,
    fileCount: entries.length,
    sizeBytes: entries.reduce((sum, entry) => sum + (isLink(entry) ? 0 : entry.size), 0),
    ...(git === undefined ? {} : { git: { ...git, dirty: identifier !== git.commit } }),
    createdAt: now(),
  };
  await store.snapshots.add(record);
  return record;
}

async function isFree({ identifier, stillFits }: WantedName, manifestSha256: string, store: SnapshotStore) {
  const named = await store.snapshots.get(identifier);
  if (named !== undefined) return named.manifestSha256 === manifestSha256;
  return stillFits === undefined || (await stillFits());
}
