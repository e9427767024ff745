import type { CodeShare, FileRef, Fingerprint, NodeDecision, Plan, ResolvedNode } from "../../planning/index.ts";
import type { StepChecksRecord } from "../documents/step-checks-document.ts";
import type { Actor } from "../events/actor.ts";
import type {
  ApprovalMoment,
  ApprovalTimeout,
  DatumRecord,
  EngineRecord,
  ExecutionRecord,
  FinalState,
  InputFileRecord,
  RunState,
} from "../records.ts";
import type { NewDatasetVersion } from "./catalog/catalog-records.ts";
import type { NewModelVersion } from "./catalog/model-records.ts";

/* The requests of callers to the repositories of a project, and the answers that are no records of their own. */

/** An execution with the files that it received and made. */
export interface NodeExecution {
  readonly execution: ExecutionRecord;
  readonly inputs: readonly InputFileRecord[];
  /** By name. */
  readonly outputs: readonly DatumRecord[];
}

export interface NewRun {
  /** The id that it is to have; absent: one of its own. */
  readonly id?: string;
  readonly plan: Plan;
  readonly commit: string;
  readonly jobs: number;
  readonly title?: string;
  readonly tags: readonly string[];
  /** The user or program that asks for it. */
  readonly actor: Actor;
  readonly warnings?: readonly string[];
  readonly at: number;
  /** The pool that has its files; see RunRecord. */
  readonly pool?: string;
  /** The engine that drives it from its first moment, under fence 1; absent: it waits for one. */
  readonly owner?: string;
  /** Its only node runs in any case: the execution gets its id and number already now. */
  readonly promisesExecution?: boolean;
  /** See RunRecord. */
  readonly traceparent?: string;
}

export interface RunStateChange {
  readonly state: RunState;
  readonly reason?: string;
  readonly at: number;
  readonly fence?: number;
}

export interface NewEngine extends Pick<EngineRecord, "id" | "pool" | "host" | "identity"> {
  readonly at: number;
}

/** Runs that have not ended, or those of them that nobody drives yet. */
export type WorkKind = "unfinished" | "waiting";

/** A project with such runs, whose files are in this place. */
export interface ProjectWork {
  readonly projectId: string;
  readonly pool: string;
}

/** Most executions that may be under way at a time. */
export interface ClaimLimits {
  readonly project?: number;
  /** By the environment's name. */
  readonly environments?: Readonly<Record<string, number>>;
}

export interface Claim {
  readonly owner: string;
  readonly at: number;
  readonly limits?: ClaimLimits | undefined;
}

export interface StartingClaim extends Omit<Claim, "at"> {
  /** The reason why it cannot run: it ends in error in the same transaction, and nobody comes to see it under way. */
  readonly failure?: string;
}

export interface NextClaim extends Claim {
  readonly pool: string;
  /** Only executions of this run. */
  readonly runId?: string | undefined;
  /** The environments in which the claimant can run steps; absent: all. */
  readonly environments?: readonly string[] | undefined;
}

export interface StartedExecution {
  readonly execution: ExecutionRecord;
  /** Absent while it is queued. */
  readonly fence?: number;
}

export interface NewExecution {
  readonly runId: string;
  readonly node: string;
  readonly step: string;
  readonly image: string;
  readonly environmentName: string;
  /** The fence of the run's driver: refused (RefusedWrite, `fence`) when another one has taken the run over. */
  readonly runFence?: number;
  readonly commit: string;
  readonly resolved: ResolvedNode;
  /** The reason why the node runs; kept with the node. */
  readonly decision?: NodeDecision;
  /** The trial of a task that goes on. */
  readonly trial?: number;
  /** The file of `for-each` that the trial has. */
  readonly file?: FileRef;
  /** A member of a distributed task: it is tried again with all others, however it ended itself. */
  readonly isMember?: true;
  readonly at: number;
}

/** An earlier execution that stands for a trial of a task. */
export interface ReusedTrial {
  readonly trial: number;
  readonly executionId: string;
  readonly decision: NodeDecision & { readonly kind: "reused" };
  /** The file of `for-each` that the trial has. */
  readonly file?: FileRef;
}

/** Both included. */
export interface TrialRange {
  readonly from: number;
  readonly to: number;
}

/** The requests of people to a task that goes on. */
export interface TaskWishes {
  /** Number of trials that they have added to those that were planned. */
  readonly moreTrials: number;
  readonly stop: boolean;
}

