import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ParameterValue, runsNotebook } from "../config/index.ts";
import {
  type ExecutionFolder,
  executionFolder,
  explainDiskFailure,
  type PlacedInput,
  placeInputs,
  prepareFolder,
  type StepFacts,
  type StepInput,
  stepEnvironment,
  writeConfigFiles,
} from "../contract/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import type { JobSpec, Preparation } from "../executors/index.ts";
import { faultPoint } from "../fault-point.ts";
import { stepResources } from "../settings/index.ts";
import { checkInputs } from "./check-step.ts";
import type { EngineParts, ExecutionPlace } from "./engine-parts.ts";
import type { StepRun } from "./execute-step.ts";
import { fetchInputs } from "./fetch-inputs.ts";
import { requireScript } from "./require-script.ts";
import type { GivenDevices } from "./resource-slots/device-locks.ts";
import { creatorName, creatorOf } from "./step-creator.ts";

/** A place that is ready for the step's process. */
export interface PreparedStep {
  readonly place: ExecutionPlace;
  readonly folder: ExecutionFolder;
  readonly job: JobSpec;
  readonly preparation: MarkedPreparation;
  /**
   * The start of the step's process, if an earlier engine had come that far. By the machine's clock, the only one that
   * both engines share.
   */
  readonly startedAt?: number;
}

/** As it stands in the marker. */
interface MarkedPreparation extends Preparation {
  readonly given?: GivenDevices;
}

/**
 * Makes the place of a step: folder, code, inputs, config files, and what the executor needs. A crash in the middle is
 * followed by doing all of it again; once the marker stands, an adopting engine changes nothing beneath a step that may
 * be running. Inputs that are not as expected are told by `InputsRefused`.
 */
export async function prepareStep(
  parts: EngineParts,
  step: StepRun,
  devices: GivenDevices = {},
): Promise<PreparedStep> {
  const place = await parts.placeOf(step.execution);
  const folder = executionFolder(place.folder);
  const marker = markerOf(place.folder);
  const earlier = readMarker(marker);
  if (earlier !== undefined) return { place, folder, job: jobOf(parts, step, place), ...earlier };
  const { job, preparation, inputs } = await fillFolder(parts, step, place, devices);
  const at = parts.clock.now();
  const files = inputs.flatMap((input) => input.files.map(({ properties: _, ...file }) => file));
  const environment = {
    executor: place.executor.name,
    // Now: what it costs later is not what this step has cost.
    ...(place.environment.pricePerHour === undefined ? {} : { pricePerHour: String(place.environment.pricePerHour) }),
    ...preparation.facts,
    ...preparation.surroundings,
  };
  // Asked for together, they share a commit, and with it a sync of the disk.
  await Promise.all([
    ...(step.execution.inputs.length === 0
      ? []
      : [parts.store.data.setInputFiles(step.execution.id, step.fence, files)]),
    parts.store.executions.update(step.execution.id, step.fence, { environment, remarks: step.remarks.take(), at }),
  ]);
  faultPoint("environment-recorded");
  await checkInputs(parts, step, inputs);
  writeMarker(marker, { ...preparation, given: devices });
  faultPoint("marker-written");
  return { place, folder, job, preparation };
}

/** Everything of a step's place that is not on record; may be repeated as long as nothing runs in it. */
export async function fillFolder(
  parts: EngineParts,
  step: StepRun,
  place: ExecutionPlace,
  devices: GivenDevices = {},
): Promise<Pick<PreparedStep, "job" | "preparation"> & { readonly inputs: readonly PlacedInput[] }> {
  const folder = executionFolder(place.folder);
  const job = { ...jobOf(parts, step, place), ...(await secretsOf(parts, step)) };
  prepareFolder(folder);
  faultPoint("folder-prepared");
  rmSync(folder.repository, { recursive: true, force: true });
  await parts.code.provide(step.execution.commit, folder);
  faultPoint("code-checked-out");
  requireScript(job, folder.repository);
  const calls = parts.stepCalls?.open(step.execution, place.executor.capabilities.network ?? "own");
  // The failures of both are told below, also where something else fails first.
  calls?.catch(() => undefined);
  const creating = creatorOf(parts, step.run);
  creating.catch(() => undefined);
  const { preparation: general, inputs } = await bringTogether(parts, step, place, job);
  const preparation = withDevices(general, devices);
  faultPoint("inputs-placed");
  const shared = linkModeFor(preparation) === "share" ? parts.sharedFiles : undefined;
  const api = await calls;
  const creator = await creating;
  const facts = {
    ...factsOf(parts, step, place, inputs, preparation),
    ...(api !== undefined && { api }),
    ...(creator !== undefined && { creator }),
  };
  writeConfigFiles(folder, facts, preparation.valohaiRoot, shared);
  faultPoint("config-written");
  return { job, preparation, inputs };
}

