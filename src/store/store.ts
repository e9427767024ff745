import type { CodeShare, Fingerprint, NodeDecision, Plan, PlannedNode, ResolvedNode } from "../planning/index.ts";
import type { StoreHousekeeping } from "./housekeeping.ts";
import type { StoreLists } from "./lists.ts";
import type {
  ClaimRecord,
  DatumRecord,
  EngineRecord,
  EventRecord,
  ExecutionRecord,
  FinalState,
  InputFileRecord,
  MetadataRecord,
  NodeRecord,
  OpenExecutionRecord,
  RunRecord,
  RunState,
  StopRequests,
} from "./records.ts";
import type { RunLabels } from "./run-labels.ts";

/**
 * The metadata database in the words of the domain. Every method that changes something is one transaction
 * that also appends to the event log. All methods are asynchronous, since PostgreSQL is; SQLite answers at once.
 * `at` values are milliseconds since the epoch, from the caller's clock.
 */
export interface Store extends AsyncDisposable {
  // -- runs ---------------------------------------------------------------------------------------------------------
  /** Records the run with all its nodes (`waiting`) and gives it the next number. */
  createRun(run: NewRun): Promise<RunRecord>;
  getRun(id: string): Promise<RunRecord | undefined>;
  /**
   * Makes `owner` the driver of an unfinished run in place of the one that had `fence`; returns the next fence, which its writes to the run
   * carry from now on. Undefined when the run has ended or somebody else took it first. No event: who watches need not know who drives.
   * Without an owner, the run waits for one again.
   */
  claimRun(runId: string, fence: number, owner: string | undefined): Promise<number | undefined>;
  /** The plan of a run, as it was recorded. Kept apart from the record, since a plan may hold 100,000 nodes. */
  getPlan(runId: string): Promise<Plan | undefined>;
  /** One node of that plan, at a price that does not depend on the plan's size. */
  getPlannedNode(runId: string, node: string): Promise<PlannedNode | undefined>;
  /** All nodes of a run, in the plan's order. */
  listNodes(runId: string): Promise<readonly NodeRecord[]>;
  getNode(runId: string, name: string): Promise<NodeRecord | undefined>;
  /** Newest first. */
  listRuns(filter: RunFilter): Promise<readonly RunRecord[]>;
  /** With a fence, refused with HR_CONFLICT when another driver has taken the run over. */
  setRunState(runId: string, change: RunStateChange): Promise<void>;
  /** Writes a title, a note or tags on a run, whatever its state; returns it as it is then. */
  labelRun(runId: string, labels: RunLabels, at: number): Promise<RunRecord>;
  /** Marks waiting nodes as skipped. */
  skipNodes(runId: string, nodes: readonly string[], reason: string, at: number, fence?: number): Promise<void>;
  /**
   * Asks that the run or execution be stopped: its engine sees the event. Returns false when it had ended already. `reason`: of an execution,
   * in words for its record; the first one counts.
   */
  requestStop(target: { readonly runId: string; readonly executionId?: string; readonly reason?: string }, at: number): Promise<boolean>;
  /** What somebody, in this process or another, has asked to stop and that has not ended yet. */
  getStopRequests(runId: string): Promise<StopRequests>;

