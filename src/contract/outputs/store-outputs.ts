import { chmodSync } from "node:fs";
import { type BlobRef, type BlobStore, ReadFailure, unreadableCode } from "../../blobs/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import { refusalOfMachine } from "../../system-failure.ts";
import type { CollectedOutput, OutputJournal } from "./output-journal.ts";
import { type FoundOutput, removeStored, unreadable } from "./output-walk.ts";
import { notKept, type OutputWarning } from "./output-warning.ts";

/**
 * Smaller files are copied in batches that are synced together; larger ones are moved, one by one, without a second
 * copy.
 */
const SMALL_BYTES = 1024 * 1024;
/** A sync takes as long for 4,096 files as for 256; until it is done, the copies take their space twice. */
const BATCH_FILES = 4096;
const BATCH_BYTES = 256 * 1024 * 1024;
/** Hashing is bound by cores, and the blob store hashes in threads. */
const MOVED_AT_ONCE = 2;

/** A file, and the names under which it is kept: its own and those of links to it. */
export interface OutputGroup {
  readonly file: FoundOutput;
  readonly outputs: readonly {
    readonly name: string;
    readonly path: string;
    readonly identity: string;
    readonly draft: OutputDraft;
  }[];
}
export type OutputDraft = Omit<CollectedOutput, "sha256" | "sizeBytes">;

/**
 * Stores each file, notes its names, then removes them from outputs: in this order, whatever happens in between. Where
 * the machine refuses one (a full disk), the others are stored all the same, and the refusal is thrown at the end.
 */
export async function storeOutputs(
  groups: readonly OutputGroup[],
  blobs: BlobStore,
  journal: OutputJournal,
  how: "move" | "copy",
): Promise<readonly OutputWarning[]> {
  const warnings: OutputWarning[] = [];
  const refusals: HeadraceError[] = [];
  const small = groups.filter(({ file }) => file.sizeBytes < SMALL_BYTES);
  for (const batch of batchesOf(small)) await noting(refusals, () => storeSmall(batch, blobs, journal, warnings));
  const large = groups.filter(({ file }) => file.sizeBytes >= SMALL_BYTES).values();
  const refused: OutputGroup[] = [];
  const store = (group: OutputGroup): Promise<void> => storeLarge(group, { blobs, journal, how }, warnings);
  const movers = Array.from({ length: MOVED_AT_ONCE }, async () => {
    for (const group of large) if (!(await noting([], () => store(group)))) refused.push(group);
  });
  // One failure ends the collection, but not before the other has come to an end.
  for (const mover of await Promise.allSettled(movers)) if (mover.status === "rejected") throw mover.reason;
  // One that fits may have come while a part of one that does not took the room.
  for (const group of refused) await noting(refusals, () => store(group));
  const [refusal] = refusals;
  if (refusal !== undefined) throw refusal;
  return warnings;
}

/** Returns false where the machine refused it. */
async function noting(refusals: HeadraceError[], work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const refusal = refusalOfMachine(error);
    if (refusal === undefined) throw error;
    refusals.push(refusal);
    return false;
  }
}

function* batchesOf(groups: readonly OutputGroup[]): Generator<readonly OutputGroup[]> {
  let batch: OutputGroup[] = [];
  let bytes = 0;
  for (const group of groups) {
    if (batch.length === BATCH_FILES || bytes + group.file.sizeBytes > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(group);
    bytes += group.file.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}

async function storeSmall(
  groups: readonly OutputGroup[],
  blobs: BlobStore,
  journal: OutputJournal,
  warnings: OutputWarning[],
): Promise<void> {
  const readable = groups.filter(({ file }) => makeReadable(file, warnings));
  const outcomes = await blobs.putFiles(readable.map(({ file }) => file.path));
  const stored = readable.flatMap((group, position) => {
    const outcome = outcomes[position];
    if (outcome === "changed") warnings.push(beingWritten(group.file.name));
    const code = unreadableCode(outcome);
    if (code !== undefined) warnings.push(unreadable(group.file.name, code));
    return outcome === undefined || typeof outcome === "string" ? [] : [{ group, ref: outcome }];
  });
  await journal.note(stored.flatMap(({ group, ref }) => linesOf(group, ref)));
  for (const { group } of stored) remove(group);
}

interface Into {
  readonly blobs: BlobStore;
  readonly journal: OutputJournal;
  readonly how: "move" | "copy";
}

async function storeLarge(group: OutputGroup, { blobs, journal, how }: Into, warnings: OutputWarning[]): Promise<void> {
  const { file } = group;
  if (!makeReadable(file, warnings)) return;
  try {
    if (how === "move")
      await blobs.putFile(file.path, { move: true, onStored: (ref) => journal.note(linesOf(group, ref)) });
    else await journal.note(linesOf(group, await blobs.putFile(file.path, { move: false })));
    remove(group);
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof HeadraceError && error.code === "HR_FILE_CHANGED") warnings.push(beingWritten(file.name));
    else if (code !== undefined && (REFUSED_BY_SYSTEM.has(code) || (error instanceof ReadFailure && code !== "ENOENT")))
      warnings.push(unreadable(file.name, code));
    else if (code !== "ENOENT") throw error;
  }
}

/** Faults of one file, as those are that show when it is read; others (a full disk, a broken one) are the machine's. */
const REFUSED_BY_SYSTEM: ReadonlySet<string> = new Set(["EACCES", "EPERM"]);

/** A step may have taken away its own right to read the file. */
function makeReadable(file: FoundOutput, warnings: OutputWarning[]): boolean {
  if ((file.mode & 0o400) !== 0) return true;
  try {
    chmodSync(file.path, file.mode | 0o400);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    warnings.push(unreadable(file.name, code));
    return false;
  }
}

function linesOf(group: OutputGroup, { sha256, sizeBytes }: BlobRef) {
  return group.outputs.map(({ draft, identity }) => ({ output: { ...draft, sha256, sizeBytes }, identity }));
}

function remove(group: OutputGroup): void {
  for (const { path } of group.outputs) removeStored(path);
  faultPoint("output-removed");
}

function beingWritten(name: string): OutputWarning {
  return notKept(name, "it was still being written to", "let the step wait for all its processes before it ends");
}
