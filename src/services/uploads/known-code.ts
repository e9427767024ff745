import { decodeManifest, isLink, type ManifestEntry } from "../../snapshots/index.ts";
import type { Context } from "../context.ts";

/** Versions whose contents need not be sent again; older code has mostly changed since. */
const VERSIONS = 20;

/**
 * Contents of the newest versions of a project's code, with their sizes. Those of other projects do not count, though
 * the files may lie in one place: a caller that names a hash must not get its content without having had it.
 */
export async function knownContents({ project }: Context): Promise<ReadonlyMap<string, number>> {
  const known = new Map<string, number>();
  if (!project.hasState()) return known;
  const [store, blobs] = [await project.reader(), await project.blobs()];
  for (const { manifestSha256 } of await store.snapshots.list(VERSIONS)) {
    const manifest = await blobs.readBytes(manifestSha256).catch(() => undefined);
    if (manifest === undefined) continue;
    for (const [sha256, size] of contentsOf(decodeManifest(manifest))) known.set(sha256, size);
  }
  // A version may outlive its contents where a disk has lost them.
  for (const sha256 of await blobs.missing(known.keys())) known.delete(sha256);
  return known;
}

/** Each content of a list of files, with its size. */
export function contentsOf(entries: readonly ManifestEntry[]): ReadonlyMap<string, number> {
  return new Map(entries.flatMap((entry) => (isLink(entry) ? [] : [[entry.sha256, entry.size] as const])));
}
