import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { executionFolder } from "../../../contract/index.ts";
import { findCredentialPlaces } from "../../../credential-places.ts";
import { shownDevices } from "./devices.ts";
import { runFolder } from "./run-folder.ts";
import { standIn } from "./stand-in.ts";

/** Where the script stands for the step; `/.headrace` exists only in its view. */
export const SCRIPT_IN_VIEW = "/.headrace/step";
export const VALOHAI_IN_VIEW = "/valohai";
/** Where a step that is watched finds the module for it, and where its notes go (../watch.ts). */
export const WATCH_IN_VIEW = { module: "/.headrace/python", notes: "/.headrace/trace" };

/** One piece of the file system as a step sees it. Later ones lie over earlier ones. */
export type ViewPart =
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  | { readonly kind: "bind"; readonly path: string; readonly source: string; readonly writable: boolean; readonly isFile: boolean }
  | { readonly kind: "devices"; readonly names: readonly string[] }
  | { readonly kind: "processes" };

/** A folder of the disk that stands elsewhere in the view, below `/.headrace`. */
export interface PlacedFolder {
  readonly path: string;
  readonly source: string;
}

export interface ViewRequest {
  /** The execution's folder, real path. */
  readonly folder: string;
  readonly script: string;
  readonly stateFolder: string;
  readonly projectRoot: string;
  readonly pythonEnvironment: PlacedFolder | undefined;
  /** Where the user's cache folder is, and what stands there for steps; undefined where there is none to be had. */
  readonly cache: { readonly path: string; readonly source: string } | undefined;
  readonly searchPath: string;
  readonly home: string | undefined;
  /** Places with credentials that are not hidden (credential-places.ts). */
  readonly shownSecrets: readonly string[];
  /** For a step that is watched: the folders behind `WATCH_IN_VIEW`. */
  readonly watch?: { readonly module: string; readonly notes: string };
  /** What is being built, writable. */
  readonly building?: PlacedFolder;
}

const PRIVATE_FOLDERS = ["/tmp", "/var/tmp"];
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
 * Everything of the machine read-only, save /valohai, temporary and cache folders; the store, sockets of daemons and places with
 * credentials hidden. Makes the folders on disk that the view needs. Temporary files lie on disk and not in memory, so that large ones work.
 */
export function buildView(request: ViewRequest): readonly ViewPart[] {
  const scratch = scratchFolder(request.folder);
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const { valohai, inputs, config } = executionFolder(request.folder);
  const parts = [...topLevel(), { kind: "devices", names: shownDevices() } as const, { kind: "processes" } as const];

  const privateRoots = new Map<string, string>();
  for (const path of PRIVATE_FOLDERS.filter(isRealFolder)) {
    const source = join(scratch, path.slice(1).replace("/", "-"));
    mkdirSync(source, { recursive: true });
    // As /tmp is everywhere; on the host, only its owner gets through the scratch folder above it.
    chmodSync(source, 0o1777);
    privateRoots.set(path, source);
    parts.push(bind(path, source, true));
  }
  if (isRealFolder("/run")) {
    const { standIn: source, folders, files } = runFolder(standInsOf(request));
    privateRoots.set("/run", source);
    parts.push(
      bind("/run", source, false),
      ...folders.map((path) => bind(path, path, false)),
      ...files.map((path) => bindFile(path, path)),
    );
  }
  // Where a private folder replaces one that holds something the step needs, that is bound in again.
  const shown: string[] = [];
  const ensureMountPoint = (path: string): void => {
    for (const [root, source] of privateRoots) {
      if (isWithin(path, root) && !shown.some((parent) => isWithin(path, parent)))
        mkdirSync(join(source, relative(root, path)), { recursive: true });
    }
  };
  for (const path of shadowed(request, [...privateRoots.keys()])) {
    ensureMountPoint(path);
    shown.push(path);
    parts.push(bind(path, path, false));
  }
  const isSeen = (path: string): boolean =>
    ![...privateRoots.keys()].some((root) => isWithin(path, root)) || shown.some((parent) => isWithin(path, parent));
  parts.push(...hiddenSecrets(request).filter((part) => isSeen(part.path)));
  if (request.cache !== undefined) {
    ensureMountPoint(request.cache.path);
    parts.push(bind(request.cache.path, request.cache.source, true));
  }
  parts.push(...hiddenStore(request, ensureMountPoint));
  parts.push(bind(VALOHAI_IN_VIEW, valohai, true));
  for (const folder of [inputs, config]) parts.push(bind(join(VALOHAI_IN_VIEW, basename(folder)), folder, false));
  parts.push(bindFile(SCRIPT_IN_VIEW, request.script));
  if (request.watch !== undefined)
    parts.push(bind(WATCH_IN_VIEW.module, request.watch.module, false), bind(WATCH_IN_VIEW.notes, request.watch.notes, true));
  return parts;
}

