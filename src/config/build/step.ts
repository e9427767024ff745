import type * as z from "zod";
import { stepChecksOf } from "../checks/step-checks-of.ts";
import type {
  DeclaredOutput,
  EnvironmentVariable,
  Input,
  Mount,
  NodeOverride,
  PythonSpec,
  Resources,
  RetrySpec,
  ReuseSpec,
  Step,
} from "../model.ts";
import type { Path } from "../report/problem.ts";
import type { pythonSchema, retrySchema, reuseSchema } from "../schema/extensions.ts";
import type {
  endpointResourcesSchema,
  environmentVariableSchema,
  inputSchema,
  mountSchema,
  outputSchema,
} from "../schema/parts.ts";
import type { OverrideSource, StepSource } from "../schema/step.ts";
import { durationOf } from "./duration-of.ts";
import { buildParameter } from "./parameter.ts";
import { plainMapping } from "./plain-value.ts";
import { builtList, filled, listed, NONE, present } from "./present.ts";
import type { Report } from "./report.ts";
import { type Placed, uniqueEntries } from "./unique.ts";

/** A step and where it stands. */
export interface PlacedStep extends Placed<Step> {
  /** True if `command` is a single text, which a list of one entry looks like in the model. */
  readonly commandIsText: boolean;
}

/** The step that a checked mapping describes. */
export function buildStep(source: StepSource, path: Path, report: Report): Step {
  return present({
    name: source.name,
    image: source.image ?? "",
    command: listed(source.command),
    description: source.description,
    category: filled(source.category),
    icon: filled(source.icon),
    environment: filled(source.environment),
    runtimeConfigPreset: filled(source["runtime-config-preset"]),
    ...buildLists(source, path, report),
    environmentVariableGroups: withoutBlanks(source["environment-variable-groups"]),
    outputs: buildOutputs(source.outputs, path, report),
    cacheVolumes: withoutBlanks(source["cache-volumes"]),
    resources: buildResources(source.resources),
    timeLimitS: durationOf(source["time-limit"], [...path, "time-limit"], report),
    noOutputTimeoutS: durationOf(source["no-output-timeout"], [...path, "no-output-timeout"], report),
    stopCondition: source["stop-condition"],
    uploadStore: filled(source["upload-store"]),
    sourcePath: source["source-path"],
    autorestart: source.autorestart,
    python: buildPython(source.python),
    reuse: buildReuse(source.reuse),
    retry: buildRetry(source.retry, [...path, "retry"], report),
    checks: buildChecks(source, path, report),
  }) as Step;
}

/** Returns what a node changes in its step; only what is written is present. */
export function buildOverride(
  source: OverrideSource | undefined,
  path: Path,
  report: Report,
): NodeOverride | undefined {
  if (source === undefined) return undefined;
  const lists = buildLists(source, path, report);
  return present({
    command: source.command === undefined ? undefined : listed(source.command),
    image: filled(source.image),
    environment: filled(source.environment),
    environmentVariables: source["environment-variables"] && lists.environmentVariables,
    inputs: source.inputs && lists.inputs,
    parameters: source.parameters && lists.parameters,
    mounts: source.mounts && lists.mounts,
    runtimeConfigPreset: filled(source["runtime-config-preset"]),
    autorestart: source.autorestart,
  });
}

function buildLists(source: OverrideSource, path: Path, report: Report) {
  const variables = builtList(source["environment-variables"], buildEnvironmentVariable);
  const inputs = builtList(source.inputs, buildInput);
  const parameters = builtList(source.parameters, (parameter, index) =>
    buildParameter(parameter, [...path, "parameters", index], report),
  );
  return {
    environmentVariables: uniqueEntries("environment variables", variables, [...path, "environment-variables"], report),
    inputs: uniqueEntries("inputs", inputs, [...path, "inputs"], report),
    parameters: uniqueEntries("parameters", parameters, [...path, "parameters"], report),
    mounts: builtList(source.mounts, buildMount),
  };
}

function withoutBlanks(source: readonly string[] | undefined): readonly string[] {
  return source === undefined ? NONE : source.filter((text) => text !== "");
}

function buildEnvironmentVariable(source: z.infer<typeof environmentVariableSchema>): EnvironmentVariable {
  return present({
    name: source.name,
    default: source.default,
    description: source.description,
    optional: source.optional ?? true,
  }) as EnvironmentVariable;
}

function buildInput(source: z.infer<typeof inputSchema>): Input {
  const keep = source["keep-directories"] ?? false;
  return present({
    name: source.name,
    default: listed(source.default),
    optional: source.optional ?? false,
    description: source.description,
    keepDirectories: keep === true ? "full" : keep === false ? "none" : keep,
    filename: source.filename,
    download: source.download ?? "always",
  }) as Input;
}

function buildOutputs(
  source: readonly z.infer<typeof outputSchema>[] | undefined,
  path: Path,
  report: Report,
): readonly DeclaredOutput[] {
  const outputs = builtList(
    source,
    ({ name, description, dataset, model }) => present({ name, description, dataset, model }) as DeclaredOutput,
  );
  return uniqueEntries("outputs", outputs, [...path, "outputs"], report);
}

/** A mount of a step, or of an environment. */
export function buildMount(source: z.infer<typeof mountSchema>): Mount {
  if (typeof source === "string") {
    const colon = source.indexOf(":");
    return { source: source.slice(0, colon), destination: source.slice(colon + 1), readonly: false, options: {} };
  }
  return present({
    source: source.source,
    destination: source.destination,
    readonly: source.readonly ?? false,
    type: filled(source.type)?.toLowerCase(),
    options: plainMapping(source.options),
  }) as Mount;
}

/** Resources of a step or an endpoint. */
export function buildResources(source: z.infer<typeof endpointResourcesSchema> | undefined): Resources | undefined {
  if (source === undefined) return undefined;
  return present({
    cpu: source.cpu && present(source.cpu),
    memory: source.memory && present(source.memory),
    ephemeralStorage: source["ephemeral-storage"] && present(source["ephemeral-storage"]),
    devices: source.devices,
  });
}

/** The Python environment of a step or of the project. */
export function buildPython(source: z.infer<typeof pythonSchema> | undefined): PythonSpec | undefined {
  if (source === undefined) return undefined;
  return present({
    requirements: source.requirements,
    packages: source.packages ?? [],
    version: source.version,
    environment: source.environment,
  }) as PythonSpec;
}

function buildReuse(source: z.infer<typeof reuseSchema> | undefined): ReuseSpec | undefined {
  if (source === undefined) return undefined;
  if (typeof source === "boolean") return { enabled: source, code: "auto" };
  return { enabled: source.enabled ?? true, code: source.code ?? "auto" };
}

function buildChecks(source: StepSource, path: Path, report: Report): Step["checks"] {
  if (source.checks === undefined || source.checks.length === 0) return undefined;
  const inputs = (source.inputs ?? []).map(({ name }) => name);
  const { checks, problems } = stepChecksOf(source.checks, inputs);
  for (const { path: place, message, hint } of problems)
    report("wrong-check", [...path, ...place], message, { mark: "key", ...(hint !== undefined && { hint }) });
  return checks;
}

function buildRetry(
  source: z.infer<typeof retrySchema> | undefined,
  path: Path,
  report: Report,
): RetrySpec | undefined {
  if (source === undefined) return undefined;
  // Zero is what it says, no wait; only below it is there nothing that could be meant.
  const backoffS = source.backoff === 0 ? 0 : durationOf(source.backoff, [...path, "backoff"], report, "wait");
  return { limit: source.limit ?? 1, backoffS: backoffS ?? 0, on: source.on ?? [] };
}
