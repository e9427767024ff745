import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlobStore } from "../blobs/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import { decodeManifest, foldersOf, isLink, type ManifestEntry, type ManifestFile } from "./manifest.ts";
import type { SnapshotStore } from "./record-snapshot.ts";

export interface CheckoutOptions {
  readonly identifier: string;
  readonly store: SnapshotStore;
  readonly blobs: BlobStore;
  /** A folder that does not exist yet, or an empty one. */
  readonly target: string;
}

/** Synchronous calls between two turns of the event loop: some milliseconds. */
const CHUNK = 500;

/**
 * Writes a version of the code into a new or empty folder: writable copies, with nothing shared. A failure leaves
 * nothing behind.
 */
export async function checkoutSnapshot(
  options: CheckoutOptions,
): Promise<{ readonly fileCount: number; readonly sizeBytes: number }> {
  const record = await options.store.snapshots.get(options.identifier);
  if (record === undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `no version of the code named ${options.identifier} is stored`, {
      hint: [{ do: "show-run" }, " shows the version that a run used"],
    });
  }
  const entries = decodeManifest(await options.blobs.readBytes(record.manifestSha256));
  const isNew = openTarget(options.target);
  try {
    await sayingDiskFull(options.target, () => write(entries, options));
  } catch (error) {
    clear(options.target, isNew);
    throw error;
  }
  return { fileCount: record.fileCount, sizeBytes: record.sizeBytes };
}

async function write(entries: readonly ManifestEntry[], { target, blobs }: CheckoutOptions): Promise<void> {
  await inChunks([...foldersOf(entries)], (folder) => mkdirSync(`${target}/${folder}`));
  const files = entries.filter((entry): entry is ManifestFile => !isLink(entry));
  await blobs.placeCopies(
    files.map(({ path, sha256, executable }) => ({ sha256, target: `${target}/${path}`, executable })),
  );
  // Links come last, so that no file is ever written through one.
  await inChunks(entries.filter(isLink), ({ path, link }) => symlinkSync(link, `${target}/${path}`));
}

async function inChunks<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
  for (let start = 0; start < items.length; start += CHUNK) {
    items.slice(start, start + CHUNK).forEach(each);
    await nextTurn();
  }
}

/** Makes the folder; true when it was not there. */
function openTarget(target: string): boolean {
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (stats === undefined) {
    makeFolder(target);
    return true;
  }
  if (!stats.isDirectory() || readdirSync(target).length > 0) {
    throw new HeadraceError("HR_FILE_EXISTS", `${target} exists already and is not an empty folder`, {
      hint: "name a folder that does not exist yet",
    });
  }
  return false;
}

function clear(target: string, isNew: boolean): void {
  if (isNew) rmSync(target, { recursive: true, force: true });
  else for (const name of readdirSync(target)) rmSync(`${target}/${name}`, { recursive: true, force: true });
}

/** Does the work; when the disk is full it says so, naming the folder. */
export async function sayingDiskFull<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDiskFull(error, target);
  }
}

function asDiskFull(error: unknown, target: string): unknown {
  const code = systemErrorCode(error);
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new HeadraceError("HR_DISK_FULL", `no space left on the disk while checking out the code to ${target}`, {
    hint: "free some space and run again; what was stored before is intact",
    cause: error,
  });
}