  // -- executions ---------------------------------------------------------------------------------------------------
  /** Turns a waiting node into a queued execution; undefined when another engine did so first. */
  createExecution(execution: NewExecution): Promise<ExecutionRecord | undefined>;
  /** The same, and claimed at once where the limits leave room; otherwise it stays queued, without a fence. */
  startExecution(execution: NewExecution, claim: StartingClaim): Promise<StartedExecution | undefined>;
  /** Claims the oldest queued execution that the caller can work on; undefined when there is none. */
  claimNext(claim: NextClaim): Promise<Required<StartedExecution> | undefined>;
  /** What has not ended, of one run or of all, oldest first. */
  listOpenExecutions(runId?: string): Promise<readonly OpenExecutionRecord[]>;
  /** queued → started for the caller; returns the fence that later writes must carry, undefined when it is no longer queued. */
  claimExecution(executionId: string, owner: string, at: number): Promise<number | undefined>;
  /**
   * Takes a started execution over from the engine that held `fence`: gives it the next fence, so that the former owner can no longer write.
   * Undefined when it has ended or somebody else took it first.
   */
  adoptExecution(executionId: string, fence: number, owner: string): Promise<number | undefined>;
  /** Executions that are started or stopping, with their owner, oldest first. */
  listClaimed(owner?: string): Promise<readonly ClaimRecord[]>;
  /** What the executor learnt while preparing or running. */
  updateExecution(executionId: string, fence: number, change: ExecutionChange): Promise<void>;
  /**
   * One transaction: state, exit, datums, node state. Throws HR_CONFLICT when the fence is stale or the execution has ended already.
   * An execution that was never claimed has fence 0, and can only be stopped.
   */
  finishExecution(executionId: string, fence: number, end: ExecutionEnd): Promise<void>;
  getExecution(id: string): Promise<ExecutionRecord | undefined>;
  /**
   * What stands behind the nodes of a run, each execution once: with reused nodes also executions of earlier runs. In no order; a question
   * or three however many nodes there are.
   */
  listExecutionsOfNodes(runId: string): Promise<readonly NodeExecution[]>;
  /** The same for executions by their ids, without those that are not there. */
  listExecutionsById(ids: Iterable<string>): Promise<readonly NodeExecution[]>;
  listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]>;

  // -- results that are used again ----------------------------------------------------------------------------------
  /** Executions that were complete with this fingerprint, newest first. */
  listReusable(filter: ReusableFilter): Promise<readonly ReusableRecord[]>;
  /** For each node and fingerprint the newest of these, where there is one; in no order. */
  listNewestReusable(filter: NewestFilter): Promise<readonly ReusableRecord[]>;
  /** The newest executions of a step (and node) that were complete and left a fingerprint, newest first. */
  listNearest(filter: NearestFilter): Promise<readonly ReusableRecord[]>;
  /** Undefined when the execution left none: it has not succeeded, or is older than fingerprints are. */
  getFingerprint(executionId: string): Promise<ReusableRecord | undefined>;
  /**
   * Makes waiting nodes complete with what earlier executions left, all in one transaction; nodes that wait no longer stay as they are.
   * Throws HR_CONFLICT where an execution is no longer there.
   */
  reuseNodes(runId: string, nodes: readonly ReusedNode[], at: number, fence?: number): Promise<void>;

  // -- engines ------------------------------------------------------------------------------------------------------
  /** Makes a process known that works for the project. */
  addEngine(engine: NewEngine): Promise<void>;
  /** Says that an engine lives, and returns the beats of the others by id; undefined when the others have removed it. One exchange. */
  beat(engineId: string, at: number): Promise<ReadonlyMap<string, number> | undefined>;
  /** In the order of their coming. */
  listEngines(): Promise<readonly EngineRecord[]>;
  /** The engine has left or is dead. False when its record stays, marked so, since it tells where steps run that it had claimed. */
  removeEngine(engineId: string, at: number): Promise<boolean>;

  // -- what a number or id means ------------------------------------------------------------------------------------
  findByNumber(
    number: number,
  ): Promise<
    { readonly kind: "run"; readonly run: RunRecord } | { readonly kind: "execution"; readonly execution: ExecutionRecord } | undefined
  >;
  /** The newest run's number; undefined in an empty project. */
  latestNumber(): Promise<number | undefined>;

  // -- data ---------------------------------------------------------------------------------------------------------
  /** `fence`: of the execution whose output it is while that runs; a stale one is refused, as with every write of an engine. */
  addDatum(datum: NewDatum, at: number, fence?: number): Promise<DatumRecord>;
  getDatum(id: string): Promise<DatumRecord | undefined>;
  /** Outputs of an execution, by name. */
  listOutputs(executionId: string): Promise<readonly DatumRecord[]>;
  /** The newest datum that came from a URI with its validators, for conditional fetching. */
  findDatumByUri(uri: string): Promise<DatumRecord | undefined>;
  setInputFiles(executionId: string, fence: number, files: readonly InputFileRecord[]): Promise<void>;
  listInputFiles(executionId: string): Promise<readonly InputFileRecord[]>;

  // -- metadata and events ------------------------------------------------------------------------------------------
  /** Adds metadata points (same offset: ignored) and announces the newest values. */
  addMetadata(executionId: string, fence: number, points: readonly MetadataRecord[]): Promise<void>;
  listMetadata(executionId: string, page: { readonly afterOffset?: number; readonly limit: number }): Promise<readonly MetadataRecord[]>;
  /** Events after an id, oldest first. */
  listEvents(filter: { readonly afterId: number; readonly runId?: string; readonly limit: number }): Promise<readonly EventRecord[]>;
  /**
   * Calls back after each commit of this process that appended events, and soon after those of other processes; perhaps needlessly.
   * Subscribe first, then read: no commit after that read goes unheard. Returns the unsubscriber.
   */
  onEvents(listener: () => void): () => void;

  // -- snapshots ----------------------------------------------------------------------------------------------------
  addSnapshot(snapshot: SnapshotRecord): Promise<void>;
  getSnapshot(identifier: string): Promise<SnapshotRecord | undefined>;

  // -- lists --------------------------------------------------------------------------------------------------------
  readonly lists: StoreLists;

  // -- housekeeping -------------------------------------------------------------------------------------------------
  readonly housekeeping: StoreHousekeeping;
}

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
  /** Of the run's driver: refused with HR_CONFLICT when another one has taken the run over. */
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
