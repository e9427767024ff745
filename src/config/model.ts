/**
 * The typed form of a valohai.yaml: what parsing yields and every other room reads. Everything here is plain JSON data
 * (no maps, no classes), so that a plan can be stored and shown as it is. Absent optional keys are absent, lists are
 * never absent. Durations are seconds, sizes are bytes unless the name says otherwise.
 */

import type { StepCheck } from "./checks/expectation.ts";
import type { Goal } from "./task/goal.ts";

export type Scalar = string | number | boolean | null;
export type ParameterValue = Scalar | readonly Scalar[];

export interface Config {
  readonly steps: readonly Step[];
  readonly pipelines: readonly Pipeline[];
  readonly tasks: readonly TaskBlueprint[];
  readonly endpoints: readonly Endpoint[];
  readonly deployments: readonly Deployment[];
  /** Extension: the models of which runs make versions. */
  readonly models: readonly Model[];
  /** Project-wide defaults of our own (`- project:` item, see docs/file-format.md). */
  readonly project: ProjectDefaults;
}

export interface ProjectDefaults {
  readonly python?: PythonSpec;
}

export interface Step {
  readonly name: string;
  readonly image: string;
  /** As written, not yet interpolated: one entry per list item. A text is one entry, even one of several lines. */
  readonly command: readonly string[];
  readonly description?: string;
  readonly category?: string;
  readonly icon?: string;
  readonly environment?: string;
  readonly runtimeConfigPreset?: string;
  readonly environmentVariables: readonly EnvironmentVariable[];
  readonly environmentVariableGroups: readonly string[];
  readonly inputs: readonly Input[];
  readonly outputs: readonly DeclaredOutput[];
  readonly parameters: readonly Parameter[];
  readonly mounts: readonly Mount[];
  readonly cacheVolumes: readonly string[];
  readonly resources?: Resources;
  readonly timeLimitS?: number;
  readonly noOutputTimeoutS?: number;
  readonly stopCondition?: string;
  readonly uploadStore?: string;
  readonly sourcePath?: string;
  /** True if an execution that the end of its cloud machine interrupted starts again. */
  readonly autorestart?: boolean;
  /** Extension: the Python environment of the step. */
  readonly python?: PythonSpec;
  /** Extension: what decides whether an earlier result is reused. */
  readonly reuse?: ReuseSpec;
  /** Extension: when a failed execution is tried again. */
  readonly retry?: RetrySpec;
  /** Extension: what inputs, outputs and metadata of the step are expected to be. */
  readonly checks?: readonly StepCheck[];
  /** Extension: the models of the file, of which its outputs may make versions; filled in when a run is planned. */
  readonly models?: readonly Model[];
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly default?: string;
  readonly description?: string;
  readonly optional: boolean;
}

export type KeepDirectories = "none" | "full" | "suffix";

export interface Input {
  readonly name: string;
  readonly default: readonly string[];
  readonly optional: boolean;
  readonly description?: string;
  readonly keepDirectories: KeepDirectories;
  readonly filename?: string;
  readonly download: "always" | "on-demand";
}

export interface DeclaredOutput {
  readonly name: string;
  readonly description?: string;
  /** Extension: the dataset of which its files make a new version. */
  readonly dataset?: string;
  /** Extension: the model of which its files make a new version. */
  readonly model?: string;
}

/** Extension: a model, of which runs make versions. */
export interface Model {
  readonly name: string;
  readonly description?: string;
  /** New versions get them. */
  readonly tags: readonly string[];
  /** Absent: a person decides. */
  readonly approve?: ApprovalRule;
  /** Nothing acts upon it yet. */
  readonly deploy?: Readonly<Record<string, unknown>>;
}

/** The evidence that decides about a new version of a model. */
export interface ApprovalRule {
  /** Expressions; all have to hold. */
  readonly require: readonly string[];
  /** Names of the inputs on which both have to have been measured; empty: those of usual names. */
  readonly evaluation: readonly string[];
}

export type ParameterType = "string" | "integer" | "float" | "flag";
export type MultipleMode = "none" | "repeat" | "separate";

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly default?: ParameterValue;
  /**
   * The text that Python's `str()` prints for each default value, if the number itself does not tell: `1` and `1.0` are
   * one number here but two texts on a command line. One text per value; absent where every value prints as its type
   * says.
   */
  readonly defaultTexts?: readonly string[];
  readonly optional: boolean;
  readonly description?: string;
  readonly category?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly Scalar[];
  readonly multiple: MultipleMode;
  readonly multipleSeparator: string;
  readonly passAs?: string;
  readonly passTrueAs?: string;
  readonly passFalseAs?: string;
  readonly widget?: { readonly type: string; readonly settings: Readonly<Record<string, unknown>> };
}