export interface TaskEnd {
  readonly state: FinalState;
  readonly reason?: string;
  /** Id of its best execution. */
  readonly best?: string;
  readonly at: number;
  readonly fence?: number | undefined;
}

export interface ReusableFilter {
  readonly base: string;
  readonly node?: string;
  /** Executions with a smaller number only: those begun before. */
  readonly beforeNumber?: number;
  readonly limit: number;
}

export interface NewestFilter {
  /** The SHA-256 of each base, in hexadecimal digits. */
  readonly wanted: readonly { readonly base: string; readonly node: string }[];
  readonly beforeNumber?: number;
}

export interface NodesFilter {
  /** Each name once. */
  readonly nodes: readonly { readonly node: string; readonly step: string }[];
  readonly beforeNumber?: number;
}

export interface NearestFilter {
  readonly step: string;
  readonly node?: string;
  readonly beforeNumber?: number;
  readonly limit: number;
}

/** A complete execution, as far as reuse is concerned. */
export interface ReusableRecord extends Fingerprint {
  readonly executionId: string;
  readonly number: number;
  readonly node: string;
  readonly commit: string;
  readonly code: CodeShare;
}

export interface ReusedNode {
  readonly node: string;
  readonly executionId: string;
  readonly decision: NodeDecision & { readonly kind: "reused" };
}

/** A message to people about a run or a step while it is prepared and runs. Warnings are kept. */
export interface Remark {
  readonly kind: "progress" | "warning";
  readonly message: string;
}

/** The subject of a remark: a run, a node that has no execution yet, or an execution. */
export interface RemarkTopic {
  readonly runId: string;
  readonly node?: string;
  readonly executionId?: string;
}

export interface ExecutionChange {
  readonly environment?: Readonly<Record<string, string>>;
  /** Written along, so that they cost no transaction of their own. */
  readonly remarks?: readonly Remark[];
  readonly state?: "stopping";
  readonly at: number;
}

export interface ExecutionEnd {
  readonly state: FinalState;
  readonly reason?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly outputs: readonly NewDatum[];
  readonly remarks?: readonly Remark[];
  /** Later runs compare with it; for a complete execution only. */
  readonly fingerprint?: Fingerprint;
  /** The node is not lost with it: it waits, and from then on it may be tried again. For an `error` only. */
  readonly retryAt?: number;
  /** False where it has printed nothing, or cannot have: no log of it waits to be kept. */
  readonly hasLog?: false;
  /** The results of its checks, if any were made. */
  readonly checks?: StepChecksRecord;
  /** Aliases and versions that its outputs get. */
  readonly targets?: ExecutionTargets;
  readonly at: number;
}

/** The aliases and versions that outputs of an execution get; ids of the files are given by the caller. */
export interface ExecutionTargets {
  readonly aliases: readonly { readonly name: string; readonly datumId: string }[];
  readonly datasetVersions: readonly (Pick<NewDatasetVersion, "dataset" | "name" | "exclude" | "aliases" | "files"> & {
    readonly from?: { readonly name: string; readonly version: string };
  })[];
  readonly modelVersions: readonly Omit<NewModelVersion, "facts" | "executionId">[];
}

export interface NewDatum {
  /** Given by the caller where the file was announced before (live outputs); else made by the store. */
  readonly id?: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly executionId?: string;
  readonly uri?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A version of the code. The manifest blob lists its files; see snapshots/. */
export interface SnapshotRecord {
  /** A git commit id, or `~` and the SHA-256 of the manifest. */
  readonly identifier: string;
  readonly manifestSha256: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly git?: { readonly commit: string; readonly branch?: string; readonly dirty: boolean };
  readonly createdAt: number;
}

/** The run to stop, or one execution of it. */
export interface StopTarget {
  readonly runId: string;
  readonly executionId?: string;
  /** The one who asks for it; absent if it follows from something else, such as a rule of the run. */
  readonly actor?: Actor | undefined;
  /** The reason to stop an execution, in words for its record; the first one counts. */
  readonly reason?: string;
}

/** Asks a person about a moment of a node. */
export interface ApprovalRequest {
  readonly moment: ApprovalMoment;
  readonly at: number;
  readonly timeout?: ApprovalTimeout | undefined;
  readonly fence?: number | undefined;
}

/** A person's decision about a node that waits for it. */
export interface ApprovalDecision {
  readonly decision: "approved" | "rejected";
  /** The reason; may be empty. */
  readonly comment: string;
}

/** The user or program that asks for a change, and the time. */
export interface Wish {
  readonly actor: Actor;
  readonly at: number;
}
