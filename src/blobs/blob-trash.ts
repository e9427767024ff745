import type { BlobRef } from "./blob-store.ts";

/** A stored content, and since when it has lain where it lies (milliseconds since the epoch). */
export interface DatedBlob extends BlobRef {
  readonly since: number;
}

/**
 * The place to which contents go that nothing seems to refer to, before they are deleted for good. A writer that found
 * one of them stored and has not recorded it yet gets it back by asking for it by name: every read of the store looks
 * here, and moves what it finds to its place before it answers. docs/internals/store.md tells why nothing can be lost
 * on the way.
 */
export interface BlobTrash {
  /** Takes contents out of the store; those that are not there are passed over. */
  discard(sha256s: readonly string[]): Promise<void>;
  /** With the time of discarding. */
  list(): AsyncIterable<DatedBlob>;
  /** Puts one back into its place; false when it is not here. */
  restore(sha256: string): Promise<boolean>;
  /** Deletes for good. */
  empty(sha256s: readonly string[]): Promise<void>;
}

/** A database whose records refer to the store's contents. Only who knows all of them may discard anything. */
export interface BlobOwner {
  /** Fit to be a file name. */
  readonly id: string;
  /** For a human. */
  readonly name: string;
}
