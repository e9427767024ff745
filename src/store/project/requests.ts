import type { CodeShare, Fingerprint, NodeDecision, Plan, ResolvedNode } from "../../planning/index.ts";
import type { Actor } from "../events/actor.ts";
import type { DatumRecord, EngineRecord, ExecutionRecord, FinalState, InputFileRecord, RunState } from "../records.ts";

/* What callers hand to the repositories of a project, and the answers that are no records of their own. */

/** An execution with the files that it received and made. */
export interface NodeExecution {
  readonly execution: ExecutionRecord;
  readonly inputs: readonly InputFileRecord[];
  /** By name. */
  readonly outputs: readonly DatumRecord[];
}

export interface NewRun {
  readonly plan: Plan;
  readonly commit: string;
  readonly jobs: number;
  readonly title?: string;
  readonly tags: readonly string[];
  /** Who wants it. */
  readonly actor: Actor;
  readonly at: number;
  /** Where its files are; see RunRecord. */
  readonly pool?: string;
  /** The engine that drives it from its first moment, under fence 1; absent: it waits for one. */
  readonly owner?: string;
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

/** How many executions may be under way at a time. */
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
  /** Why it cannot run: it ends in error in the same transaction, and nobody comes to see it under way. */
  readonly failure?: string;
}

export interface NextClaim extends Claim {
  readonly pool: string;
  /** Of this run alone. */
  readonly runId?: string | undefined;
  /** That the claimant serves; absent: all. */
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
  /** Of the run's driver: refused (RefusedWrite, `fence`) when another one has taken the run over. */
  readonly runFence?: number;
  readonly commit: string;
  readonly resolved: ResolvedNode;
  /** Why the node runs; kept with the node. */
  readonly decision?: NodeDecision;
  readonly at: number;
}

export interface ReusableFilter {
  readonly base: string;
  readonly node?: string;
  /** Executions with a smaller number only: those begun before. */
  readonly beforeNumber?: number;
  readonly limit: number;
}

export interface NewestFilter {
  /** Of each base the SHA-256 in hexadecimal digits. */
  readonly wanted: readonly { readonly base: string; readonly node: string }[];
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

export interface ExecutionChange {
  readonly environment?: Readonly<Record<string, string>>;
  readonly statusDetail?: string;
  readonly state?: "stopping";
  readonly at: number;
}

export interface ExecutionEnd {
  readonly state: FinalState;
  readonly reason?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly outputs: readonly NewDatum[];
  /** What later runs compare with; for a complete execution only. */
  readonly fingerprint?: Fingerprint;
  /** The node is not lost with it: it waits, and from then on it may be tried again. For an `error` only. */
  readonly retryAt?: number;
  readonly at: number;
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

export interface RunFilter {
  readonly limit: number;
  /** Runs with a smaller number only (paging). */
  readonly beforeNumber?: number;
  readonly states?: readonly RunState[];
  readonly name?: string;
  readonly tag?: string;
}

export interface ExecutionFilter {
  readonly runId?: string;
  readonly step?: string;
  readonly states?: readonly RunState[];
  readonly beforeNumber?: number;
  readonly limit: number;
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

/** What is to stop: a run, or one execution of it. */
export interface StopTarget {
  readonly runId: string;
  readonly executionId?: string;
  /** Who wants it; absent where it follows from something else, such as a rule of the run. */
  readonly actor?: Actor | undefined;
  /** Of an execution, in words for its record; the first one counts. */
  readonly reason?: string;
}

/** Who wants a change, and when. */
export interface Wish {
  readonly actor: Actor;
  readonly at: number;
}
