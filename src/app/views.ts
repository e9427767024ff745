import type { ParameterValue } from "../config/index.ts";

/** The JSON shapes of `--json`, documented in docs/json.md. Times are ISO 8601 in UTC, durations seconds, sizes bytes. Absent facts are null. */
export interface RunView {
  readonly number: number;
  readonly id: string;
  readonly kind: "step" | "pipeline";
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
  readonly title: string | null;
  /** What somebody wrote on it (`headrace note`). */
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly commit: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationS: number | null;
}

export interface RunDetailView extends RunView {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly nodes: readonly NodeView[];
}

export interface NodeView {
  readonly name: string;
  readonly step: string;
  readonly state: string;
  readonly reason: string | null;
  readonly dependsOn: readonly string[];
  /** True where its results are those of an earlier execution, which `execution` is then: one of another run. */
  readonly reused: boolean;
  /** How many attempts it may have in all. */
  readonly attempts: number;
  /** When the next attempt may begin; null unless it waits for one. */
  readonly retryAt: string | null;
  /** Failed attempts before `execution`, in order. */
  readonly earlierAttempts: readonly AttemptView[];
  /** The last attempt. Null until the node's turn comes. */
  readonly execution: ExecutionView | null;
}

export interface AttemptView {
  readonly number: number;
  readonly attempt: number;
  readonly state: string;
  readonly reason: string | null;
}

export interface ExecutionView {
  readonly number: number;
  readonly id: string;
  readonly run: number;
  readonly node: string;
  readonly step: string;
  readonly state: string;
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** From 1; more where its node was tried again. */
  readonly attempt: number;
  readonly commit: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly statusDetail: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Keys that are too many, or whose value is too large, to stand in `metadata`: `headrace metrics` has them. The first names only. */
  readonly metadataLeftOut: readonly string[];
  readonly inputs: readonly InputFileView[];
  readonly outputs: readonly DatumView[];
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationS: number | null;
}

/** A file of the project's folder that is no part of the code. */
export interface OutsideCode {
  /** Relative to the project's folder. */
  readonly path: string;
  /** The file of patterns that names it, where git says so. */
  readonly ignoredBy: string | null;
}

export interface InputFileView {
  readonly input: string;
  readonly name: string;
  readonly uri: string;
  readonly datum: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The execution that made the file; null for one that came from outside, and where only a run as a whole is described. */
  readonly madeBy: { readonly execution: number; readonly node: string; readonly name: string } | null;
}

export interface DatumView {
  readonly id: string;
  /** `datum://<id>` */
  readonly uri: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly execution: number | null;
  readonly node: string | null;
  readonly createdAt: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface LogLine {
  readonly execution: number;
  readonly node: string;
  readonly at: string;
  readonly stream: "stdout" | "stderr";
  /** Text without its line end; bytes that are no UTF-8 appear as U+FFFD. */
  readonly text: string;
  /** True where a line longer than 64 KiB was cut and goes on in the next item. */
  readonly continues: boolean;
}

/** What a running execution printed since the last one of these. */
export interface LogBatchView {
  readonly lines: readonly Pick<LogLine, "stream" | "text" | "continues">[];
  /** How the line of each stream that has no end yet (a progress bar) looks by now; empty where more lines are at hand. */
  readonly unfinished: readonly Pick<LogLine, "stream" | "text">[];
}

/** One row per fact, one value per compared run or execution; `differs` says whether the values are not all equal. */
export interface ComparisonView {
  readonly subjects: readonly {
    readonly number: number;
    readonly kind: "run" | "execution";
    readonly name: string;
    readonly state: string;
    readonly createdAt: string;
    readonly durationS: number | null;
  }[];
  /** Nodes that some of the runs lack, or have not executed, with the numbers of these runs. */
  readonly missing: readonly { readonly node: string; readonly subjects: readonly number[] }[];
  readonly sections: readonly ComparisonSection[];
}

export interface ComparisonSection {
  /** `facts`, `parameters`, `metadata`, `inputs`, `outputs`, `code`, `environment` */
  readonly title: string;
  /** The node the section is about; null for a run as a whole. */
  readonly node: string | null;
  readonly rows: readonly {
    readonly name: string;
    readonly values: readonly (string | number | boolean | null)[];
    readonly differs: boolean;
    /** How the contents of a file differ, in words, where two subjects are compared and its kind is known. */
    readonly change?: string;
  }[];
}

export interface SnapshotView {
  readonly commit: string;
  readonly folder: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/** What housekeeping has removed, or would remove. */
export interface GarbageView {
  readonly applied: boolean;
  /** By kind; `blobs` are taken out of the store and deleted a day later (then they are `trash`). */
  readonly removals: readonly { readonly kind: string; readonly count: number; readonly sizeBytes: number }[];
  /** Newest first. */
  readonly runs: readonly { readonly number: number; readonly name: string; readonly state: string; readonly createdAt: string }[];
  /** What was stored since the oldest of these began is left alone. */
  readonly unfinishedRuns: readonly number[];
  /** Lists of files of snapshots that cannot be read; while there are any, no stored file is removed. */
  readonly unreadableSnapshots: readonly string[];
  /** Of stored files that nothing refers to, and that are too young to go: somebody may be about to record them. */
  readonly waitingBytes: number;
  /** What is stored beyond the limit of size that was asked for. */
  readonly excessBytes: number;
}

/** What a comparison of the stored files with their recorded hashes has found. */
export interface VerificationView {
  readonly quick: boolean;
  /** Distinct contents that were looked at. */
  readonly files: number;
  readonly sizeBytes: number;
  readonly problems: readonly {
    readonly sha256: string;
    readonly problem: "missing" | "damaged" | "unreadable";
    readonly sizeBytes: number | null;
    /** Where it stands in the records, the newest run first. */
    readonly uses: readonly {
      readonly kind: "output" | "input" | "code" | "download";
      readonly run: number | null;
      readonly execution: number | null;
      readonly node: string | null;
      readonly name: string;
    }[];
  }[];
}

/** A place where steps can run (`headrace environments`). */
export interface EnvironmentView {
  readonly slug: string;
  readonly name: string;
  readonly executor: string;
  /** Whether it could run a step now; else `reason`, and where it is known what mends it. */
  readonly healthy: boolean;
  readonly reason: string | null;
  readonly hint: string | null;
  /** Facts for people: versions, kind of sandbox. */
  readonly details: Readonly<Record<string, string>>;
  /** Steps that name no environment run there. */
  readonly default: boolean;
  readonly concurrency: number | null;
  readonly image: string | null;
}

/** How the outputs of a run that was executed once more compare with the recorded ones. */
export interface ReproductionView {
  /** The run or execution that was executed once more. */
  readonly original: number;
  /** The new run. */
  readonly run: number;
  readonly state: string;
  /** Every node ended as it had, with the same files. */
  readonly equal: boolean;
  readonly nodes: readonly {
    readonly node: string;
    readonly original: number | null;
    readonly execution: number | null;
    readonly originalState: string;
    readonly state: string;
    readonly files: readonly {
      readonly name: string;
      /** `missing`: it was made then and not now; `new`: the reverse. */
      readonly verdict: "equal" | "different" | "missing" | "new";
      readonly originalSha256: string | null;
      readonly sha256: string | null;
    }[];
  }[];
}
