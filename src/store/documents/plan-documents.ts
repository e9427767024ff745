import type { ApprovalRule, ParameterValue, Step, StepCheck } from "../../config/index.ts";
import type {
  CodeShare,
  NodeDecision,
  PlannedExecution,
  PlannedGroup,
  PlannedNode,
  PlannedOutput,
  PlannedTask,
  ResolvedInput,
} from "../../planning/index.ts";
import { DocumentKind } from "./document-kind.ts";
import {
  anything,
  either,
  type Fields,
  flag,
  kinds,
  list,
  literal,
  number,
  object,
  optional,
  record,
  type Shape,
  text,
} from "./shape.ts";
import { sweep } from "./sweep-document.ts";

type FileRef = ResolvedInput["files"][number];
type PlannedInput = PlannedNode["inputs"][number];
type RunReason = Extract<NodeDecision, { readonly kind: "ran" }>["why"];

const scalar: Shape<string | number | boolean | null> = (value) =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? undefined
    : " is no scalar";
export const parameterValue: Shape<ParameterValue> = (value) =>
  Array.isArray(value) ? list(scalar)(value) : scalar(value);
const parameters = record(parameterValue);
const texts = record(text);
const keepDirectories = literal("none", "full", "suffix");

export const fileRef = object<FileRef>({
  name: text,
  wildcardRoot: optional(text),
  datumId: text,
  sha256: text,
  sizeBytes: number,
  properties: optional(record(anything)),
});

const span = object<{ readonly min?: number; readonly max?: number }>({ min: optional(number), max: optional(number) });

const python = object<NonNullable<Step["python"]>>({
  requirements: optional(text),
  packages: list(text),
  version: optional(text),
  environment: optional(texts),
});

/** Their rules are read by the one room that made them. */
const rules: Shape<never> = list(anything) as Shape<never>;
const tableCheck = {
  expectations: rules,
  drift: optional(anything as Shape<never>),
  examples: number,
  redact: list(text),
};
const stepCheck = kinds<StepCheck>({
  input: object({ input: text, files: optional(text), ...tableCheck }),
  output: object({ output: text, ...tableCheck }),
  metadata: object({ expectations: rules }),
});

const step = object<Step>({
  name: text,
  image: text,
  command: list(text),
  description: optional(text),
  category: optional(text),
  icon: optional(text),
  environment: optional(text),
  runtimeConfigPreset: optional(text),
  environmentVariables: list(
    object<Step["environmentVariables"][number]>({
      name: text,
      default: optional(text),
      description: optional(text),
      optional: flag,
    }),
  ),
  environmentVariableGroups: list(text),
  inputs: list(
    object<Step["inputs"][number]>({
      ...{
        name: text,
        default: list(text),
        optional: flag,
        description: optional(text),
        keepDirectories,
        filename: optional(text),
      },
      download: literal("always", "on-demand"),
    }),
  ),
  outputs: list(
    object<Step["outputs"][number]>({
      name: text,
      description: optional(text),
      dataset: optional(text),
      model: optional(text),
    }),
  ),
  parameters: list(
    object<Step["parameters"][number]>({
      ...{ name: text, type: literal("string", "integer", "float", "flag"), default: optional(parameterValue) },
      ...{ defaultTexts: optional(list(text)), optional: flag, description: optional(text), category: optional(text) },
      ...{ min: optional(number), max: optional(number), choices: optional(list(scalar)) },
      ...{ multiple: literal("none", "repeat", "separate"), multipleSeparator: text },
      ...{ passAs: optional(text), passTrueAs: optional(text), passFalseAs: optional(text) },
      widget: optional(
        object<{ readonly type: string; readonly settings: Readonly<Record<string, unknown>> }>({
          type: text,
          settings: record(anything),
        }),
      ),
    }),
  ),
  mounts: list(
    object<Step["mounts"][number]>({
      source: text,
      destination: text,
      readonly: flag,
      type: optional(text),
      options: record(anything),
    }),
  ),
  cacheVolumes: list(text),
  resources: optional(
    object<NonNullable<Step["resources"]>>({
      ...{
        cpu: optional(span),
        memory: optional(span),
        ephemeralStorage: optional(span),
        devices: optional(record(number)),
      },
    }),
  ),
  timeLimitS: optional(number),
  noOutputTimeoutS: optional(number),
  stopCondition: optional(text),
  uploadStore: optional(text),
  sourcePath: optional(text),
  autorestart: optional(flag),
  python: optional(python),
  reuse: optional(
    object<NonNullable<Step["reuse"]>>({ enabled: flag, code: either(list(text), literal("auto", "all", "read")) }),
  ),
  retry: optional(
    object<NonNullable<Step["retry"]>>({
      ...{ limit: number, backoffS: number, on: list(either(number, literal("signal", "timeout", "lost", "memory"))) },
    }),
  ),
  checks: optional(list(stepCheck)),
  models: optional(
    list(
      object<NonNullable<Step["models"]>[number]>({
        ...{ name: text, description: optional(text), tags: list(text), deploy: optional(record(anything)) },
        approve: optional(object<ApprovalRule>({ require: list(text), evaluation: list(text) })),
      }),
    ),
  ),
});

const codeShare = kinds<CodeShare>({
  trace: object({ sha256: text }),
  read: object({ sha256: text, why: text }),
  globs: object({ globs: list(text), sha256: text }),
  snapshot: object({
    manifestSha256: text,
    why: kinds<Extract<CodeShare, { readonly kind: "snapshot" }>["why"]>({
      asked: object({}),
      unseen: object({ message: text }),
    }),
  }),
  unknown: object({ why: text }),
});

