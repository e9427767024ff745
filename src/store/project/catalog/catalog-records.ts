import type { Actor } from "../../events/actor.ts";

/** The kinds of things that an alias may stand for: a stored file, or a version of something with versions. */
export type AliasKind = "datum" | "dataset" | "model";

export interface AliasKey {
  readonly kind: AliasKind;
  /** The id of what has the versions; empty for aliases of files, which belong to the project. */
  readonly owner: string;
  readonly name: string;
}

export interface AliasRecord extends AliasKey {
  /** The id of the file or version that it stands for; absent where it was taken away. */
  readonly target?: string;
  /** So many moves it has had. */
  readonly moves: number;
  readonly movedAt: number;
}

export interface AliasMove {
  /** From 1. */
  readonly ordinal: number;
  /** Absent: it was taken away. */
  readonly target?: string;
  readonly at: number;
  readonly actor: Actor;
  /** The reason; may be empty. */
  readonly comment: string;
  /** The execution whose end moved it. */
  readonly executionId?: string;
}

export interface WantedMove {
  /** Null takes the alias away. */
  readonly target: string | null;
  readonly comment: string;
  /** So many moves it had when the wish was made: another number is a conflict. Absent: whatever it stands for. */
  readonly after?: number;
  readonly executionId?: string;
}

export interface DatasetRecord {
  readonly id: string;
  readonly name: string;
  readonly actor: Actor;
  readonly createdAt: number;
  /** Without deleted ones. */
  readonly versionCount: number;
  /** The newest version. */
  readonly latest?: DatasetVersionRecord;
}

/** An immutable set of stored files, each under a name. */
export interface DatasetVersionRecord {
  readonly id: string;
  readonly datasetId: string;
  /** Name of the dataset. */
  readonly dataset: string;
  /** From 1, in the order of making. */
  readonly number: number;
  readonly name: string;
  /** The version that it was made from. */
  readonly parentId?: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** The execution that made it, while that is on record. */
  readonly executionId?: string;
  readonly actor: Actor;
  readonly note: string;
  readonly createdAt: number;
  readonly deletedAt?: number;
}

/** A file of a version. */
export interface VersionFile {
  /** Path within the version. */
  readonly name: string;
  readonly datumId: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly purgedAt?: number;
}

/** A difference between two versions: `before` is absent for what was added, `after` for what was taken out. */
export interface VersionChange {
  readonly name: string;
  readonly before?: VersionFile;
  readonly after?: VersionFile;
}

export interface NewDatasetVersion {
  /** Absent: one of its own. */
  readonly id?: string;
  /** Name of the dataset, which is made where there is none. */
  readonly dataset: string;
  /** Absent: `v` and its number. */
  readonly name?: string;
  /** The id of the version whose files it has as well. */
  readonly parentId?: string;
  /** Names of files of that version that it leaves out. */
  readonly exclude: readonly string[];
  /** In place of those of the same name. */
  readonly files: readonly { readonly name: string; readonly datumId: string }[];
  readonly note: string;
  /** Aliases that stand for it from now on. */
  readonly aliases: readonly string[];
  readonly executionId?: string;
}

/** Something that keeps a file: an alias of it, or a version that it belongs to. */
export interface DatumHolder {
  readonly datumId: string;
  readonly kind: "alias" | "dataset-version" | "model-version";
  /** The alias, or `NAME/VERSION`. */
  readonly name: string;
}

/** A page of a list that is ordered by name. */
export interface NamePage {
  /** Names behind this one only. */
  readonly after?: string;
  readonly limit: number;
}
