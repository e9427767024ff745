import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeadraceError } from "../../errors.ts";
import type { CapturePlaces } from "../code-origin.ts";
import { isSafeLink, LEADS_OUT, type ManifestEntry, type ManifestFile, type ManifestLink } from "../manifest.ts";
import type { Warnings } from "../working-tree.ts";
import { readGitObjects } from "./git-objects.ts";
import { LfsObjects, pointerIn } from "./lfs-objects.ts";
import type { CommitEntry } from "./list-commit.ts";
import { type KnownObject, openObjectCache } from "./object-cache.ts";

/** Files that lie aside at a time, before they are stored together. */
const TOGETHER = 1_000;
/** It is held in memory while it is read. */
export const LARGEST_OBJECT_BYTES = 1_000_000_000;

/** Brings the contents of a commit's files into the blobs; what is known to be stored is not read. */
export async function storeObjects(
  entries: readonly CommitEntry[],
  places: CapturePlaces,
  warnings: Warnings,
): Promise<readonly ManifestEntry[]> {
  const files = entries.filter(({ kind }) => kind !== "link");
  const known = await storeContents(files, places);
  const lfs = new LfsObjects(places.blobs);
  const result: ManifestEntry[] = [...(await linksOf(entries, warnings))];
  for (const entry of files) {
    const content = known.get(entry.object);
    if (content === undefined) throw vanished(entry.path);
    result.push(await fileOf(entry, content, lfs, warnings));
  }
  return result;
}

async function fileOf(
  { path, kind, repository }: CommitEntry,
  content: KnownObject,
  lfs: LfsObjects,
  warnings: Warnings,
): Promise<ManifestFile> {
  const pointed = content.lfs === undefined ? undefined : await lfs.find(repository, content.lfs);
  if (content.lfs !== undefined && pointed === undefined)
    warnings.file(path, "files of git-lfs whose content is not in the repository: the code has their pointers instead");
  const { sha256, sizeBytes } = pointed ?? content;
  return { path, sha256, size: sizeBytes, executable: kind === "executable" };
}

async function linksOf(entries: readonly CommitEntry[], warnings: Warnings): Promise<readonly ManifestLink[]> {
  const links = await readLinks(entries.filter(({ kind }) => kind === "link"));
  return [...links].flatMap(([path, bytes]) => {
    const link = bytes.toString();
    if (Buffer.from(link).equals(bytes) && isSafeLink(path, link)) return [{ path, link }];
    warnings.file(path, LEADS_OUT);
    return [];
  });
}

/** Returns the targets of a commit's links, by their paths. */
export async function readLinks(links: readonly CommitEntry[]): Promise<ReadonlyMap<string, Buffer>> {
  const targets = new Map<string, Buffer>();
  const keep = (object: string, content: Buffer): void => void targets.set(object, Buffer.from(content));
  await readGitObjects(links, keep, { most: LONGEST_LINK_BYTES });
  return new Map(links.map(({ path, object }) => [path, targets.get(object) ?? Buffer.alloc(0)]));
}

const LONGEST_LINK_BYTES = 65_536;

async function storeContents(
  files: readonly CommitEntry[],
  places: CapturePlaces,
): Promise<ReadonlyMap<string, KnownObject>> {
  const cache = openObjectCache(join(places.cacheFolder, "git-objects"));
  const objects = new Map(files.map((file) => [file.object, file]));
  const known = new Map<string, KnownObject>();
  for (const object of objects.keys()) {
    const found = cache.find(object);
    if (found !== undefined) known.set(object, found);
  }
  const stored = new Set([...known.values()].map(({ sha256 }) => sha256));
  const missing = new Set(stored.size === 0 ? [] : await places.blobs.missing(stored));
  const unread = [...objects.values()].filter(
    ({ object }) => missing.has(known.get(object)?.sha256 ?? object) || !known.has(object),
  );
  for (const [object, content] of await readAll(unread, places)) {
    known.set(object, content);
    cache.record(object, content);
  }
  cache.save();
  return known;
}

/**
 * Contents are written to separate files until they are stored: many files are synced together, at a fraction of the
 * cost.
 */
async function readAll(
  unread: readonly CommitEntry[],
  { blobs, cacheFolder }: CapturePlaces,
): Promise<ReadonlyMap<string, KnownObject>> {
  const read = new Map<string, KnownObject>();
  if (unread.length === 0) return read;
  const aside = asideFolder(cacheFolder);
  try {
    for (let start = 0; start < unread.length; start += TOGETHER) {
      const pointers = new Map<string, KnownObject["lfs"]>();
      const keep = (object: string, content: Buffer): void => {
        writeFileSync(join(aside, object), content);
        pointers.set(object, pointerIn(content));
      };
      await readGitObjects(unread.slice(start, start + TOGETHER), keep, { most: LARGEST_OBJECT_BYTES });
      const refs = await blobs.putFiles([...pointers.keys()].map((object) => join(aside, object)));
      for (const [index, [object, lfs]] of [...pointers].entries()) {
        const ref = refs[index];
        if (ref === undefined || typeof ref === "string") throw vanished(object);
        read.set(object, { ...ref, ...(lfs === undefined ? {} : { lfs }) });
        rmSync(join(aside, object));
      }
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return read;
}

const ASIDE = "git-objects-";
const ABANDONED_MS = 86_400_000;

/** Makes a folder of its own; folders that a killed process left long ago are removed. */
function asideFolder(cacheFolder: string): string {
  mkdirSync(cacheFolder, { recursive: true });
  for (const name of readdirSync(cacheFolder)) {
    const path = join(cacheFolder, name);
    const madeAt = name.startsWith(ASIDE) ? statSync(path, { throwIfNoEntry: false })?.mtimeMs : undefined;
    if (madeAt !== undefined && madeAt < Date.now() - ABANDONED_MS) rmSync(path, { recursive: true, force: true });
  }
  return mkdtempSync(join(cacheFolder, ASIDE));
}

function vanished(what: string): HeadraceError {
  return new HeadraceError(
    "HR_SNAPSHOT_FAILED",
    `${what} could not be stored: it is gone from where it was laid aside`,
    {
      hint: "run again; leave the folder .headrace/cache alone meanwhile",
    },
  );
}
