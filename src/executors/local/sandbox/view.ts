import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { executionFolder } from "../../../contract/index.ts";
import { homeFolders } from "../../../home-folders.ts";
import { closedHomes, isRealFolder, stepHome } from "./closed-homes.ts";
import { shownDevices } from "./devices.ts";
import { grantedPlaces } from "./granted-places.ts";
import { hiddenPlaces } from "./hidden-places.ts";
import { findInstallations, type Shown } from "./installations.ts";
import type { KeptCaches } from "./kept-caches.ts";
import { layerable, makeLayer, mountsBelow } from "./layers.ts";
import type { MachineLook } from "./machine-look.ts";
import { makeFolders } from "./make-folders.ts";
import { hostMounts } from "./mount-table.ts";
import { ownHome } from "./own-home.ts";
import { isWithin } from "./paths.ts";
import type { RecordedProject } from "./recorded-project.ts";
import { ReplacedFolders } from "./replaced-folders.ts";
import { runFolder } from "./run-folder.ts";
import { standIn, standInsFolder } from "./stand-in.ts";
import { type Bind, bind, bindFile, type ViewPart } from "./view-part.ts";

/** The path of the script for the step; `/.headrace` exists only in its view. */
export const SCRIPT_IN_VIEW = "/.headrace/step";
export const VALOHAI_IN_VIEW = "/valohai";
/** The folder where a step that is watched finds the module for it, and the one where its notes go (../watch.ts). */
export const WATCH_IN_VIEW = { module: "/.headrace/python", notes: "/.headrace/trace" };

/** A folder of the disk that stands elsewhere in the view, below `/.headrace`. */
export interface PlacedFolder {
  readonly path: string;
  readonly source: string;
}

export interface ViewRequest {
  readonly look: MachineLook;
  /** The execution's folder, real path. */
  readonly folder: string;
  readonly script: string;
  readonly stateFolder: string;
  /** The state folder, or one around it. */
  readonly hiddenFolder: string;
  readonly projectRoot: string;
  /** The step's version of the project, where it stands in the project's place. */
  readonly recorded?: RecordedProject | undefined;
  readonly pythonEnvironment: PlacedFolder | undefined;
  readonly kept: KeptCaches | undefined;
  /**
   * The folder that notes the state folders of the user's projects (other-projects.ts); undefined if they cannot be
   * noted.
   */
  readonly register: string | undefined;
  readonly searchPath: string;
  readonly home: string | undefined;
  /** Variables that are passed on and may name files that programs need. */
  readonly variables: Readonly<Record<string, string>>;
  /** Programs beside those of PATH, whose installations are seen. */
  readonly programs: readonly string[];
  /** Places that the user shows: places with credentials (credential-places.ts), and whatever else lies in a home. */
  readonly shownSecrets: readonly string[];
  /** The step is one that may install packages (may-install.ts). */
  readonly mayInstall: boolean;
  /** It does so in layers; without, installations are read-only. */
  readonly layers: boolean;
  /** For a step that is watched: the folders behind `WATCH_IN_VIEW`. */
  readonly watch?: { readonly module: string; readonly notes: string };
  /** The environment that is being built. */
  readonly building?: PlacedFolder & { readonly writable: boolean };
}

/** A number that no other layer of a view has. */
const PYTHON_LAYER = 10_000;
export const PRIVATE_FOLDERS = ["/tmp", "/var/tmp"];
/** Made anew for every step, or bound in a way of their own. */
const OWN_TREATMENT = new Set(["proc", "dev", "valohai", ".headrace", "tmp", "run"]);

/** These parts of /proc change the machine when root writes to them. */
export function dangerousInProc(): readonly string[] {
  return ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"].filter((path) => existsSync(path));
}

export function scratchFolder(folder: string): string {
  return join(folder, "scratch");
}

/**
 * The machine's files read-only, save /valohai, temporary folders, a home and caches of the step's own, and what it
 * installs; homes, the store, sockets of daemons and places with credentials hidden. Makes the folders on disk that the
 * view needs. Temporary files lie on disk and not in memory, so that large ones work.
 */
