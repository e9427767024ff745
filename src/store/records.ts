import type { RunState } from "../api/index.ts";
import type { ParameterValue } from "../config/index.ts";
import type { NodeDecision, ResolvedInput } from "../planning/index.ts";
import type { Actor } from "./events/actor.ts";

/** `transitions.ts` holds the ways between the states as a table, which the store enforces. */
export type { RunState };
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
  readonly kind: "step" | "pipeline";
  readonly name: string;
  readonly state: RunState;
  /** Why it ended so, in words; absent when complete. */
  readonly reason?: string;
  readonly title?: string;
  /** What somebody wrote on it, any length. */
  readonly note?: string;
  readonly tags: readonly string[];
  /** Pipeline parameters as given or by default. The whole plan is read with `nodes.getPlan`. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly commit: string;
  readonly jobs: number;
  /** Who wanted it; absent in records of schema 6 and earlier. */
  readonly actor?: Actor;
  /** Where the run's files are: only engines of this pool can work on it. */
  readonly pool: string;
  /** The engine that drives it, or drove it before it died; absent for a run that waits for one. */
  readonly owner?: string;
  /** Given anew with each driver; writes of an earlier one are refused. */
  readonly fence: number;
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
  /** The execution of this node, once it has one; of an earlier run where `reused`. */
  readonly executionId?: string;
  /** Its results are those of an execution of an earlier run. */
  readonly reused?: true;
  /** Its last attempt failed, and from then on there may be another; only while it is `waiting`. */
  readonly retryAt?: number;
  /** Why it ran, or why not; absent until its turn came. */
  readonly decision?: NodeDecision;
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
  /** What the executor says of the place: executor name, sandbox kind, Python environment … */
  readonly environment: Readonly<Record<string, string>>;
  readonly statusDetail?: string;
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

/** Who works on an execution. */
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

/** Where a process that works for a project is to be found. */
export interface EngineIdentity {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  readonly startTime: string;
  /** Within which a process number means something: containers of one machine have numbers of their own. */
  readonly processSpace: string;
  /** The folder that holds the folders of its executions. */
  readonly stateFolder: string;
  /** It takes up what others of its place have left, whichever run it belongs to. */
  readonly serves?: boolean;
}

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
  /** Who wants the run to stop. */
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
  /** Where a fetched file came from. */
  readonly uri?: string;
  readonly createdAt: number;
  /** Free properties, and `valohai.*` keys, from sidecar files. */
  readonly properties: Readonly<Record<string, unknown>>;
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
