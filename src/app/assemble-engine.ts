import { join } from "node:path";
import { SharedFiles } from "../contract/index.ts";
import { type EngineNotice, type EngineParts, MachineRoom, Membership, roomHere, Uncleared } from "../engine/index.ts";
import { isAlive, type StepTerminal } from "../executors/index.ts";
import { CodePlaces } from "../observation/index.ts";
import type { Settings } from "../settings/index.ts";
import { captureSnapshot, WorktreePool } from "../snapshots/index.ts";
import { openSources } from "../sources/index.ts";
import type { ProjectStore, SnapshotRecord } from "../store/index.ts";
import { definedOnly } from "./defined-variables.ts";
import { ExecutionPlaces } from "./execution-places.ts";
import { graceMs } from "./grace.ts";
import { noteOwner } from "./housekeeping/own-blobs.ts";
import { loadSettings } from "./load-settings.ts";
import { machineLine } from "./machine-line.ts";
import { openBlobs } from "./open-blobs.ts";
import type { SandboxChoice } from "./open-project.ts";
import { engineName, ownIdentity, poolOf } from "./own-identity.ts";
import { isDead, ownLabel } from "./process-label.ts";
import type { ProjectLocation } from "./project.ts";
import { projectIdentity } from "./project-facts.ts";
import { cacheFolder, unclearedFolder, worktreesFolder } from "./state-folder.ts";

export interface EngineSetting {
  readonly location: ProjectLocation;
  readonly store: ProjectStore;
  readonly sandbox: SandboxChoice;
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
  const { location, store, sandbox } = setting;
  await using opened = new AsyncDisposableStack();
  const clock = { now: Date.now, monotonic: () => performance.now() };
  const label = await ownLabel();
  const blobs = opened.use(await openBlobs(location, label));
  await noteOwner(location, blobs, store);
  const settings = loadSettings(location, process.env);
  const projectId = store.project.id;
  const places = opened.use(new ExecutionPlaces(settings, { location, sandbox, baseEnvironment: definedOnly(process.env), projectId }));
  const sources = openSources({ blobs, store, projectRoot: location.root, cacheFolder: cacheFolder(location), now: clock.now });
  const identity = { ...(await ownIdentity(location)), ...(serves ? { serves } : {}) };
  const parts: EngineParts = {
    store,
    blobs,
    sources,
    code: new CodePlaces(new WorktreePool({ folder: worktreesFolder(location), store, blobs })),
    sharedFiles: new SharedFiles(join(cacheFolder(location), "config")),
    placeOf: places.placeOf,
    ...claimLimits(settings),
    machine: new MachineRoom(roomHere(), { folder: machineLine(location, process.env), label, isDead }),
    environments: settings.environments.map(({ slug }) => slug),
    uncleared: new Uncleared(unclearedFolder(location)),
    clock,
    // Opened last and closed first: whoever is no longer known to the others must have let go of everything.
    members: opened.use(
      await Membership.join({ store, clock, id: engineName(identity), pool: poolOf(location, process.env), identity, isAlive }),
    ),
    project: { ...projectIdentity(location.root), id: projectId },
    graceMs: graceMs(process.env),
    notify,
    ...(terminal === undefined ? {} : { terminal }),
  };
  const owned = opened.move();
  return {
    parts,
    capture: () => captureSnapshot({ root: location.root, blobs, store, cacheFile: `${cacheFolder(location)}/files`, now: clock.now }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Nothing where nothing is limited: a claim need not count then. */
function claimLimits({ concurrency, environments }: Settings): Pick<EngineParts, "limits"> {
  const limited = environments.flatMap(({ slug, concurrency: most }) => (most === undefined ? [] : [[slug, most] as const]));
  if (concurrency === undefined && limited.length === 0) return {};
  return { limits: { environments: Object.fromEntries(limited), ...(concurrency === undefined ? {} : { project: concurrency }) } };
}