/** An earlier engine came so far that the step's process may run. */
export function isPrepared(folder: string): boolean {
  return existsSync(markerOf(folder));
}

/** The devices that an earlier engine gave to the step, which has them still. */
export function givenBefore(folder: string): GivenDevices {
  return readMarker(markerOf(folder))?.preparation.given ?? {};
}

function withDevices(preparation: Preparation, devices: GivenDevices): Preparation {
  if (Object.keys(devices).length === 0) return preparation;
  const names = Object.entries(devices).map(([kind, given]) => [kind, given.map(({ name }) => name)] as const);
  const fact = names.map(([kind, given]) => `${kind} ${given.join(",")}`).join("; ");
  return { ...preparation, devices: Object.fromEntries(names), facts: { ...preparation.facts, devices: fact } };
}

function markerOf(folder: string): string {
  return join(executionFolder(folder).control, "prepared.json");
}

/**
 * A marker that cannot be read is the trace of a power cut, and no process has outlived that: everything is made anew.
 */
function readMarker(marker: string): Pick<PreparedStep, "preparation" | "startedAt"> | undefined {
  try {
    return {
      preparation: JSON.parse(readFileSync(marker, "utf8")) as MarkedPreparation,
      startedAt: statSync(marker).mtimeMs,
    };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function writeMarker(marker: string, preparation: MarkedPreparation): void {
  try {
    writeFileSync(`${marker}.new`, JSON.stringify(preparation));
    renameSync(`${marker}.new`, marker);
  } catch (error) {
    throw explainDiskFailure(error, "note that the step is ready to start");
  }
}

/** Inputs come from the network while the executor builds its environment; the first failure ends both. */
async function bringTogether(
  parts: EngineParts,
  step: StepRun,
  place: ExecutionPlace,
  job: JobSpec,
): Promise<{ readonly preparation: Preparation; readonly inputs: readonly PlacedInput[] }> {
  const failed = new AbortController();
  const signal = AbortSignal.any([step.stop, step.abandon, failed.signal]);
  const { remarks } = step;
  const report = (message: string): void => remarks.progress(message);
  const warn = (message: string): void => remarks.warn(message);
  const calls = { signal, report, warn };
  const both = [
    parts.fetchedInputs.take(step.execution.id, remarks) ?? fetchInputs(parts.sources, step.execution.inputs, calls),
    place.executor.prepare(job, report, signal),
  ] as const;
  for (const one of both) one.catch((error: unknown) => failed.abort(error));
  // Both are waited for, so that nothing goes on behind the record's back.
  await Promise.allSettled(both);
  if (failed.signal.aborted) throw failed.signal.reason;
  const [inputs, preparation] = await Promise.all(both);
  for (const message of preparation.warnings) warn(message);
  const mode = linkModeFor(preparation);
  const placing = (files: readonly StepInput[]) =>
    placeInputs(executionFolder(place.folder), files, parts.blobs, { mode });
  try {
    return { preparation, inputs: await placing(inputs) };
  } catch (error) {
    if (!isDamage(error) || step.execution.inputs.every(({ uris }) => uris.length === 0)) throw error;
    // Fresh files from the inputs' own places, if they still have them, replace those that are damaged in the store.
    return {
      preparation,
      inputs: await placing(await fetchInputs(parts.sources, step.execution.inputs, { ...calls, anew: true })),
    };
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof HeadraceError && (error.code === "HR_BLOB_DAMAGED" || error.code === "HR_BLOB_MISSING");
}

/**
 * Shared bytes are safe where the mount is read-only. Elsewhere the step owns the file, whatever its mode, and may
 * write to it.
 */
function linkModeFor(preparation: Preparation): "share" | "copy" {
  return preparation.facts.sandbox === "none" ? "copy" : "share";
}

/** Returns the description of an execution for the executor; it is the same in every engine that takes it up. */
function jobOf(
  parts: EngineParts,
  { run, node, execution }: StepRun,
  { executor, folder, environment }: ExecutionPlace,
): JobSpec {
  const { python, timeLimitS, reuse } = node.step;
  const { images, reachableFrom } = executor.capabilities;
  // A step that asks by name for the machine that starts it need not be told that its image is not used.
  const usesImage = images || reachableFrom === "anywhere" || node.step.environment !== environment.slug;
  const resources = stepResources(node.step.resources, environment.limits);
  const creator = creatorName(run);
  const identity = {
    ...{ executionId: execution.id, project: parts.project },
    ...pipelineFacts(run, node.name),
    ...taskFacts(run, node, execution),
  };
  return {
    executionId: execution.id,
    folder,
    command: execution.command,
    image: usesImage ? execution.image : "",
    environment: stepEnvironment(identity, {
      ...parts.tracer?.variablesOf(run, execution),
      ...environment.variables,
      ...execution.environmentVariables,
    }),
    mounts: [...environment.mounts, ...node.step.mounts],
    labels: {
      project: parts.project.name,
      step: execution.step,
      executionNumber: execution.number,
      ...(creator !== undefined && { creator }),
    },
    ...(resources === undefined ? {} : { resources }),
    ...(timeLimitS === undefined ? {} : { timeLimitS }),
    ...(parts.terminal === undefined || node.alwaysRuns !== "interactive" ? {} : { terminal: parts.terminal }),
    ...(node.members === undefined ? {} : { awaitsMembers: true }),
    traceCode: reuse === undefined || (reuse.enabled && reuse.code === "auto"),
    ...(python === undefined
      ? {}
      : {
          python: {
            packages: python.packages,
            ...(python.requirements === undefined ? {} : { requirementsFile: python.requirements }),
            ...(python.version === undefined ? {} : { version: python.version }),
            ...(python.environment === undefined ? {} : { environment: python.environment }),
          },
        }),
  };
}

/** The secrets for a job, as they are now: whoever changes one need not plan anew what waits. Throws HR_SECRETS. */
export async function secretsOf(
  { openSecrets }: EngineParts,
  { node: { step, secretVariables: names = [] } }: Pick<StepRun, "node">,
): Promise<Pick<JobSpec, "secrets">> {
  if (names.length === 0 || openSecrets === undefined) return {};
  return { secrets: await openSecrets(step.environmentVariableGroups, names) };
}

function factsOf(
  parts: EngineParts,
  { run, node, execution }: StepRun,
  { environment }: ExecutionPlace,
  inputs: readonly PlacedInput[],
  preparation: Preparation,
): StepFacts {
  return {
    executionId: execution.id,
    executionNumber: execution.number,
    step: execution.step,
    image: execution.image,
    commit: execution.commit,
    tags: run.tags,
    createdAt: execution.createdAt,
    project: parts.project,
    environment: { id: environment.slug, slug: environment.slug, name: environment.name },
    parameters: execution.parameters as Readonly<Record<string, ParameterValue>>,
    floatParameters: node.step.parameters
      .filter((parameter) => parameter.type === "float")
      .map((parameter) => parameter.name),
    inputs,
    runtime: preparation.facts,
    runsNotebook: runsNotebook(execution.command),
    ...(run.title === undefined ? {} : { title: run.title }),
    ...(execution.queuedAt === undefined ? {} : { queuedAt: execution.queuedAt }),
    ...pipelineFacts(run, node.name),
    ...taskFacts(run, node, execution),
  };
}

function taskFacts(
  run: StepRun["run"],
  { name, members }: StepRun["node"],
  { trial }: StepRun["execution"],
): Pick<StepFacts, "task" | "member"> {
  if (trial === undefined) return {};
  return {
    task: { id: `${run.id}-${name}`, number: run.number },
    ...(members === undefined ? {} : { member: { rank: trial - 1, count: members } }),
  };
}

function pipelineFacts(run: StepRun["run"], node: string): Pick<StepFacts, "pipeline"> {
  if (run.kind !== "pipeline") return {};
  const { id, number, tags, title } = run;
  return { pipeline: { id, number, nodeId: `${id}-${node}`, tags, ...(title === undefined ? {} : { title }) } };
}
