import { readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FolderNames } from "./folder-names.ts";
import { packagesOf } from "./packages.ts";

/**
 * An answer counts as current for so long: within one decision of a thousand nodes, not within the life of an engine.
 */
export const REMEMBERED_MS = 1_000;

/** Finds the programs behind names, as far as files tell: a thousand nodes ask for the same few. */
export class Programs {
  readonly #searchPath: string;
  readonly #home: string;
  readonly #folders: FolderNames;
  readonly #found = new Map<string, Readonly<Record<string, string>>>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(searchPath: string, home: string, folders = new FolderNames()) {
    this.#searchPath = searchPath;
    this.#home = home;
    this.#folders = folders;
  }

  /** Returns what is known of a program that PATH leads to, or that its path names; nothing if there is none. */
  factsOf(name: string): Readonly<Record<string, string>> {
    if (performance.now() - this.#since > REMEMBERED_MS) {
      this.#found.clear();
      this.#since = performance.now();
    }
    const known = this.#found.get(name) ?? this.#read(name);
    this.#found.set(name, known);
    return known;
  }

  #read(name: string): Readonly<Record<string, string>> {
    const path = this.#find(name);
    if (path === undefined) return {};
    const facts: Record<string, string> = {};
    const identity = identityOf(path);
    if (identity !== undefined) facts[`program ${name}`] = identity;
    // The script of a version manager stands for the program that it would start.
    const behind = behindShim(path);
    const behindIdentity = behind && identityOf(behind.program);
    if (behind !== undefined)
      facts[`program ${name} by its version manager`] = `${behind.version}: ${behindIdentity ?? "unknown"}`;
    const packages = packagesOf(
      behindIdentity === undefined || behind === undefined ? path : behind.program,
      this.#home,
      this.#folders,
    );
    if (packages !== undefined) facts[`packages of ${name}`] = packages;
    return facts;
  }

  #find(name: string): string | undefined {
    if (name.startsWith("/")) return isProgram(name) ? name : undefined;
    if (name.includes("/")) return undefined;
    return this.#searchPath
      .split(":")
      .filter((folder) => folder.startsWith("/") && this.#folders.of(folder).has(name))
      .map((folder) => join(folder, name))
      .find(isProgram);
  }
}

/** Package managers keep times: equal packages give equal identities on two machines. */
function identityOf(path: string): string | undefined {
  try {
    const real = realpathSync.native(path);
    const { size, mtimeMs } = statSync(real);
    return `${real} (${size} bytes of ${new Date(mtimeMs).toISOString()})`;
  } catch {
    return undefined;
  }
}

/** Returns the program that a version manager's script would start. */
export function behindShim(path: string): { readonly version: string; readonly program: string } | undefined {
  const folder = dirname(path);
  if (basename(folder) !== "shims") return undefined;
  try {
    const version = readFileSync(join(folder, "../version"), "utf8").trim();
    const first = version.split(/\s+/)[0] ?? "";
    return { version, program: join(folder, "../versions", first, "bin", basename(path)) };
  } catch {
    return undefined;
  }
}

function isProgram(path: string): boolean {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0;
}