export interface Mount {
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
  readonly type?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Resources {
  readonly cpu?: { readonly min?: number; readonly max?: number };
  /** MB, as the format has it. */
  readonly memory?: { readonly min?: number; readonly max?: number };
  readonly ephemeralStorage?: { readonly min?: number; readonly max?: number };
  readonly devices?: Readonly<Record<string, number>>;
}

export interface PythonSpec {
  /** Path of a requirements or lock file, relative to the project's root. */
  readonly requirements?: string;
  readonly packages: readonly string[];
  /** Wanted interpreter version, e.g. "3.11". */
  readonly version?: string;
  /** Variables for what builds the environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ReuseSpec {
  readonly enabled: boolean;
  /** Globs of the code that counts, or what finds it. */
  readonly code: readonly string[] | "auto" | "all" | "read";
}

export interface RetrySpec {
  readonly limit: number;
  readonly backoffS: number;
  /** Exit codes and the words signal, timeout, lost, memory; empty: any failure. */
  readonly on: readonly (number | "signal" | "timeout" | "lost" | "memory")[];
}

export type OnError = "stop-all" | "stop-next" | "continue" | "retry";
export type EdgeMergeMode = "replace" | "append";

export interface Pipeline {
  readonly name: string;
  readonly nodes: readonly PipelineNode[];
  readonly edges: readonly Edge[];
  readonly parameters: readonly PipelineParameter[];
  /** Extension: files that are handed to inputs of its nodes. */
  readonly inputs?: readonly PipelineInput[];
  /** Extension: results of its nodes, under names of its own. */
  readonly outputs?: readonly PipelineOutput[];
  /** Extension: the title of its runs; `{parameter-value:NAME}` stands for the value of a pipeline parameter. */
  readonly title?: string;
  /** Extension: tags of its runs, in the same form. */
  readonly tags?: readonly string[];
  /** False only where the file says so: reuse is the rule. */
  readonly reuseExecutions: boolean;
}

export type PipelineNode = ExecutionNode | TaskNode | DeploymentNode | SubPipelineNode;
/** A node of a kind that the format of Valohai has. */
export type PlainNode = Exclude<PipelineNode, SubPipelineNode>;

/** Extension: a node that runs another pipeline, whose inputs, parameters and outputs are its sockets. */
export interface SubPipelineNode {
  readonly type: "pipeline";
  readonly name: string;
  readonly pipeline: string;
  readonly commit?: string;
  readonly override?: PipelineOverride;
  /** Read, so that lint can say where actions belong. */
  readonly actions: readonly NodeAction[];
  /** The rule for those of its nodes that have none of their own. */
  readonly onError?: OnError;
}

/** Other defaults for a pipeline's inputs and parameters; one that is named without a default loses its own. */
export interface PipelineOverride {
  readonly inputs: readonly { readonly name: string; readonly default: readonly string[] }[];
  readonly parameters: readonly { readonly name: string; readonly default?: ParameterValue }[];
}

export interface ExecutionNode {
  readonly type: "execution";
  readonly name: string;
  readonly step: string;
  readonly commit?: string;
  readonly override?: NodeOverride;
  readonly actions: readonly NodeAction[];
  /** As written; nothing written is `stop-all`. */
  readonly onError?: OnError;
  readonly edgeMergeMode: EdgeMergeMode;
}

export interface TaskNode {
  readonly type: "task";
  readonly name: string;
  /** Exactly one of `step` and `task` is present. */
  readonly step?: string;
  readonly task?: string;
  /** Extension: the input or parameter of `step` of which each execution gets one file or value. */
  readonly forEach?: string;
  readonly commit?: string;
  readonly override?: NodeOverride;
  readonly actions: readonly NodeAction[];
  /** As written; nothing written is `stop-all`. */
  readonly onError?: OnError;
  readonly edgeMergeMode: EdgeMergeMode;
}

export interface DeploymentNode {
  readonly type: "deployment";
  readonly name: string;
  readonly deployment: string;
  readonly endpoints: readonly string[];
  readonly aliases: readonly string[];
  readonly actions: readonly NodeAction[];
  /** As written; nothing written is `stop-all`. */
  readonly onError?: OnError;
}

/** Whole items replace the step's items of the same name; an input named without a default loses its default. */
export interface NodeOverride {
  readonly command?: readonly string[];
  readonly environment?: string;
  readonly environmentVariables?: readonly EnvironmentVariable[];
  readonly image?: string;
  readonly inputs?: readonly Input[];
  readonly mounts?: readonly Mount[];
  readonly parameters?: readonly Parameter[];
  readonly runtimeConfigPreset?: string;
  readonly autorestart?: boolean;
}

export interface NodeAction {
  readonly when: readonly string[];
  readonly if: readonly string[];
  readonly then: readonly string[];
  /** So many seconds after a request for approval the answer is `onTimeout`, unless somebody was faster. */
  readonly timeoutS?: number;
  readonly onTimeout?: "approve" | "reject";
  /** Each time so many seconds after a request for approval it is said again that nobody has answered. */
  readonly remindS?: number;
}

/** Socket types after normalisation (the plural spellings are read as the singular). */
export type SocketType =
  | "output"
  | "input"
  | "parameter"
  | "metadata"
  | "file"
  | "environment-variable"
  | "dependency"
  | "deployment";

export interface Socket {
  readonly node: string;
  readonly type: SocketType;
  readonly key: string;
  /** Extension: the result of a task node's best execution, and not those of all. */
  readonly best?: true;
}

export interface Edge {
  readonly source: Socket;
  readonly target: Socket;
  readonly configuration: Readonly<Record<string, unknown>>;
}

export interface PipelineParameter {
  readonly name: string;
  readonly targets: readonly Socket[];
  readonly default?: ParameterValue;
  readonly category?: string;
  readonly description?: string;
}

/** URIs that take the place of the defaults of the inputs to which they are handed. */
export interface PipelineInput {
  readonly name: string;
  readonly targets: readonly Socket[];
  readonly default: readonly string[];
  readonly description?: string;
}

/** Files (`train.output.*.pkl`) or last value (`train.metadata.auc`) of a node, or of the best execution of a task. */
export interface PipelineOutput {
  readonly name: string;
  readonly source: Socket;
  readonly description?: string;
}

/** `quasi_random` is an extension. */
export type TaskType =
  | "grid_search"
  | "random_search"
  | "manual_search"
  | "bayesian_tpe"
  | "distributed"
  | "quasi_random";
export type OnChildError = "continue-and-complete" | "continue-and-error" | "stop-all-and-error";

export interface TaskBlueprint {
  readonly name: string;
  readonly step: string;
  readonly type: TaskType;
  readonly description?: string;
  readonly engine?: "optuna" | "hyperopt";
  readonly executionCount?: number;
  readonly executionBatchSize?: number;
  readonly maximumQueuedExecutions?: number;
  readonly onChildError?: OnChildError;
  readonly optimizationTargetMetric?: string;
  readonly optimizationTargetValue?: number;
  readonly stopCondition?: string;
  /** False only where the file says so: reuse is the rule. */
  readonly reuseChildren: boolean;
  /** Extension: what is looked for in the metadata. */
  readonly goals: readonly Goal[];
  /** Extension: another seed makes other suggestions. */
  readonly seed?: number;
  /** Extension: the input or parameter of which each execution gets one file or value. */
  readonly forEach?: string;
  /** Extension: executions that do worse than others are stopped. */
  readonly earlyStopping?: EarlyStoppingSpec;
  readonly parameters: readonly VariantParameter[];
  readonly parameterSets: readonly Readonly<Record<string, ParameterValue>>[];
}

export interface EarlyStoppingSpec {
  readonly method?: "asha" | "median";
  readonly metric?: string;
  readonly step?: string;
  readonly min?: number;
  readonly factor?: number;
  readonly startup?: number;
}

export interface VariantParameter {
  readonly name: string;
  readonly style: "linear" | "logspace" | "multiple" | "random" | "single";
  readonly rules: Readonly<Record<string, unknown>>;
}

export interface Endpoint {
  readonly name: string;
  readonly image: string;
  readonly description?: string;
  readonly port: number;
  readonly serverCommand?: readonly string[];
  readonly wsgi?: string;
  readonly files: readonly { readonly name: string; readonly path: string; readonly description?: string }[];
  readonly nodeSelector?: string;
  readonly resources?: Resources;
  readonly tolerations: readonly Readonly<Record<string, string>>[];
  readonly workspaceVolume?: {
    readonly mountPath: string;
    readonly sizeGib: number;
    readonly storageClassName?: string;
  };
  readonly sharedVolumes: readonly {
    readonly pvcName: string;
    readonly mountPath: string;
    readonly subPath?: string;
    readonly readOnly: boolean;
  }[];
}

export interface Deployment {
  readonly name: string;
  readonly defaults: Readonly<Record<string, unknown>>;
}