export function buildView(request: ViewRequest): readonly ViewPart[] {
  const scratch = scratchFolder(request.folder);
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const { valohai, inputs, config } = executionFolder(request.folder);
  const folders = new ReplacedFolders();
  const own = [...privateFolders(request, scratch, folders), ...ownHome(request, scratch, folders)];
  const shown = shownPlaces(request, scratch, folders);
  const covered = new Set([...own, ...shown].flatMap((part) => ("path" in part ? [part.path] : [])));
  const { look } = request;
  const base = look.ask(topLevel).filter((part) => !covered.has(part.path));
  const parts: ViewPart[] = [
    ...base,
    { kind: "devices", names: look.ask(shownDevices) },
    { kind: "processes" },
    ...own,
    ...shown,
  ];
  parts.push(...hiddenPlaces(request).filter((part) => folders.isSeen(part.path) && isThere(request, part.path)));
  parts.push(...keptParts(request, scratch, folders));
  parts.push(...hiddenStore(request, scratch, folders));
  parts.push(bind(VALOHAI_IN_VIEW, valohai, true));
  for (const folder of [inputs, config]) parts.push(bind(join(VALOHAI_IN_VIEW, basename(folder)), folder, false));
  parts.push(bindFile(SCRIPT_IN_VIEW, request.script));
  if (request.watch !== undefined)
    parts.push(
      bind(WATCH_IN_VIEW.module, request.watch.module, false),
      bind(WATCH_IN_VIEW.notes, request.watch.notes, true),
    );
  return parts;
}

/** Returns false for a place in the project's folder that the version which the step sees does not have. */
function isThere({ recorded, projectRoot }: ViewRequest, path: string): boolean {
  return recorded === undefined || !isWithin(path, projectRoot) || recorded.has(path);
}

/** Temporary folders of the step's own, and a /run without sockets. */
function privateFolders(request: ViewRequest, scratch: string, folders: ReplacedFolders): readonly ViewPart[] {
  const parts: ViewPart[] = [];
  for (const path of PRIVATE_FOLDERS.filter((folder) => request.look.ask(isRealFolder, folder))) {
    const source = join(scratch, path.slice(1).replace("/", "-"));
    mkdirSync(source, { recursive: true });
    // As /tmp is everywhere; on the host, only its owner gets through the scratch folder above it.
    chmodSync(source, 0o1777);
    folders.replace(path, source);
    parts.push(bind(path, source, true));
  }
  if (request.look.ask(isRealFolder, "/run")) {
    const run = request.look.ask(runFolder, standInsFolder(request.stateFolder));
    folders.replace("/run", run.standIn);
    parts.push(bind("/run", run.standIn, false));
    for (const path of run.folders) parts.push(bind(path, path, false));
    for (const path of run.files) parts.push(bindFile(path, path));
  }
  return parts;
}

function makeLink(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(target, path);
}

/**
 * Returns what is bound in again where a folder of the step's own stands: the project, what programs need, what the
 * user shows; and layers over what installers write to.
 */
function shownPlaces(request: ViewRequest, scratch: string, folders: ReplacedFolders): readonly ViewPart[] {
  const { look, home, searchPath, variables, programs, layers } = request;
  const closed = look.ask(closedHomes, home);
  const homes = look.ask(homeFolders, home);
  const found = findInstallations({ searchPath, homes, closed, hidden: folders.paths(), variables, programs, layers });
  const wanted = [...shownProject(request, closed), ...grantedPlaces(home, request.shownSecrets), ...found];
  const layered = request.layers ? layerable(wanted, scratch) : [];
  const parts: ViewPart[] = [];
  for (const { path, isFile } of wanted.sort((a, b) => a.path.length - b.path.length)) {
    if (path === request.projectRoot && request.recorded !== undefined) {
      if (!folders.isReplaced(path)) parts.push(...recordedParts(path, request.recorded, folders));
      continue;
    }
    const isLayered = layered.includes(path) && !parts.some((part) => part.kind === "layer" && part.path === path);
    if (!isLayered && folders.isSeen(path)) continue;
    folders.show(path, isFile);
    if (isLayered) parts.push(...layerOver(path, scratch, parts.length));
    else parts.push(isFile ? bindFile(path, path) : bind(path, path, false));
  }
  return parts;
}

