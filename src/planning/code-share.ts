/**
 * The code that an execution depended on. It stands apart from the rest of the fingerprint, since what a step read is
 * known only after it ran. Versions of the code are named by the SHA-256 of their manifest, so that a commit and the
 * working tree it was made of are the same.
 */
export type CodeShare =
  /** The files it was seen to read (and not to find); `sha256` is the stored observation. */
  | { readonly kind: "trace"; readonly sha256: string }
  /**
   * The files that it read, by their access times: no proof that it saw nothing else (`why`), and enough only where the
   * step says so.
   */
  | { readonly kind: "read"; readonly sha256: string; readonly why: string }
  /** The files that match the step's own patterns; `sha256` is that of their paths and contents. */
  | { readonly kind: "globs"; readonly globs: readonly string[]; readonly sha256: string }
  /** Everything. */
  | { readonly kind: "snapshot"; readonly manifestSha256: string; readonly why: SnapshotReason }
  /**
   * It used something that belongs to no version of the code: nobody knows whether it would do the same again, so it is
   * never reused.
   */
  | { readonly kind: "unknown"; readonly why: string };

/**
 * The reason why the whole version of the code counts: the step says so, or nobody could see what the step reads (in
 * words).
 */
export type SnapshotReason = { readonly kind: "asked" } | { readonly kind: "unseen"; readonly message: string };

/** A step that was executed leaves this for later runs to compare with. */
export interface Fingerprint {
  /** SHA-256 of all that is known before a step starts (fingerprint.ts). */
  readonly base: string;
  readonly code: CodeShare;
}
