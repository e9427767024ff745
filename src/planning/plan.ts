import type {
  EdgeMergeMode,
  KeepDirectories,
  NodeAction,
  OnError,
  ParameterValue,
  Step,
  Sweep,
  TaskType,
} from "../config/index.ts";
import type { ReuseDecision } from "./decision.ts";
import type { RetryPolicy } from "./retry.ts";

/** The user's request, before it is checked against the configuration. */
export interface RunRequest {
  /** Name of a pipeline or of a step; `kind` narrows it where both exist. */
  readonly target: string;
  readonly kind?: "step" | "pipeline" | "task";
  readonly parameters: readonly ParameterAssignment[];
  readonly inputs: readonly InputAssignment[];
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** The environment for all nodes, whatever their steps say: slug, name, or a part of one. */
  readonly environment?: string;
  /** A branch, a tag or a commit, whose code and configuration run; absent: those at hand. */
  readonly commit?: string;
  /** Nodes that run even where an earlier result could be used; `true`: all. */
  readonly fresh?: true | readonly string[];
  /** Many executions of the step, or of the task's step, in place of one. */
  readonly sweep?: SweepRequest;
}

/** The parameters that a request varies, and how: it replaces the rules of a task. */
export interface SweepRequest {
  /** An input or parameter: one execution for each of its files, or of its values. */
  readonly forEach?: string;
  /** Texts such as `2,4,8` or `1e-4..1e-1:log`. */
  readonly parameters: readonly { readonly name: string; readonly values: string }[];
  readonly method?: TaskType;
  /** Number of executions. */
  readonly trials?: number;
  /** `max:auc`; the first decides which is best. */
  readonly goals?: readonly string[];
  readonly seed?: number;
  /** Most executions at a time. */
  readonly parallel?: number;
}

/**
 * `name=value` (a pipeline parameter, or the parameter of a single step) or `node.name=value`. Values are unparsed
 * texts; a repeated name is a list.
 */
export interface ParameterAssignment {
  readonly node?: string;
  readonly name: string;
  readonly values: readonly string[];
}

export interface InputAssignment {
  readonly node?: string;
  readonly name: string;
  readonly uris: readonly string[];
}

/** A graph of node runs, ready to execute. Plain JSON: it is stored with the run and shown by `--dry-run`. */
export interface Plan {
  readonly kind: "step" | "pipeline" | "task";
  readonly name: string;
  /** In an order that respects the edges; ties in declaration order. */
  readonly nodes: readonly PlannedNode[];
  /**
   * Pipeline parameters as given or by default; those of a pipeline that the node `eu` runs stand as `eu.NAME`, unless
   * an edge brings their value.
   */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Nodes that run pipelines: their nodes are among `nodes`, as `eu.train`. Absent: none. */
  readonly groups?: readonly PlannedGroup[];
  /** The results that the pipeline names. Absent: none. */
  readonly outputs?: readonly PlannedOutput[];
  /** Title and tags that the pipeline gives its runs. */
  readonly title?: string;
  readonly tags?: readonly string[];
}

/** A node that runs a pipeline, whose nodes name it as their group. */
export interface PlannedGroup {
  /** Name of the node, after those of the groups around it: `eu`, `eu.clean`. */
  readonly name: string;
  readonly pipeline: string;
  /** The version of the code that the node names. */
  readonly commit?: string;
  /** The group around it. */
  readonly parent?: string;
}

/** A result of a node under a name of the pipeline's own. */
export interface PlannedOutput {
  readonly name: string;
  readonly description?: string;
  readonly node: string;
  readonly kind: "output" | "metadata";
  /** A pattern of files, or the key of the metadata. */
  readonly key: string;
  /** It is that of the best execution of a task. */
  readonly best?: true;
}

/**
 * A node of a plan, told apart by its kind. A kind of nodes is a member here, a shape in
 * `store/documents/plan-documents.ts` and a runner in `engine/node-runners/`.
 */
export type PlannedNode = PlannedExecution | PlannedTask;

/** The fields of nodes of every kind. */
interface PlannedAs<Kind extends string> {
  readonly kind: Kind;
  readonly name: string;
  /** Names of nodes that must have finished first (all edges, each name once). */
  readonly dependsOn: readonly string[];
  /** Absent: dependants of a failed node are skipped, the others finish. */
  readonly onError?: OnError;
  readonly actions: readonly NodeAction[];
  /** The group that it is a part of; one within another is named in full. */
  readonly group?: string;
}

/** One execution of a step at a time; more than one where it is tried again. */
export interface PlannedExecution extends PlannedStep<"execution"> {
  /** It is one of so many that run at the same time and know each other; follows from its task, and is in no record. */
  readonly members?: number;
}