function shownProject({ projectRoot }: ViewRequest, closed: readonly string[]): readonly Shown[] {
  return isProjectShown(projectRoot, closed) ? [{ path: projectRoot, isFile: false, installable: false }] : [];
}

/** A project that is itself a home, or holds one, would show all of that. */
export function isProjectShown(projectRoot: string, closed: readonly string[]): boolean {
  return !closed.some((path) => isWithin(path, projectRoot));
}

function recordedParts(
  projectRoot: string,
  { source, parts }: RecordedProject,
  folders: ReplacedFolders,
): readonly ViewPart[] {
  folders.replace(projectRoot, source);
  for (const { path, isFile } of parts) folders.show(path, isFile);
  return [bind(projectRoot, source, false), ...parts];
}

function layerOver(path: string, scratch: string, number: number): readonly ViewPart[] {
  const below = mountsBelow(path).map(
    (mount): ViewPart => (isRealFolder(mount) ? bind(mount, mount, false) : bindFile(mount, mount)),
  );
  return [makeLayer({ path, source: path }, scratch, number), ...below];
}

/** One mount for the cache folder, links to it for all others: a mount costs ten times as much as a link. */
function keptParts(
  { look, kept, home, mayInstall }: ViewRequest,
  scratch: string,
  folders: ReplacedFolders,
): readonly ViewPart[] {
  if (kept === undefined) return [];
  folders.ensureMountPoint(kept.path);
  const own = look.ask(stepHome, home);
  for (const [path, name] of Object.entries(own === undefined ? {} : kept.links)) {
    if (path.startsWith(".cargo/") && !mayInstall) continue;
    if (!folders.isFree(join(own ?? "", path))) continue;
    const link = join(scratch, "home", path);
    makeFolders(dirname(link));
    makeLink(join(kept.path, name), link);
  }
  return [bind(kept.path, kept.source, true)];
}

/**
 * An empty stand-in for the state folder, or for the one around it; the Python environment, or what is being built,
 * stands at a place of its own.
 */
function hiddenStore(request: ViewRequest, scratch: string, replaced: ReplacedFolders): readonly ViewPart[] {
  const { look, stateFolder, hiddenFolder, pythonEnvironment, building } = request;
  replaced.ensureMountPoint(hiddenFolder);
  return [
    bind(hiddenFolder, look.ask(standIn, standInsFolder(stateFolder), {}), false),
    ...(pythonEnvironment === undefined ? [] : [pythonPart(pythonEnvironment, request.layers, scratch)]),
    ...(building === undefined ? [] : [bind(building.path, building.source, building.writable)]),
  ];
}

/** The environment is every run's; what a step installs into it is its own. */
function pythonPart({ path, source }: PlacedFolder, layers: boolean, scratch: string): ViewPart {
  const able = layers && layerable([{ path: source, isFile: false, installable: true }], scratch).length > 0;
  return able ? makeLayer({ path, source }, scratch, PYTHON_LAYER) : bind(path, source, false);
}

/** An empty folder is made and not mounted: each mount costs a step a good part of a millisecond. */
function topLevel(): readonly TopPart[] {
  const parts: TopPart[] = [];
  const mounted = new Set(hostMounts().map((mount) => mount.path));
  for (const name of readdirSync("/")) {
    if (OWN_TREATMENT.has(name)) continue;
    const path = `/${name}`;
    const entry = lstatSync(path);
    if (entry.isSymbolicLink()) parts.push({ kind: "symlink", path, target: readlinkSync(path) });
    else if (entry.isDirectory())
      parts.push(
        entry.nlink <= 2 && isEmpty(path) && !mounted.has(path) ? { kind: "folder", path } : bind(path, path, false),
      );
    else if (entry.isFile()) parts.push(bindFile(path, path));
  }
  return parts;
}

type TopPart = Bind | Extract<ViewPart, { readonly kind: "symlink" | "folder" }>;

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    // Not for this user to read: bound as it is, it is as closed as before.
    return false;
  }
}
