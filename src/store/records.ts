import type { ApprovalMoment, RunState, WaitingFor } from "../api/index.ts";
import type { ParameterValue } from "../config/index.ts";
import type { FileRef, NodeDecision, PlannedGroup, PlannedOutput, ResolvedInput } from "../planning/index.ts";
import type { Actor } from "./events/actor.ts";

/** `transitions.ts` holds the ways between the states as a table, which the store enforces. */
export type { ApprovalMoment, RunState, WaitingFor };
export const FINAL_STATES = ["complete", "error", "stopped"] as const;
export type FinalState = (typeof FINAL_STATES)[number];

/**
 * State of a node within a pipeline run: `waiting` for its sources, `active` once its execution exists,
 * then the final state of that execution; `skipped` when a source failed or the run was stopped before it began.
 */
export type NodeState = "waiting" | "active" | FinalState | "skipped";

/** A run is what one `headrace run` starts: a pipeline with its nodes, or a single step (a plan with one node). */
export interface RunRecord {
  readonly id: string;
  /** Runs and executions of a project share one counter, so that a number names one thing. */
  readonly number: number;
  readonly kind: "step" | "pipeline" | "task";
  readonly name: string;
  readonly state: RunState;
  /** The reason why it ended so, in words; absent if it is complete. */
  readonly reason?: string;
  readonly title?: string;
  /** A note that somebody wrote on it, any length. */
  readonly note?: string;
  readonly tags: readonly string[];
  /** Pipeline parameters as given or by default. The whole plan is read with `nodes.getPlan`. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly commit: string;
  readonly jobs: number;
  /** The one who asked for it; absent in records of schema 6 and earlier. */
  readonly actor?: Actor;
  /** The one who asked it to stop. */
  readonly stopActor?: Actor;
  /** Warnings of the run itself and of nodes before they had an execution. */
  readonly warnings?: readonly string[];
  /** The pool that has the run's files: only engines of this pool can work on it. */
  readonly pool: string;
  /** The engine that drives it, or drove it before it died; absent for a run that waits for one. */
  readonly owner?: string;
  /** Given anew with each driver; writes of an earlier one are refused. */
  readonly fence: number;
  /** The execution that it will make, while that is not there yet, if the run is of a step that runs in any case. */
  readonly promised?: { readonly id: string; readonly number: number };
  /** The place in a trace (W3C Trace Context) below which it was begun; absent: it is a trace of its own. */
  readonly traceparent?: string;
  /** Nodes that run pipelines, whose nodes name them. */
  readonly groups?: readonly PlannedGroup[];
  /** The results that the pipeline names. */
  readonly outputs?: readonly PlannedOutput[];
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

export interface NodeRecord {
  readonly runId: string;
  readonly name: string;
  readonly index: number;
  readonly state: NodeState;
  readonly reason?: string;
  /** The last execution of this node, once it has one; one of an earlier run if `reused`. */
  readonly executionId?: string;
  /** Its results are those of an execution of an earlier run. */
  readonly reused?: true;
  /** Its turn has come, and it waits for this; or it has ended, and what follows from that waits for an approval. */
  readonly waitingFor?: WaitingFor;
  /** The reason why it ran or was reused; absent until its turn came. */
  readonly decision?: NodeDecision;
}

export interface ApprovalTimeout {
  readonly at: number;
  readonly decision: "approved" | "rejected";
}

/** A moment of a node that a person has to let pass; the last four are there once somebody has decided. */
export interface ApprovalRecord {
  readonly node: string;
  readonly moment: ApprovalMoment;
  readonly requestedAt: number;
  /** When a rule decides, unless somebody has. */
  readonly timeout?: ApprovalTimeout;
  readonly decision?: "approved" | "rejected";
  readonly decidedAt?: number;
  readonly actor?: Actor;
  readonly comment?: string;
}

/** An execution of a task. A trial that was tried again has several; the last counts. */
export interface TrialRecord {
  /** From 1, in the order in which their values were chosen. */
  readonly trial: number;
  readonly executionId: string;
  readonly number: number;
  readonly attempt: number;
  readonly state: RunState;
  /** It was asked to stop for doing worse than others. */
  readonly pruned: boolean;
  /** It is an execution of an earlier run. */
  readonly reused: boolean;
  readonly reason?: string;
  /** The reason why it ran, or was reused. */
  readonly decision?: NodeDecision;
  /** The file of `for-each` that it has. */
  readonly file?: FileRef;
  /** It is tried again, from then on. */
  readonly retryAt?: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly metadataLeftOut?: readonly string[];
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** An execution that a node has had before its last one. */
export interface AttemptRecord {
  readonly node: string;
  readonly executionId: string;
  readonly number: number;
  readonly attempt: number;
  readonly state: RunState;
  readonly reason?: string;
}

export interface ExecutionRecord {
  readonly id: string;
  readonly number: number;
  readonly runId: string;
  readonly node: string;
  readonly step: string;
  readonly state: RunState;
  readonly reason?: string;
  readonly commit: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly inputs: readonly ResolvedInput[];
  /** Values of secret variables never stand here. */
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** The environment that it runs in: `local`, or one of the installation's configuration. */
  readonly environmentName: string;
  /** From 1; more where the node was tried again. */
  readonly attempt: number;
  /** The trial of a task, from 1. */
  readonly trial?: number;
  /** Facts that the executor reports about the place: executor name, sandbox kind, Python environment … */
  readonly environment: Readonly<Record<string, string>>;
  /** The work that is done for it now, in words, while it has not ended. */
  readonly statusDetail?: string;
  readonly warnings?: readonly string[];
  /** The one who asked the execution itself, and not its run, to stop. */
  readonly stopActor?: Actor;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Last value of each metadata key, as far as they fit into the record. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Keys whose last value only the points have; present where there are any. The list itself is bounded. */
  readonly metadataLeftOut?: readonly string[];
  readonly createdAt: number;
  readonly queuedAt?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** The engine that works on an execution. */
export interface ClaimRecord {
  readonly executionId: string;
  readonly runId: string;
  readonly node: string;
  readonly state: "started" | "stopping";
  /** As the engine named itself when it claimed. */
  readonly owner: string;
  readonly fence: number;
}

/** An execution that has not ended. */
export interface OpenExecutionRecord {
  readonly executionId: string;
  readonly number: number;
  readonly runId: string;
  readonly node: string;
  readonly state: "queued" | "started" | "stopping";
  readonly environmentName: string;
  /** Absent while it is queued. */
  readonly owner?: string;
  readonly fence: number;
}

/** The place of a process that works for a project. */
export interface EngineIdentity {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  readonly startTime: string;
  /** Within which a process number means something: containers of one machine have numbers of their own. */
  readonly processSpace: string;
  /** The folder that holds the folders of its executions. */
  readonly stateFolder: string;
  /** It works for whichever run there is, and takes up what others of its place have left. */
  readonly takesAnyRun?: boolean;
}

/** A process that works for some project of the database, or worked and died. */
export type EngineProcess = Pick<EngineRecord, "id" | "identity" | "beat">;

/** A process that works for the project, or worked and died. */
export interface EngineRecord {
  readonly id: string;
  readonly pool: string;
  readonly host: string;
  readonly identity: EngineIdentity;
  /** Grows while it lives; -1 when it has left without its steps. */
  readonly beat: number;
  readonly startedAt: number;
  /** By its own clock, for humans. */
  readonly seenAt: number;
}

export interface StopRequests {
  /** The whole run is to stop. */
  readonly run: boolean;
  /** The one who asked the run to stop. */
  readonly actor?: Actor;
  /** Executions that were asked to stop by themselves. */
  readonly executionIds: readonly string[];
  /** In words, by execution, where whoever asked said why. */
  readonly reasons?: Readonly<Record<string, string>>;
}

/** One immutable stored file. */
export interface DatumRecord {
  readonly id: string;
  /** Path relative to outputs, or the file name of a fetched input. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** The execution that made it; absent for a file that came in by URI. */
  readonly executionId?: string;
  /** The source of a fetched file. */
  readonly uri?: string;
  readonly createdAt: number;
  /** Free properties, and `valohai.*` keys, from sidecar files. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The moment at which its bytes were purged: the record stays, and nothing can be read. */
  readonly purgedAt?: number;
}

/** A file that an execution received. */
export interface InputFileRecord {
  readonly input: string;
  /** Path below the input's folder. */
  readonly name: string;
  readonly uri: string;
  readonly datumId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Those of the datum, which the step found beside the file; read along with it, not stored twice. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** One JSON object that a step printed. */
export interface MetadataRecord {
  /** Byte offset of its line in the raw stdout: identifies it, so that reading a log twice stores it once. */
  readonly offset: number;
  readonly at: number;
  readonly values: Readonly<Record<string, unknown>>;
}
