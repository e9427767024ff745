import type { Actor } from "../../events/actor.ts";

/** `pending`: nobody has decided yet. A decision may be taken back by another one. */
export type ModelState = "pending" | "approved" | "rejected";

export interface ModelRecord {
  readonly id: string;
  readonly name: string;
  /** As the file said when the newest version was made; may be empty. */
  readonly description: string;
  readonly actor: Actor;
  readonly createdAt: number;
  readonly versionCount: number;
  /** The newest version. */
  readonly latest?: ModelVersionRecord;
}

/** An immutable set of files that an execution made, with all that was known of it then. */
export interface ModelVersionRecord {
  readonly id: string;
  readonly modelId: string;
  /** Name of the model. */
  readonly model: string;
  /** From 1, in the order of making; it names the version. */
  readonly number: number;
  readonly state: ModelState;
  /** So many decisions were made about it. */
  readonly decisions: number;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** The execution that made it, while that is on record. */
  readonly executionId?: string;
  readonly actor: Actor;
  readonly note: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly facts: ModelFacts;
}

/** The facts that are known of a version when it is made; they outlive its run. */
export interface ModelFacts {
  readonly run: number;
  readonly execution: number;
  readonly node: string;
  readonly step: string;
  /** The version of the code. */
  readonly commit: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The last values that the execution printed. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** Absent: its step has no checks. */
  readonly checks?: { readonly passed: number; readonly warned: number; readonly failed: number };
  readonly inputs: readonly SeenInput[];
}

/** An input that the execution had. */
export interface SeenInput {
  readonly name: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** Names the contents of its files, whatever these are called and in whatever order they come. */
  readonly sha256: string;
  /** The addresses that it was asked for by, as they were resolved; the first ones. */
  readonly uris: readonly string[];
  /** The first of its files. */
  readonly files: readonly { readonly name: string; readonly uri: string; readonly datumId: string }[];
}

/** Figures of a new version, held against what is required of it. */
export interface ModelEvidence {
  /** `undecided`: a person has to look. */
  readonly verdict: "approved" | "rejected" | "undecided";
  /** The number of the version that stood as champion. */
  readonly champion?: number;
  readonly rules: readonly JudgedRule[];
  /** Absent: nothing was compared with a champion. */
  readonly evaluation?: {
    /** Names of the inputs that count. */
    readonly inputs: readonly string[];
    readonly isSame: boolean;
    /** Says what differs; empty where nothing does. */
    readonly message: string;
  };
}

export interface JudgedRule {
  readonly expression: string;
  /** `open`: it cannot be decided. */
  readonly outcome: "holds" | "fails" | "open";
  /** The values of the names in it; null for one that has none. */
  readonly figures: readonly { readonly name: string; readonly value: string | number | boolean | null }[];
  /** Says why it is not decided, or fails for another reason than its figures; else empty. */
  readonly message: string;
}

/** A state that a version came to be in. */
export interface ModelDecision {
  /** From 1. */
  readonly ordinal: number;
  readonly state: ModelState;
  readonly at: number;
  readonly actor: Actor;
  /** May be empty. */
  readonly reason: string;
  /** Present where evidence was looked at. */
  readonly evidence?: ModelEvidence;
}

export interface NewModelVersion {
  /** Name of the model, which is made where there is none. */
  readonly model: string;
  /** Absent: it stays as it is. */
  readonly description?: string;
  readonly files: readonly { readonly name: string; readonly datumId: string }[];
  readonly tags: readonly string[];
  readonly note: string;
  readonly facts: ModelFacts;
  /**
   * Looks at the evidence, in the transaction that makes the version, so that the champion is that of this moment.
   * Absent: a person decides.
   */
  readonly judge?: JudgeModel;
  readonly executionId?: string;
}

export type JudgeModel = (
  candidate: ModelFacts,
  champion: { readonly number: number; readonly facts: ModelFacts } | undefined,
) => ModelEvidence;

/** A person's decision about a version. */
export interface WantedDecision {
  readonly state: "approved" | "rejected";
  readonly reason: string;
  /** So many decisions it had when the wish was made: another number is a conflict. Absent: whatever was decided. */
  readonly after?: number;
}

/** The alias with which new versions are compared. */
export const CHAMPION = "champion";
