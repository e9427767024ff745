import { createReadStream } from "node:fs";
import { join, relative, sep } from "node:path";
import { sha256Of } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { makeFolder } from "../../make-folder.ts";
import { describeTree, isLink } from "../../snapshots/index.ts";
import type { Variables } from "../installation/installation.ts";
import { userCacheFolder } from "../installation/machine-folders.ts";
import { findProject } from "./find-project.ts";

/** The code of a folder, to be sent to a server. */
export interface FolderCode {
  /** The list of its files, as snapshots spell it. */
  readonly manifest: Uint8Array;
  readonly git?: { readonly commit: string; readonly branch?: string };
  /** The configuration in it. */
  readonly configPath: string;
  readonly warnings: readonly string[];
  readonly sizeOf: (sha256: string) => number;
  /** The bytes of these contents, one behind the other. Throws HR_FILE_CHANGED where a file was saved meanwhile. */
  readonly contents: (sha256s: readonly string[]) => AsyncIterable<Uint8Array>;
}

/** Looks at the code of the project's folder as it is now; nothing is recorded. Throws as `findProject`. */
export async function folderCode(
  query: { readonly cwd: string; readonly config?: string },
  { env, now }: { readonly env: Variables; readonly now: () => number },
): Promise<FolderCode> {
  const { root, configFile, stateFolder } = findProject(query);
  // Hashes of files that were read before, of this folder alone; beside its records where the user has no cache.
  const caches = userCacheFolder("code", env) ?? join(stateFolder, "cache");
  const cacheFolder = join(caches, sha256Of(root).slice(0, 32));
  makeFolder(cacheFolder, 0o700);
  const { manifest, entries, warnings, git } = await describeTree(root, { cacheFolder, now });
  const files = new Map(entries.flatMap((entry) => (isLink(entry) ? [] : [[entry.sha256, entry] as const])));
  return {
    ...{ manifest, warnings },
    ...(git !== undefined && { git }),
    configPath: relative(root, configFile).split(sep).join("/"),
    sizeOf: (sha256) => files.get(sha256)?.size ?? 0,
    contents: async function* contents(sha256s) {
      for (const sha256 of sha256s) {
        const { path = "", size = 0 } = files.get(sha256) ?? {};
        yield* exactly(join(root, path), path, size);
      }
    },
  };
}

/** As many bytes as were counted before: others would be taken for those of the next file. */
async function* exactly(path: string, name: string, size: number): AsyncGenerator<Uint8Array> {
  if (size === 0) return;
  let left = size;
  for await (const piece of createReadStream(path, { end: size - 1 })) {
    left -= (piece as Buffer).length;
    yield piece as Buffer;
  }
  if (left === 0) return;
  throw new HeadraceError("HR_FILE_CHANGED", `${name} was saved while it was sent`, { hint: "run it again" });
}
