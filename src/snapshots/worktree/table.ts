import { lutimesSync, readFileSync, renameSync, type Stats, utimesSync, writeFileSync } from "node:fs";
import { itemCount, type Layout } from "./layout.ts";

/**
 * The state of a checkout when it was handed over: enough to tell afterwards, without reading a file, which files were
 * read and which were changed. The kernel sets the change time (ctime) of a file at each change of content, mode, links
 * or attributes, and nobody else can.
 *
 * On disk: a line of JSON, then for each item of the layout inode, mode, size, mtime and ctime as 64-bit floats (ms;
 * the fraction is good to 0.25 µs).
 */
export interface Table {
  readonly commit: string;
  readonly device: number;
  /** Milliseconds since the epoch. Items changed in the same tick of the kernel's clock may carry the same times. */
  readonly recordedAt: number;
  readonly rows: Float64Array;
}

export const FIELDS = 5;
const FORMAT = 1;

/**
 * The access time that everything in a checkout gets: far in the past. If a file system keeps access times at all, also
 * with `relatime`, the first read of a file and the first listing of a folder replaces a time that is older than the
 * last change.
 */
export const PLANTED_MS = 946_684_800_000;

/** The kernel's clock for times of files moves on every 1 to 10 ms. */
export const TICK_MS = 12;

export function emptyTable(layout: Layout, device: number): Table {
  return { commit: layout.commit, device, recordedAt: 0, rows: new Float64Array(itemCount(layout) * FIELDS) };
}

export function setRow({ rows }: Table, item: number, stats: Stats): void {
  rows.set([stats.ino, stats.mode, stats.size, stats.mtimeMs, stats.ctimeMs], item * FIELDS);
}

/** The present look of a file, compared with its row: bits. */
export const READ = 1;
/** Owner, mode, attributes, links, or the times were set; for a file also its content. */
export const TOUCHED = 2;
/** A folder got or lost entries. */
export const REARRANGED = 4;
/** It is not there any more, or something else stands in its place. */
export const GONE = 8;
/** So young that a change in the same tick would not show. */
export const YOUNG = 16;

export function compareRow(table: Table, item: number, stats: Stats | undefined): number {
  const at = item * FIELDS;
  const { rows } = table;
  const mode = rows[at + 1] ?? 0;
  if (
    stats === undefined ||
    stats.ino !== rows[at] ||
    stats.dev !== table.device ||
    kindOf(stats.mode) !== kindOf(mode)
  )
    return GONE;
  const isFolder = stats.isDirectory();
  let flags = stats.atimeMs === PLANTED_MS ? 0 : READ;
  if (Math.abs(stats.ctimeMs - table.recordedAt) < TICK_MS) flags |= YOUNG;
  if (isFolder) {
    const rearranged = stats.mtimeMs !== rows[at + 3];
    if (rearranged) flags |= REARRANGED;
    // A new entry changes both times at once. A folder whose mtime was set by hand shows both, too, and counts as
    // touched by its atime.
    if (stats.mode !== mode || (!rearranged && stats.ctimeMs !== rows[at + 4])) flags |= TOUCHED;
    return flags;
  }
  const isSame =
    stats.mode === mode &&
    stats.nlink === 1 &&
    stats.size === rows[at + 2] &&
    stats.mtimeMs === rows[at + 3] &&
    stats.ctimeMs === rows[at + 4];
  return isSame ? flags : flags | TOUCHED;
}

/**
 * The bits in words. An item that was replaced or touched counts as read: nobody can tell any more. Own entries in a
 * folder do not.
 */
export function itemState(flags: number | undefined): { readonly isRead: boolean } {
  return { isRead: flags === undefined || (flags & (READ | TOUCHED | GONE)) !== 0 };
}

function kindOf(mode: number): number {
  return mode & 0o170000;
}

/** Sets the access time back, and nothing else. */
export function plant(path: string, stats: Stats): void {
  const set = stats.isSymbolicLink() ? lutimesSync : utimesSync;
  set(path, PLANTED_MS / 1000, stats.mtimeMs / 1000);
}

export function writeTable(path: string, { rows, ...header }: Table): void {
  const head = Buffer.from(`${JSON.stringify({ format: FORMAT, ...header })}\n`);
  // Never half there: a checkout whose table is missing is not used again.
  writeFileSync(`${path}.new`, Buffer.concat([head, new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)]));
  renameSync(`${path}.new`, path);
}

/** Undefined where there is none, or none that is whole. */
export function readTable(path: string): Table | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  const end = bytes.indexOf(0x0a);
  const header = parseHeader(bytes.toString("utf8", 0, Math.max(0, end)));
  const length = bytes.length - end - 1;
  if (header === undefined || length % (FIELDS * 8) !== 0) return undefined;
  // Copied, since floats must stand at multiples of eight.
  const rows = new Float64Array(new Uint8Array(bytes.subarray(end + 1)).buffer);
  return { ...header, rows };
}

function parseHeader(text: string): Omit<Table, "rows"> | undefined {
  try {
    const { format, commit, device, recordedAt } = JSON.parse(text) as Record<string, unknown>;
    if (format !== FORMAT || typeof commit !== "string" || typeof device !== "number" || typeof recordedAt !== "number")
      return undefined;
    return { commit, device, recordedAt };
  } catch {
    return undefined;
  }
}
