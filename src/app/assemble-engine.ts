import { join } from "node:path";
import { CodePlaces } from "../code-tracing/index.ts";
import { SharedFiles } from "../contract/index.ts";
import { type EngineNotice, type EngineParts, EngineRegistry, machineResources, ResourceSlots, Uncleared } from "../engine/index.ts";
import type { StepTerminal } from "../executors/index.ts";
import { isAlive } from "../machine/index.ts";
import type { Settings } from "../settings/index.ts";
import { captureSnapshot, WorktreePool } from "../snapshots/index.ts";
import { openSources } from "../sources/index.ts";
import type { ProjectStore, SnapshotRecord } from "../store/index.ts";
import type { Context } from "./context.ts";
import { graceMs } from "./grace.ts";
import { noteOwner } from "./housekeeping/own-blobs.ts";
import { slotQueueFolder } from "./machine-folders.ts";
import { engineName, ownIdentity, poolOf } from "./own-identity.ts";
import { isDead, ownLabel } from "./process-label.ts";
import { cacheFolder, unclearedFolder, worktreesFolder } from "./state-folder.ts";

export interface EngineSetting extends Context {
  readonly store: ProjectStore;
}

export interface AssembledEngine extends AsyncDisposable {
  readonly parts: EngineParts;
  /** Pins the code as it stands now. */
  readonly capture: () => Promise<{ readonly record: SnapshotRecord; readonly warnings: readonly string[] }>;
}

/** The composition root of the engine: which store, blobs, sources and executor a run on this machine works with. */
export async function assembleEngine(
  setting: EngineSetting,
  notify: (notice: EngineNotice) => void,
  { serves = false, terminal }: { readonly serves?: boolean; readonly terminal?: StepTerminal | undefined } = {},
): Promise<AssembledEngine> {
  const { project, store } = setting;
  await using opened = new AsyncDisposableStack();
  const clock = { now: Date.now, monotonic: () => performance.now() };
  const label = await ownLabel();
  const blobs = await project.blobs();
  await noteOwner(project, blobs, store);
  const settings = await project.settings();
  const projectId = store.project.id;
  const places = opened.use(await project.openPlaces(settings, projectId));
  const sources = openSources({
    blobs,
    store,
    projectRoot: project.root,
    cacheFolder: cacheFolder(project),
    now: clock.now,
    environment: project.env,
  });
  const identity = { ...(await ownIdentity(project)), ...(serves ? { serves } : {}) };
  const parts: EngineParts = {
    store,
    blobs,
    sources,
    code: new CodePlaces(new WorktreePool({ folder: worktreesFolder(project), store, blobs })),
    sharedFiles: new SharedFiles(join(cacheFolder(project), "config")),
    placeOf: places.placeOf,
    ...claimLimits(settings),
    machine: new ResourceSlots(machineResources(), { folder: slotQueueFolder(project), label, isDead }),
    environments: settings.environments.map(({ slug }) => slug),
    uncleared: new Uncleared(unclearedFolder(project)),
    clock,
    // Opened last and closed first: whoever is no longer known to the others must have let go of everything.
    members: opened.use(await EngineRegistry.join({ store, clock, id: engineName(identity), pool: poolOf(project), identity, isAlive })),
    project: { ...project.identity, id: projectId },
    graceMs: graceMs(project.env),
    notify,
    ...(terminal === undefined ? {} : { terminal }),
  };
  const owned = opened.move();
  return {
    parts,
    capture: () => captureSnapshot({ root: project.root, blobs, store, cacheFile: `${cacheFolder(project)}/files`, now: clock.now }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Nothing where nothing is limited: a claim need not count then. */
function claimLimits({ concurrency, environments }: Settings): Pick<EngineParts, "limits"> {
  const limited = environments.flatMap(({ slug, concurrency: most }) => (most === undefined ? [] : [[slug, most] as const]));
  if (concurrency === undefined && limited.length === 0) return {};
  return { limits: { environments: Object.fromEntries(limited), ...(concurrency === undefined ? {} : { project: concurrency }) } };
}