/** Where the stand-ins are that steps share. */
function standInsOf({ stateFolder }: ViewRequest): string {
  return join(stateFolder, "cache/view");
}

/** Empty ones in the place of files and folders with credentials. */
function hiddenSecrets(request: ViewRequest): readonly Bind[] {
  const empty = standIn(standInsOf(request), { folders: ["folder"], files: ["file"] });
  return findCredentialPlaces(request.home, request.shownSecrets).map(({ path, isFile }) =>
    isFile ? bindFile(path, join(empty, "file")) : bind(path, join(empty, "folder"), false),
  );
}

/** An empty stand-in for the state folder; the Python environment, or what is being built, stands at a place of its own. */
function hiddenStore(request: ViewRequest, ensureMountPoint: (path: string) => void): readonly ViewPart[] {
  const { stateFolder, pythonEnvironment, building } = request;
  ensureMountPoint(stateFolder);
  return [
    bind(stateFolder, standIn(standInsOf(request), {}), false),
    ...(pythonEnvironment === undefined ? [] : [bind(pythonEnvironment.path, pythonEnvironment.source, false)]),
    ...(building === undefined ? [] : [bind(building.path, building.source, true)]),
  ];
}

function topLevel(): ViewPart[] {
  const parts: ViewPart[] = [];
  for (const name of readdirSync("/")) {
    if (OWN_TREATMENT.has(name)) continue;
    const path = `/${name}`;
    const entry = lstatSync(path);
    if (entry.isSymbolicLink()) parts.push({ kind: "symlink", path, target: readlinkSync(path) });
    else if (entry.isDirectory()) parts.push(bind(path, path, false));
    else if (entry.isFile()) parts.push(bindFile(path, path));
  }
  return parts;
}

/** The project, the home folder and the installations that PATH names, where they lie below a folder that becomes private; parents first. */
function shadowed(request: ViewRequest, privateRoots: readonly string[]): readonly string[] {
  const installations = request.searchPath
    .split(":")
    .filter(isRealFolder)
    .map((folder) => (/^s?bin$/.test(basename(folder)) ? dirname(realpathSync.native(folder)) : realpathSync.native(folder)));
  const home = request.home !== undefined && isRealFolder(request.home) ? [realpathSync.native(request.home)] : [];
  const paths = [request.projectRoot, ...home, ...installations].filter((path) =>
    privateRoots.some((root) => path !== root && isWithin(path, root)),
  );
  return [...new Set(paths)]
    .sort((a, b) => a.length - b.length)
    .filter((path, index, all) => !all.slice(0, index).some((parent) => isWithin(path, parent)));
}

type Bind = Extract<ViewPart, { kind: "bind" }>;

function bind(path: string, source: string, writable: boolean): Bind {
  return { kind: "bind", path, source, writable, isFile: false };
}

function bindFile(path: string, source: string): Bind {
  return { kind: "bind", path, source, writable: false, isFile: true };
}

/** A folder, not a link to one, that this user can see. */
function isRealFolder(path: string): boolean {
  if (!path.startsWith("/")) return false;
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
