import { join } from "node:path";
import { SharedFiles } from "../contract/index.ts";
import type { EngineNotice, EngineParts } from "../engine/index.ts";
import { captureSnapshot, checkoutSnapshot } from "../snapshots/index.ts";
import { openSources } from "../sources/index.ts";
import type { SnapshotRecord, Store } from "../store/index.ts";
import { ExecutionPlaces } from "./execution-places.ts";
import { graceMs } from "./grace.ts";
import { loadSettings } from "./load-settings.ts";
import { openBlobs } from "./open-blobs.ts";
import type { SandboxChoice } from "./open-project.ts";
import { ownLabel } from "./process-label.ts";
import type { ProjectLocation } from "./project.ts";
import { projectIdentity } from "./project-facts.ts";
import { ownIdentity } from "./run-driver.ts";
import { cacheFolder } from "./state-folder.ts";

export interface EngineSetting {
  readonly location: ProjectLocation;
  readonly store: Store;
  readonly sandbox: SandboxChoice;
}

export interface AssembledEngine extends AsyncDisposable {
  readonly parts: EngineParts;
  /** Pins the code as it stands now. */
  readonly capture: () => Promise<{ readonly record: SnapshotRecord; readonly warnings: readonly string[] }>;
}

/** The composition root of the engine: which store, blobs, sources and executor a run on this machine works with. */
export async function assembleEngine(setting: EngineSetting, notify: (notice: EngineNotice) => void): Promise<AssembledEngine> {
  const { location, store, sandbox } = setting;
  await using opened = new AsyncDisposableStack();
  const clock = { now: Date.now, monotonic: () => performance.now() };
  const blobs = opened.use(await openBlobs(location, await ownLabel()));
  const settings = loadSettings(location, process.env);
  const places = opened.use(new ExecutionPlaces(settings, { location, sandbox, baseEnvironment: definedOnly(process.env) }));
  const sources = openSources({ blobs, store, projectRoot: location.root, cacheFolder: cacheFolder(location), now: clock.now });
  const parts: EngineParts = {
    store,
    blobs,
    sources,
    checkout: (identifier, target) => checkoutSnapshot({ identifier, store, blobs, target }),
    sharedFiles: new SharedFiles(join(cacheFolder(location), "config")),
    placeOf: places.placeOf,
    clock,
    owner: await ownIdentity(),
    project: projectIdentity(location.root),
    graceMs: graceMs(process.env),
    notify,
  };
  const owned = opened.move();
  return {
    parts,
    capture: () => captureSnapshot({ root: location.root, blobs, store, cacheFile: `${cacheFolder(location)}/files`, now: clock.now }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function definedOnly(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
