import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { plainInstallerSettings } from "./installer-settings.ts";
import { isWithin } from "./paths.ts";

/** Something that steps see although it lies in a closed folder, or that installers write to. Real path. */
export interface Shown {
  readonly path: string;
  readonly isFile: boolean;
  /** Installers write to it: a step gets a layer of its own over it, where that can be had. */
  readonly installable: boolean;
}

export interface InstallationsRequest {
  /** The PATH of Headrace itself. */
  readonly searchPath: string;
  /** The user's homes, real paths. */
  readonly homes: readonly string[];
  /**
   * Folders of which nothing is seen but what is shown: none of them, nor one that holds one, is ever an installation.
   */
  readonly closed: readonly string[];
  /** Folders in whose place a step sees others. */
  readonly hidden: readonly string[];
  /** Further variables that are passed on to steps and may name files in a home: certificates, libraries. */
  readonly variables: Readonly<Record<string, string>>;
  /** Programs outside of PATH that steps are started by, such as the Python of an environment. */
  readonly programs: readonly string[];
  /** True if folders where something is installed count; if false, only hidden folders count. */
  readonly layers: boolean;
}

/**
 * Folders that language runtimes and version managers keep in a home, and what is installed with them there. None of it
 * holds credentials.
 */
const INSTALLABLE: readonly string[] = [
  ".julia/artifacts",
  ".julia/compiled",
  ".julia/environments",
  ".julia/packages",
  ".julia/registries",
  ".local/lib",
];

/** More of that kind, into which steps install nothing unless PATH leads there. */
const RUNTIMES: readonly string[] = [
  ".asdf/installs",
  ".julia/juliaup",
  ".juliaup",
  ".local/pipx/venvs",
  ".local/share/fnm",
  ".local/share/mise/installs",
  ".local/share/pipx/venvs",
  ".local/share/uv/python",
  ".local/share/uv/tools",
  ".nvm",
  ".pyenv",
  ".rustup",
  ".sdkman/candidates",
  ".TinyTeX",
  ".volta",
];

const FONTS: readonly string[] = [".fonts", ".fontconfig", ".config/fontconfig", ".local/share/fonts"];

/**
 * Everything that programs of this machine need to run, and where they install: once, parents before what lies in them.
 */
export function findInstallations(request: InstallationsRequest): readonly Shown[] {
  const finder = new Finder(request);
  for (const folder of request.searchPath.split(":")) if (folder.startsWith("/")) finder.programs(folder);
  for (const home of request.homes) {
    for (const name of INSTALLABLE) finder.add(join(home, name), true);
    for (const name of namesIn(join(home, "R"))) if (name.endsWith("-library")) finder.add(join(home, "R", name), true);
    for (const path of plainInstallerSettings(home)) finder.add(path, false);
    for (const name of [...RUNTIMES, ...FONTS]) finder.add(join(home, name), false);
  }
  for (const program of request.programs) finder.program(program);
  for (const value of Object.values(request.variables)) {
    for (const path of value.split(":")) if (path.startsWith("/")) finder.add(path, false);
  }
  return finder.found();
}

/** The most links followed in one folder of programs. */
const MOST_LINKS = 500;

class Finder {
  readonly #closed: readonly string[];
  readonly #hidden: readonly string[];
  readonly #layers: boolean;
  readonly #found = new Map<string, Shown>();
  readonly #seen = new Set<string>();

  constructor({ homes, closed, hidden, layers }: InstallationsRequest) {
    this.#layers = layers;
    this.#closed = [...new Set([...closed, ...homes])];
    this.#hidden = hidden;
  }

  found(): readonly Shown[] {
    return [...this.#found.values()].sort((a, b) => a.path.length - b.path.length);
  }

  /** A file or folder that is there; one that is seen anyhow counts only if something is installed in it. */
  add(path: string, installable: boolean): void {
    const real = realPath(path);
    if (real === undefined) return;
    if (this.#closed.some((home) => isWithin(home, real))) return;
    const layered = this.#layers && installable && isInstallable(real);
    if (!layered && !this.#isHidden(real)) return;
    if (this.#found.get(real)?.installable === true) return;
    this.#found.set(real, { path: real, isFile: !statSync(real).isDirectory(), installable: layered });
  }

  /** A folder of programs, with the installation that it belongs to, and those that its links lead to. */
  programs(folder: string): void {
    const real = realPath(folder);
    if (real === undefined || this.#seen.has(real)) return;
    this.#seen.add(real);
    if (!this.#layers && !this.#isHidden(real)) return;
    const roots = installationOf(real, this.#closed);
    for (const root of roots) this.add(root, true);
    if (roots.length === 0 && this.#isHidden(real)) this.#addPlain(real);
    if (this.#isHidden(real)) for (const link of linksIn(real)) this.program(link);
  }

  /**
   * A program by its path, which may be a link: into an environment, from one environment to the Python that it was
   * made from.
   */
  program(path: string): void {
    const real = realPath(path);
    if (real === undefined || !this.#isHidden(real) || this.#isShown(real)) return;
    if (installationOf(dirname(real), this.#closed).length > 0) this.programs(dirname(real));
    else this.add(real, false);
  }

  /** Programs beside other things, such as `~/bin` and `~/.cargo/bin`, whose neighbours may be anything. */
  #addPlain(folder: string): void {
    this.add(folder, true);
    if (!/^s?bin$/.test(basename(folder))) return;
    const parent = dirname(folder);
    if (this.#closed.includes(parent)) return;
    for (const name of ["lib", "lib64", "libexec"]) this.add(join(parent, name), true);
  }

  #isHidden(path: string): boolean {
    return this.#hidden.some((folder) => isWithin(path, folder));
  }

  #isShown(path: string): boolean {
    return [...this.#found.keys()].some((one) => isWithin(path, one));
  }
}

/** Names that distinguish the root of an installation from a folder that merely has a `bin` in it. */
const MARKS = [
  "pyvenv.cfg",
  "conda-meta",
  "condabin",
  "versions",
  "installs",
  "include",
  "lib/python3",
  "lib/node_modules",
];

/**
 * The installations that a folder of programs belongs to: one, or with a conda environment also that of conda itself.
 */
function installationOf(folder: string, closed: readonly string[]): readonly string[] {
  if (!/^(s?bin|shims|condabin)$/.test(basename(folder))) return [];
  const root = dirname(folder);
  if (root === "/" || closed.includes(root) || basename(root) === ".local") return [];
  if (!MARKS.some((mark) => existsSync(join(root, mark))) && !hasPythonIn(join(root, "lib"))) return [];
  const around = dirname(dirname(root));
  const base = basename(dirname(root)) === "envs" && existsSync(join(around, "conda-meta")) ? [around] : [];
  return [...base, root];
}

function hasPythonIn(folder: string): boolean {
  return namesIn(folder).some((name) => name.startsWith("python"));
}

function linksIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
    return entries.slice(0, MOST_LINKS).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Returns true if this user installs there at all: root does anywhere, others in what is theirs. */
function isInstallable(path: string): boolean {
  if (process.getuid?.() === 0) return true;
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function realPath(path: string): string | undefined {
  try {
    // Most are not there, and an exception costs ten times as much as asking.
    return existsSync(path) ? realpathSync.native(path) : undefined;
  } catch {
    return undefined;
  }
}
