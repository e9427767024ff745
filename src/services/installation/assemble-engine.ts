import { join } from "node:path";
import { CodePlaces } from "../../code-tracing/index.ts";
import { SharedFiles } from "../../contract/index.ts";
import {
  type Clock,
  type EngineParts,
  EngineRegistry,
  FetchedInputsByExecution,
  Fingerprints,
  GroupShares,
  GroupStarts,
  LogPublisher,
  machineResources,
  ResourceSlots,
  type StepCalls,
  Uncleared,
  UseRecorder,
} from "../../engine/index.ts";
import { GpuMeter, type StepTerminal } from "../../executors/index.ts";
import { isAlive, isDead, ownLabel } from "../../machine/index.ts";
import { type CapturePlaces, WorktreePool } from "../../snapshots/index.ts";
import type { Sources } from "../../sources/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { stepChecker } from "../checks/step-checker.ts";
import type { Context } from "../context.ts";
import { noteOwner } from "../housekeeping/own-blobs.ts";
import { graceMs } from "./grace.ts";
import type { InstalledSettings } from "./load-settings.ts";
import { type MachinePlace, slotQueueFolder } from "./machine-folders.ts";
import { engineName, ownIdentity, poolOf } from "./own-identity.ts";
import { projectSources } from "./project-sources.ts";
import { cacheFolder, unclearedFolder, worktreesFolder } from "./state-folder.ts";
import { announceStoring } from "./storing.ts";

export interface EngineSetting extends Context {
  readonly store: ProjectStore;
}

export interface AssembledEngine extends AsyncDisposable {
  readonly parts: EngineParts;
  readonly recorder: RunRecorder;
}

/** The parts that recording a run needs; no engine. */
export interface RunRecorder {
  readonly sources: Sources;
  /** The places where versions of the code are stored. */
  readonly places: CapturePlaces;
  readonly now: () => number;
  readonly pool: string;
}

/** For a process that records runs or versions of the code, and executes nothing. */
export async function openRecorder(setting: EngineSetting): Promise<RunRecorder & Disposable> {
  const storing = await announceStoring(setting.project);
  try {
    return { ...(await assembleRecorder(setting, Date.now)), [Symbol.dispose]: () => storing[Symbol.dispose]() };
  } catch (error) {
    storing[Symbol.dispose]();
    throw error;
  }
}

async function assembleRecorder({ project, store }: EngineSetting, now: () => number): Promise<RunRecorder> {
  const blobs = await project.blobs();
  await noteOwner(project, blobs, store);
  const sources = projectSources(project, { blobs, store, cacheFolder: cacheFolder(project), now });
  return {
    sources,
    places: { blobs, store, cacheFolder: cacheFolder(project), now },
    now,
    pool: poolOf(project.origin),
  };
}

/** The composition root of the engine: which store, blobs, sources and executor a run on this machine works with. */
export async function assembleEngine(
  setting: EngineSetting,
  { host, terminal, stepCalls }: AssembleOptions = {},
): Promise<AssembledEngine> {
  const { project, store } = setting;
  await using opened = new AsyncDisposableStack();
  const clock = { now: Date.now, monotonic: () => performance.now() };
  const recorder = await assembleRecorder(setting, clock.now);
  const { blobs } = recorder.places;
  const settings = await project.settings();
  const projectId = store.project.id;
  const places = opened.use(await project.openPlaces(settings, projectId));
  const parts: EngineParts = {
    store,
    blobs,
    sources: recorder.sources,
    code: new CodePlaces(new WorktreePool({ folder: worktreesFolder(project), store, blobs })),
    sharedFiles: new SharedFiles(join(cacheFolder(project), "config")),
    placeOf: places.placeOf,
    ...claimLimits(settings),
    machine: host?.machine ?? (await machineSlots(project)),
    environments: settings.environments.map(({ slug }) => slug),
    fetchedInputs: new FetchedInputsByExecution(),
    groupShares: new GroupShares(),
    groupStarts: new GroupStarts(),
    fingerprints: new Fingerprints({ store, blobs }),
    checker: stepChecker({ blobs, store, sources: recorder.sources, now: clock.now }),
    uncleared: new Uncleared(unclearedFolder(project)),
    machineUse: opened.use(
      new UseRecorder({
        records: store.machineUse,
        monotonic: clock.monotonic,
        gpus: new GpuMeter(project.env, clock.monotonic),
      }),
    ),
    publisher: opened.use(new LogPublisher(store.liveLogs, clock.monotonic)),
    clock,
    // Opened last and closed first: whoever is no longer known to the others must have let go of everything.
    members: host?.members ?? opened.use(await joinEngines(setting, clock)),
    openSecrets: async (groups, names) => {
      const { repository, record } = await project.variables("read");
      return await repository.openSecrets(record, groups, names);
    },
    project: { ...project.identity, id: projectId },
    ...(project.origin.findUser !== undefined && { findUser: project.origin.findUser }),
    ...(project.tracer === undefined ? {} : { tracer: project.tracer }),
    ...(await lineageOf(setting, opened)),
    graceMs: graceMs(project.env),
    ...(terminal === undefined ? {} : { terminal }),
    ...(stepCalls === undefined ? {} : { stepCalls }),
  };
  const owned = opened.move();
  return {
    parts,
    recorder,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Nothing of it is loaded where nobody wants events. */
async function lineageOf(
  { project, store }: EngineSetting,
  opened: AsyncDisposableStack,
): Promise<Pick<EngineParts, "lineage">> {
  if (!project.env.OPENLINEAGE_URL) return {};
  const [{ openLineageSettings }, { EventTeller }] = await Promise.all([
    import("../../telemetry/index.ts"),
    import("../lineage/openlineage/event-teller.ts"),
  ]);
  const settings = openLineageSettings(project.env);
  if (settings === undefined) return {};
  return { lineage: opened.use(new EventTeller(settings, { store, project: project.identity.name, now: Date.now })) };
}

export interface AssembleOptions {
  readonly host?: HostParts;
  readonly terminal?: StepTerminal | undefined;
  readonly stepCalls?: StepCalls | undefined;
}

/** The parts that the projects of an engine host share. */
export interface HostParts {
  readonly machine: ResourceSlots;
  /** The process among the engines of this project; it outlasts the assembled engine. */
  readonly members: EngineRegistry;
}

/** Returns the slots for what steps take of this machine, over all processes. */
export async function machineSlots(place: MachinePlace): Promise<ResourceSlots> {
  return new ResourceSlots(machineResources(), {
    folder: slotQueueFolder(place),
    label: await ownLabel(),
    isDead,
  });
}

async function joinEngines({ project, store }: EngineSetting, clock: Clock): Promise<EngineRegistry> {
  const identity = await ownIdentity(project.origin);
  return await EngineRegistry.join({
    store,
    clock,
    id: engineName(identity),
    pool: poolOf(project.origin),
    identity,
    isAlive,
  });
}

/** Nothing where nothing is limited: a claim need not count then. */
function claimLimits({ concurrency, environments }: InstalledSettings): Pick<EngineParts, "limits"> {
  const limited = environments.flatMap(({ slug, concurrency: most }) =>
    most === undefined ? [] : [[slug, most] as const],
  );
  if (concurrency === undefined && limited.length === 0) return {};
  return {
    limits: {
      environments: Object.fromEntries(limited),
      ...(concurrency === undefined ? {} : { project: concurrency }),
    },
  };
}
