import type { Readable } from "node:stream";
import type { BlobOwner, BlobTrash, DatedBlob } from "./blob-trash.ts";

/** A stored content: named by its SHA-256 (64 lower-case hex digits). */
export interface BlobRef {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export type LinkMode =
  /** Shares the stored bytes (hard link or reflink), read-only. Only for places that the step cannot write to. */
  | "share"
  /** An independent, writable copy (reflink where the file system can). */
  | "copy";

export interface PutFileOptions {
  readonly move: boolean;
  /**
   * Called when the blob is whole, before a moved file leaves its place: the chance to note durably which blob it
   * became, so that a crash in between loses nothing. When it throws, the file stays.
   */
  readonly onStored?: (ref: BlobRef) => void | Promise<void>;
}

/** The system refuses to read a file; the code of the system's error stands at the end. */
export type Unreadable = `unreadable ${string}`;

/** A file of many that is gone, is written to while it is read, or cannot be read, is an answer and not an error. */
export type PutOutcome = BlobRef | "missing" | "changed" | Unreadable;

/** The code of the system's error (`EACCES`, `EIO` …), where that is why a file was not stored. */
export function unreadableCode(outcome: PutOutcome | undefined): string | undefined {
  return typeof outcome === "string" && outcome.startsWith("unreadable ")
    ? outcome.slice("unreadable ".length)
    : undefined;
}

export interface PlaceOptions {
  readonly mode: LinkMode;
  readonly executable?: boolean;
  /** The size that the file must have; a stored file that was cut off is HR_BLOB_DAMAGED and does not appear. */
  readonly sizeBytes?: number;
}

export interface CopyPlacement {
  readonly sha256: string;
  readonly target: string;
  readonly executable: boolean;
}

/**
 * Content-addressed files. Putting is idempotent and crash-safe: bytes are written aside, synced, then renamed to their
 * name, so that a name that exists is whole. Errors: HR_DISK_FULL, HR_BLOB_MISSING, HR_BLOB_DAMAGED, HR_FILE_CHANGED,
 * HR_FILE_EXISTS.
 */
export interface BlobStore {
  /**
   * Stores a file. With `move`, the file leaves its place (renamed where the file system allows, so there is no second
   * copy).
   */
  putFile(path: string, options: PutFileOptions): Promise<BlobRef>;
  /**
   * Stores copies of many files; far cheaper than one call each, because they are synced together.
   * Answers in the order of the paths.
   */
  putFiles(paths: readonly string[]): Promise<readonly PutOutcome[]>;
  putBytes(bytes: Uint8Array): Promise<BlobRef>;
  /** Stores a stream; `expectedSha256` makes a mismatch an HR_BLOB_DAMAGED error. */
  putStream(stream: Readable, options?: { readonly expectedSha256?: string }): Promise<BlobRef>;
  has(sha256: string): Promise<boolean>;
  /** Returns those that are not stored. */
  missing(sha256s: Iterable<string>): Promise<readonly string[]>;
  size(sha256: string): Promise<number | undefined>;
  /**
   * Returns those that have another size than they should: damaged for certain, without a byte being read. Files that
   * are not stored are not among them.
   */
  resized(refs: readonly BlobRef[]): Promise<readonly string[]>;
  /** Bytes from `start` up to but not including `end`; a range past the end yields what there is. */
  read(sha256: string, range?: { readonly start: number; readonly end?: number }): Promise<Readable>;
  /** The whole content, checked against its name. */
  readBytes(sha256: string): Promise<Uint8Array>;
  /**
   * Makes the content appear at `target` (parents are created; an existing target is an error). `executable` sets the x
   * bits.
   */
  place(sha256: string, target: string, options: PlaceOptions): Promise<void>;
  /** Many writable copies at once, into folders that exist already. Stops at the first that fails. */
  placeCopies(placements: readonly CopyPlacement[]): Promise<void>;
  /** Hashes the stored bytes: `damaged` and `missing` are answers, not errors. */
  verify(sha256: string): Promise<"ok" | "missing" | "damaged">;
  list(): AsyncIterable<BlobRef>;
  /** The same, with the time since when each lies here; for housekeeping. */
  listDated(): AsyncIterable<DatedBlob>;
  /** At once and for good, whoever may need it. */
  delete(sha256: string): Promise<void>;
  readonly trash: BlobTrash;
  /** The databases whose records refer to this store. */
  owners(): Promise<readonly BlobOwner[]>;
  addOwner(owner: BlobOwner): Promise<void>;
  /** Forgets one; its records must no longer refer to anything here. */
  removeOwner(id: string): Promise<void>;
}
