import { hashFiles, sha256Of } from "../../blobs/index.ts";
import { decodeManifest, type ManifestEntry } from "../manifest.ts";
import { openWorkingTree } from "./open-working-tree.ts";

/** A version of the code that is stored nowhere yet. */
export interface DescribedTree {
  /** The list of its files, as snapshots spell it. */
  readonly manifest: Uint8Array;
  readonly entries: readonly ManifestEntry[];
  readonly git?: { readonly commit: string; readonly branch?: string };
  readonly warnings: readonly string[];
}

/** The code of a folder as it is now, by the hashes of its files; nothing is stored but those hashes, in the cache. */
export async function describeTree(
  root: string,
  { cacheFolder, now }: { readonly cacheFolder: string; readonly now: () => number },
): Promise<DescribedTree> {
  let manifest: Uint8Array = new Uint8Array();
  const { record, warnings } = await openWorkingTree(root).capture({
    ...{ cacheFolder, now },
    blobs: {
      missing: async () => [],
      has: async () => false,
      putFiles: async (paths) => hashFiles(paths),
      putBytes: async (bytes) => {
        manifest = bytes;
        return { sha256: sha256Of(bytes), sizeBytes: bytes.length };
      },
    },
    store: { snapshots: { add: async () => undefined, get: async () => undefined } },
  });
  const { commit, branch } = record.git ?? {};
  const git = commit === undefined ? {} : { git: { commit, ...(branch !== undefined && { branch }) } };
  return { manifest, entries: decodeManifest(manifest), warnings, ...git };
}
