import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { executionFolder } from "../../../contract/index.ts";

/** Where the script stands for the step; `/.headrace` exists only in its view. */
export const SCRIPT_IN_VIEW = "/.headrace/step";
export const VALOHAI_IN_VIEW = "/valohai";

/** One piece of the file system as a step sees it. Later ones lie over earlier ones. */
export type ViewPart =
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  | { readonly kind: "bind"; readonly path: string; readonly source: string; readonly writable: boolean; readonly isFile: boolean }
  | { readonly kind: "devices" }
  | { readonly kind: "processes" };

export interface ViewRequest {
  /** The execution's folder, real path. */
  readonly folder: string;
  readonly script: string;
  readonly stateFolder: string;
  readonly projectRoot: string;
  readonly pythonEnvironment: string | undefined;
  /** The user's cache folder, real path; undefined where there is none to be had. */
  readonly cacheFolder: string | undefined;
  readonly searchPath: string;
  readonly home: string | undefined;
}

const PRIVATE_FOLDERS = ["/tmp", "/var/tmp"];
/** Made anew for every step, or bound in a way of their own. */
const OWN_TREATMENT = new Set(["proc", "dev", "valohai", ".headrace", "tmp"]);

/** These parts of /proc change the machine when root writes to them. */
export function dangerousInProc(): readonly string[] {
  return ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"].filter((path) => existsSync(path));
}

export function scratchFolder(folder: string): string {
  return join(folder, "scratch");
}

/**
 * Everything of the machine read-only, save /valohai, temporary and cache folders; the store hidden. Makes the folders on
 * disk that the view needs. Temporary files lie on disk and not in memory, so that large ones work.
 */
export function buildView(request: ViewRequest): readonly ViewPart[] {
  const scratch = scratchFolder(request.folder);
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const { valohai, inputs, config } = executionFolder(request.folder);
  const parts = [...topLevel(), { kind: "devices" } as const, { kind: "processes" } as const];

  const privateRoots = new Map<string, string>();
  for (const path of PRIVATE_FOLDERS.filter(isRealFolder)) {
    const source = join(scratch, path.slice(1).replace("/", "-"));
    mkdirSync(source, { recursive: true });
    // As /tmp is everywhere; on the host, only its owner gets through the scratch folder above it.
    chmodSync(source, 0o1777);
    privateRoots.set(path, source);
    parts.push(bind(path, source, true));
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
  if (request.cacheFolder !== undefined) {
    ensureMountPoint(request.cacheFolder);
    parts.push(bind(request.cacheFolder, request.cacheFolder, true));
  }
  parts.push(...hiddenStore(request, scratch, ensureMountPoint));
  parts.push(bind(VALOHAI_IN_VIEW, valohai, true));
  for (const folder of [inputs, config]) parts.push(bind(join(VALOHAI_IN_VIEW, basename(folder)), folder, false));
  parts.push({ ...bind(SCRIPT_IN_VIEW, request.script, false), isFile: true });
  return parts;
}

/** A stand-in for the state folder that holds nothing but the mount point of the Python environment. */
function hiddenStore(request: ViewRequest, scratch: string, ensureMountPoint: (path: string) => void): readonly ViewPart[] {
  const standIn = join(scratch, "hidden");
  const { stateFolder, pythonEnvironment } = request;
  mkdirSync(standIn, { recursive: true });
  ensureMountPoint(stateFolder);
  const parts = [bind(stateFolder, standIn, false)];
  if (pythonEnvironment === undefined) return parts;
  if (isWithin(pythonEnvironment, stateFolder)) mkdirSync(join(standIn, relative(stateFolder, pythonEnvironment)), { recursive: true });
  else ensureMountPoint(pythonEnvironment);
  return [...parts, bind(pythonEnvironment, pythonEnvironment, false)];
}

function topLevel(): ViewPart[] {
  const parts: ViewPart[] = [];
  for (const name of readdirSync("/")) {
    if (OWN_TREATMENT.has(name)) continue;
    const path = `/${name}`;
    const entry = lstatSync(path);
    if (entry.isSymbolicLink()) parts.push({ kind: "symlink", path, target: readlinkSync(path) });
    else if (entry.isDirectory()) parts.push(bind(path, path, false));
    else if (entry.isFile()) parts.push({ ...bind(path, path, false), isFile: true });
  }
  return parts;
}

/** The project, the home folder and the installations that PATH names, where they lie below a folder that becomes private; parents first. */
function shadowed(request: ViewRequest, privateRoots: readonly string[]): readonly string[] {
  const installations = request.searchPath
    .split(":")
    .filter(isRealFolder)
    .map((folder) => (/^s?bin$/.test(basename(folder)) ? dirname(realpathSync(folder)) : realpathSync(folder)));
  const home = request.home !== undefined && isRealFolder(request.home) ? [realpathSync(request.home)] : [];
  const paths = [request.projectRoot, ...home, ...installations].filter((path) =>
    privateRoots.some((root) => path !== root && isWithin(path, root)),
  );
  return [...new Set(paths)]
    .sort((a, b) => a.length - b.length)
    .filter((path, index, all) => !all.slice(0, index).some((parent) => isWithin(path, parent)));
}

function bind(path: string, source: string, writable: boolean): Extract<ViewPart, { kind: "bind" }> {
  return { kind: "bind", path, source, writable, isFile: false };
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
