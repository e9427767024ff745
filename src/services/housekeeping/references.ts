import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, isLink } from "../../snapshots/index.ts";
import type { ProjectStore, RunFacts, SnapshotFacts } from "../../store/index.ts";
import { ContentSet } from "./content-set.ts";

export interface References {
  readonly contents: ContentSet;
  /**
   * Lists of files of kept snapshots that cannot be read: what they refer to is not known, so nothing may be taken for
   * unneeded.
   */
  readonly unreadable: readonly string[];
}

export interface ReferenceOptions {
  readonly store: ProjectStore;
  readonly blobs: BlobStore;
  /** Left out of account: they are to be removed. */
  readonly without: {
    readonly runs: ReadonlySet<number>;
    readonly fetched: ReadonlySet<string>;
    /** By `snapshotKey`. */
    readonly snapshots: ReadonlySet<string>;
    /** The executions whose logs are to be removed. */
    readonly logs: ReadonlySet<string>;
  };
}

/** Names a snapshot among those of all projects of the database. */
export function snapshotKey({ project, identifier }: Pick<SnapshotFacts, "project" | "identifier">): string {
  return `${project} ${identifier}`;
}

/** Every content that the records of the database refer to, those of all its projects. */
export async function collectReferences({ store, blobs, without }: ReferenceOptions): Promise<References> {
  const contents = new ContentSet();
  const { housekeeping } = store;
  for (const { id, sha256 } of await housekeeping.listFetched()) if (!without.fetched.has(id)) contents.add(sha256);
  for await (const uses of housekeeping.contentUses()) {
    for (const { sha256, runKey } of uses) if (!without.runs.has(runKey)) contents.add(sha256);
  }
  for await (const logs of store.logs.listKept()) {
    for (const { sha256, runKey, executionId } of logs)
      if (!without.runs.has(runKey) && !without.logs.has(executionId)) contents.add(sha256);
  }
  const unreadable: string[] = [];
  const manifests = new Set<string>();
  for (const snapshot of await housekeeping.listSnapshotFacts()) {
    if (!without.snapshots.has(snapshotKey(snapshot))) manifests.add(snapshot.manifestSha256);
  }
  for (const manifest of manifests) {
    contents.add(manifest);
    if (!(await addFiles(manifest, blobs, contents))) unreadable.push(manifest);
  }
  return { contents, unreadable };
}

async function addFiles(manifest: string, blobs: BlobStore, contents: ContentSet): Promise<boolean> {
  try {
    for (const entry of decodeManifest(await blobs.readBytes(manifest))) if (!isLink(entry)) contents.add(entry.sha256);
    return true;
  } catch (error) {
    const isBad =
      error instanceof HeadraceError &&
      ["HR_BLOB_MISSING", "HR_BLOB_DAMAGED", "HR_SNAPSHOT_FAILED"].includes(error.code);
    if (!isBad) throw error;
    return false;
  }
}

/** Snapshots that no run uses any more, once `gone` are removed, and that can be had again. */
export function unusedSnapshots(
  snapshots: readonly SnapshotFacts[],
  {
    runs,
    gone,
    before,
  }: { readonly runs: readonly RunFacts[]; readonly gone: ReadonlySet<number>; readonly before: number },
): readonly SnapshotFacts[] {
  const kept = runs.filter(({ key }) => !gone.has(key));
  const used = new Set(kept.flatMap(({ project, commits }) => commits.map((commit) => `${project} ${commit}`)));
  return snapshots.filter((it) => it.isOwn && !it.isUploaded && it.createdAt < before && !used.has(snapshotKey(it)));
}
