import type { BlobStore, DatedBlob } from "../../blobs/index.ts";
import type { References } from "./references.ts";
import { TRASH_MS } from "./rules.ts";
import type { Tally } from "./tally.ts";

export interface SweepOptions {
  readonly blobs: BlobStore;
  /**
   * Called after the contents were listed: what is recorded later refers to nothing that was listed as long abandoned.
   */
  readonly references: () => Promise<References>;
  /** Younger contents may belong to somebody who has not recorded them yet. */
  readonly olderThanMs: number;
  /**
   * The moment at which the oldest run began that has not ended: it may have stored or found contents that no record
   * shows.
   */
  readonly oldestUnfinished: number | undefined;
  readonly now: number;
  /** False: only count. */
  readonly apply: boolean;
  readonly tally: Tally;
  /** Asked after the discarding: when nobody works on the project then, the trash needs to wait for nobody. */
  readonly isQuiet: () => Promise<boolean>;
}

export interface BlobSweep {
  /** Lists of files of versions of the code that could not be read. */
  readonly unreadable: readonly string[];
  readonly waitingBytes: number;
}

/** A clock may differ a little from the server's that dates the contents. */
const MARGIN_MS = 3_600_000;

/**
 * Takes contents that nothing refers to out of the store, and deletes those that were taken out a day ago. See
 * docs/internals/store.md, “Removing stored files”, for why neither can lose what somebody needs. Returns the lists of
 * files that could not be read, and then does nothing; else what nothing refers to either, and is too young to go.
 */
export async function sweepBlobs(options: SweepOptions): Promise<BlobSweep> {
  const { blobs, now, apply, tally } = options;
  const untouched = options.oldestUnfinished === undefined ? Infinity : options.oldestUnfinished - MARGIN_MS;
  const aged = (ageMs: number) => (blob: DatedBlob) => blob.since < Math.min(now - ageMs, untouched);
  const isAged = aged(options.olderThanMs);
  const young: DatedBlob[] = [];
  const stored = await collect(blobs.listDated(), (blob) => isAged(blob) || !young.push(blob));
  const discarded = await collect(blobs.trash.list(), () => true);
  const { contents, unreadable } = await options.references();
  if (unreadable.length > 0) return { unreadable, waitingBytes: 0 };
  const unneeded = stored.filter(({ sha256 }) => !contents.has(sha256));
  const waitingBytes = bytesOf(young.filter(({ sha256 }) => !contents.has(sha256)));
  const wanted = discarded.filter(({ sha256 }) => contents.has(sha256));
  const gone = discarded.filter(aged(TRASH_MS)).filter(({ sha256 }) => !contents.has(sha256));
  tally.add("blobs", unneeded.length, bytesOf(unneeded));
  tally.add("trash", gone.length, bytesOf(gone));
  if (!apply) return { unreadable: [], waitingBytes };
  // First of all, so that a failure below leaves nothing in the trash that is needed.
  for (const { sha256 } of wanted) await blobs.trash.restore(sha256);
  await blobs.trash.empty(gone.map(({ sha256 }) => sha256));
  await blobs.trash.discard(unneeded.map(({ sha256 }) => sha256));
  return { unreadable: await emptyAtOnce(options), waitingBytes };
}

/**
 * A process that found one of these contents in its place did so before it was discarded. If nobody works now, all such
 * processes have ended since, and the references, which are read after that, show everything that they recorded. A
 * process that begins from now on finds the place empty.
 */
async function emptyAtOnce({ blobs, references, isQuiet, tally }: SweepOptions): Promise<readonly string[]> {
  if (!(await isQuiet())) return [];
  const { contents, unreadable } = await references();
  if (unreadable.length > 0) return unreadable;
  const discarded = await collect(blobs.trash.list(), () => true);
  for (const { sha256 } of discarded) if (contents.has(sha256)) await blobs.trash.restore(sha256);
  const gone = discarded.filter(({ sha256 }) => !contents.has(sha256));
  await blobs.trash.empty(gone.map(({ sha256 }) => sha256));
  tally.add("trash", gone.length, bytesOf(gone));
  return [];
}

async function collect(
  listing: AsyncIterable<DatedBlob>,
  fits: (blob: DatedBlob) => boolean,
): Promise<readonly DatedBlob[]> {
  const found: DatedBlob[] = [];
  for await (const blob of listing) if (fits(blob)) found.push(blob);
  return found;
}

function bytesOf(blobs: readonly DatedBlob[]): number {
  return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