const reuseDecision = { execution: number, code: codeShare, given: optional(literal(true)) };

const decision = kinds<NodeDecision>({
  reused: object(reuseDecision),
  ran: object({
    why: kinds<RunReason>({
      ...{ "first-time": object({}), forced: object({}), reproduction: object({}), interactive: object({}) },
      taken: object({ execution: number, node: text }),
      off: object({ by: literal("step", "pipeline", "task", "distributed", "checks") }),
      ...{ changed: object({}), "code-changed": object({}) },
      "outputs-gone": object({ files: list(text) }),
      "inputs-unavailable": object({ message: text }),
    }),
    nearest: optional(number),
  }),
});

/** A planned node as its row has it: without its step, which it may share with thousands. */
export type StoredNode = WithoutStep<PlannedNode>;
type WithoutStep<Node> = Node extends PlannedNode ? Omit<Node, "step"> : never;

const plannedFields: Fields<Omit<PlannedExecution, "step" | "kind" | "members">> = {
  name: text,
  parameters,
  parameterEdges: list(
    object<PlannedNode["parameterEdges"][number]>({
      parameter: text,
      from: object<PlannedNode["parameterEdges"][number]["from"]>({
        kind: literal("parameter", "metadata"),
        node: text,
        key: text,
        best: optional(literal(true)),
      }),
    }),
  ),
  inputs: list(
    object<PlannedInput>({
      ...{ name: text, optional: flag, keepDirectories, filename: optional(text) },
      sources: list(
        kinds<PlannedInput["sources"][number]>({
          uri: object({ uri: text }),
          output: object({ node: text, pattern: text, best: optional(literal(true)) }),
          input: object({ node: text, pattern: text }),
          given: object({ files: list(fileRef) }),
        }),
      ),
    }),
  ),
  environmentVariables: texts,
  secretVariables: optional(list(text)),
  environmentVariableEdges: list(
    object<PlannedNode["environmentVariableEdges"][number]>({ name: text, node: text, source: text }),
  ),
  dependsOn: list(text),
  group: optional(text),
  commit: optional(text),
  onError: optional(literal("stop-all", "stop-next", "continue", "retry")),
  edgeMergeMode: literal("replace", "append"),
  actions: list(
    object<PlannedNode["actions"][number]>({
      // biome-ignore lint/suspicious/noThenProperty: the name in the file format
      ...{ when: list(text), if: list(text), then: list(text) },
      ...{ timeoutS: optional(number), onTimeout: optional(literal("approve", "reject")) },
      remindS: optional(number),
    }),
  ),
  retry: optional(
    object<NonNullable<PlannedNode["retry"]>>({
      ...{
        attempts: number,
        backoffMs: number,
        on: list(either(number, literal("signal", "timeout", "lost", "memory"))),
      },
    }),
  ),
  environment: optional(text),
  alwaysRuns: optional(literal("forced", "pipeline", "task", "distributed", "reproduction", "interactive")),
  given: optional(
    object<NonNullable<PlannedNode["given"]>>({
      executionId: text,
      decision: object<NonNullable<PlannedNode["given"]>["decision"]>({ kind: literal("reused"), ...reuseDecision }),
    }),
  ),
};
const plannedExecution = object<Omit<PlannedExecution, "step" | "kind" | "members">>(plannedFields);
const plannedTask = object<Omit<PlannedTask, "step" | "kind">>({ ...plannedFields, task: optional(text), sweep });

const resolvedInput = object<ResolvedInput>({
  ...{ name: text, keepDirectories, filename: optional(text), files: list(fileRef), uris: list(text) },
});

export const PLANNED_STEP = new DocumentKind("planned step", step);
export const PLANNED_NODE = new DocumentKind(
  "planned node",
  kinds<StoredNode>({ execution: plannedExecution, task: plannedTask }),
  [asExecution],
);

/** The parts of a plan that concern no single node. */
export interface PlanParts {
  readonly groups: readonly PlannedGroup[];
  readonly outputs: readonly PlannedOutput[];
}
export const PLAN_PARTS = new DocumentKind(
  "set of parts of a plan",
  object<PlanParts>({
    groups: list(object<PlannedGroup>({ name: text, pipeline: text, commit: optional(text), parent: optional(text) })),
    outputs: list(
      object<PlannedOutput>({
        ...{ name: text, description: optional(text), node: text, kind: literal("output", "metadata"), key: text },
        best: optional(literal(true)),
      }),
    ),
  }),
);

/** In version 1 all nodes were executions. */
function asExecution(node: unknown): unknown {
  return typeof node === "object" ? { kind: "execution", ...node } : node;
}

/** The step that stands apart; undefined for nodes that have none. */
export function stepOf(node: PlannedNode): PlannedExecution["step"] | undefined {
  return node.step;
}

/** Puts a node and its step together again. */
export function withStep(node: StoredNode, step: PlannedExecution["step"] | undefined): PlannedNode {
  if (step === undefined) throw new Error(`the planned node ${node.name} lacks its step`);
  return { ...node, step };
}
/** The file that an execution of a task has by itself. */
export const CHILD_FILE = new DocumentKind("file of an execution", fileRef);
export const NODE_DECISION = new DocumentKind("decision about a node", decision);
export const CODE_SHARE = new DocumentKind("code share", codeShare);
/** The documents of one row have one version: what an execution is given … */
export const COMMAND = new DocumentKind("command", list(text));
export const PARAMETERS = new DocumentKind("set of parameters", parameters);
export const RESOLVED_INPUTS = new DocumentKind("list of inputs", list(resolvedInput));
export const VARIABLES = new DocumentKind("set of environment variables", texts);
