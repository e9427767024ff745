import type { EdgeMergeMode, KeepDirectories, NodeAction, OnError, ParameterValue, Step } from "../config/index.ts";
import type { ReuseDecision } from "./decision.ts";
import type { RetryPolicy } from "./retry.ts";

/** What the user asked for, before it is held against the configuration. */
export interface RunRequest {
  /** Name of a pipeline or of a step; `kind` narrows it where both exist. */
  readonly target: string;
  readonly kind?: "step" | "pipeline";
  readonly parameters: readonly ParameterAssignment[];
  readonly inputs: readonly InputAssignment[];
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** The environment for all nodes, whatever their steps say: slug, name, or a part of one. */
  readonly environment?: string;
  /** Nodes that run even where an earlier result could be used; `true`: all. */
  readonly fresh?: true | readonly string[];
}

/** `name=value` (a pipeline parameter, or the parameter of a single step) or `node.name=value`. Values are unparsed texts; a repeated name is a list. */
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
  readonly kind: "step" | "pipeline";
  readonly name: string;
  /** In an order that respects the edges; ties in declaration order. */
  readonly nodes: readonly PlannedNode[];
  /** Pipeline parameters as given or by default. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export interface PlannedNode {
  readonly name: string;
  /** The step with the node's override merged in. */
  readonly step: Step;
  /** Values known before the run: request > pipeline parameter > override > step default. Flag defaults are sent explicitly. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Values that an edge brings while the pipeline runs; they replace the known value. */
  readonly parameterEdges: readonly ParameterEdge[];
  readonly inputs: readonly PlannedInput[];
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly environmentVariableEdges: readonly { readonly name: string; readonly node: string; readonly source: string }[];
  /** Names of nodes that must have finished first (all edges, each name once). */
  readonly dependsOn: readonly string[];
  /** Absent: dependants of a failed node are skipped, the others finish. */
  readonly onError?: OnError;
  readonly edgeMergeMode: EdgeMergeMode;
  readonly actions: readonly NodeAction[];
  /** How often and when a failed execution is tried again; absent: never. */
  readonly retry?: RetryPolicy;
  /** Slug of the environment it runs in; chosen by app/place-nodes.ts, which knows the installation. Absent: `local`. */
  readonly environment?: string;
  /** Why it runs even where an earlier result could be used: this run asked for it, the pipeline does, the run checks an earlier one, or a person works with it. */
  readonly alwaysRuns?: "forced" | "pipeline" | "reproduction" | "interactive";
  /** It does not run: the results of this execution stand in its place from the beginning (`run --from`). */
  readonly given?: { readonly executionId: string; readonly decision: ReuseDecision };
}

export interface ParameterEdge {
  readonly parameter: string;
  readonly from: { readonly kind: "parameter" | "metadata"; readonly node: string; readonly key: string };
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
  | { readonly kind: "output"; readonly node: string; readonly pattern: string }
  /** The files that an input of another node received. */
  | { readonly kind: "input"; readonly node: string; readonly pattern: string }
  /** Stored files, under the names that an earlier execution saw (`run --from`). */
  | { readonly kind: "given"; readonly files: readonly FileRef[] };

/** What a finished node hands on; the engine reads it from the store. */
export interface NodeResult {
  readonly outputs: readonly FileRef[];
  readonly inputs: Readonly<Record<string, readonly FileRef[]>>;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Last value per metadata key. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** There are keys beside those of `metadata`, whose values only the points have. */
  readonly hasMoreMetadata?: true;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** What it wrote to its working folder in place of outputs, in words. Absent: nothing, as far as is known. */
  readonly leftBehind?: string;
}

export interface FileRef {
  /** Path relative to the outputs or input folder, `/`-separated. */
  readonly name: string;
  /** The folder up to which an edge's pattern was literal: `models` of `models/*.pt`. Absent at the top. */
  readonly wildcardRoot?: string;
  readonly datumId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** What its maker said of it; the step finds it in `inputs.json`. Absent where there is nothing. */
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