/**
 * Many executions of a step, each with values of its own. `parameters` are those that all have; those that are varied
 * stand in the sweep. An edge may bring a parameter all values that it is to take.
 */
export interface PlannedTask extends PlannedStep<"task"> {
  /** Name of the task in the file; absent where the node names a step, or the request asks for the sweep. */
  readonly task?: string;
  readonly sweep: Sweep;
}

/** The fields of nodes that execute a step. */
interface PlannedStep<Kind extends string> extends PlannedAs<Kind> {
  /** The step with the node's override merged in. */
  readonly step: Step;
  /**
   * Values known before the run: request > pipeline parameter > override > step default. Flag defaults are sent
   * explicitly.
   */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Values that an edge brings while the pipeline runs; they replace the known value. */
  readonly parameterEdges: readonly ParameterEdge[];
  readonly inputs: readonly PlannedInput[];
  readonly environmentVariables: Readonly<Record<string, string>>;
  /**
   * Names of the secrets that its process gets besides. Their values stand in no plan and in no record: they are read
   * when it starts.
   */
  readonly secretVariables?: readonly string[];
  readonly environmentVariableEdges: readonly {
    readonly name: string;
    readonly node: string;
    readonly source: string;
  }[];
  readonly edgeMergeMode: EdgeMergeMode;
  /** Says how often and when a failed execution is tried again; absent: never. */
  readonly retry?: RetryPolicy;
  /**
   * Slug of the environment it runs in; chosen by services/plans/place-nodes.ts, which knows the installation. Absent:
   * `local`.
   */
  readonly environment?: string;
  /**
   * The reason why it runs even if an earlier result could be used: this run asked for it, the pipeline does, the run
   * checks an earlier one, or a person works with it. `task`: its task does. `distributed`: it is one of several that
   * work together.
   */
  readonly alwaysRuns?: "forced" | "pipeline" | "task" | "distributed" | "reproduction" | "interactive";
  /** The version of the code that it runs; absent: the run's. */
  readonly commit?: string;
  /** It does not run: the results of this execution stand in its place from the beginning (`run --from`). */
  readonly given?: { readonly executionId: string; readonly decision: ReuseDecision };
}

export interface ParameterEdge {
  readonly parameter: string;
  readonly from: {
    readonly kind: "parameter" | "metadata";
    readonly node: string;
    readonly key: string;
    /** The value is that of the best execution of a task. */
    readonly best?: true;
  };
}

export interface PlannedInput {
  readonly name: string;
  readonly optional: boolean;
  readonly keepDirectories: KeepDirectories;
  readonly filename?: string;
  readonly sources: readonly InputSource[];
}

export type InputSource =
  | { readonly kind: "uri"; readonly uri: string }
  /** Output files of a node whose name matches the glob. */
  | { readonly kind: "output"; readonly node: string; readonly pattern: string; readonly best?: true }
  /** The files that an input of another node received. */
  | { readonly kind: "input"; readonly node: string; readonly pattern: string }
  /** Stored files, under the names that an earlier execution saw (`run --from`), or the one file of a task's child. */
  | { readonly kind: "given"; readonly files: readonly FileRef[] };

/** A finished node hands on these results; the engine reads them from the store. */
export interface NodeResult {
  readonly outputs: readonly FileRef[];
  readonly inputs: Readonly<Record<string, readonly FileRef[]>>;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Last value per metadata key. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** There are keys beside those of `metadata`, whose values only the points have. */
  readonly hasMoreMetadata?: true;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** The files that it wrote to its working folder in place of outputs, in words. Absent: none, as far as is known. */
  readonly leftBehind?: string;
  /** For a task, whose results are those of all its executions: the results of the best one, if there is one. */
  readonly best?: NodeResult;
}

export interface FileRef {
  /** Path relative to the outputs or input folder, `/`-separated. */
  readonly name: string;
  /** The folder up to which an edge's pattern was literal: `models` of `models/*.pt`. Absent at the top. */
  readonly wildcardRoot?: string;
  readonly datumId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The properties that its maker gave it; the step finds them in `inputs.json`. Absent if there are none. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A node with everything filled in: its executor needs nothing else. */
export interface ResolvedNode {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly inputs: readonly ResolvedInput[];
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** Interpolated command lines, in order. */
  readonly command: readonly string[];
}

export interface ResolvedInput {
  readonly name: string;
  readonly keepDirectories: KeepDirectories;
  readonly filename?: string;
  /** Files that came over edges; they exist already. */
  readonly files: readonly FileRef[];
  /** URIs still to be fetched. */
  readonly uris: readonly string[];
}
