import { createHash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FolderNames, statsOf } from "./folder-names.ts";

/**
 * Returns one text that changes with what is installed beside an interpreter: for Python and R, whose packages stand in
 * folders of their own. Undefined for other programs.
 */
export function packagesOf(program: string, home: string, names = new FolderNames()): string | undefined {
  const name = basename(program);
  if (/^(?:python|pypy)[0-9.]*$/.test(name)) return digestOf(pythonFolders(program, home, names), names, pythonEntry);
  if (/^R(?:script)?$/.test(name)) return digestOf(librariesOfR(program, home, names), names, datedEntry);
  return undefined;
}

function digestOf(
  folders: readonly string[],
  names: FolderNames,
  describe: (folder: string, name: string, names: FolderNames) => string | undefined,
): string {
  const hash = createHash("sha256");
  let count = 0;
  for (const folder of new Set(folders.flatMap(realpathIfThere))) {
    for (const name of names.of(folder)) {
      const entry = describe(folder, name, names);
      if (entry === undefined) continue;
      count += 1;
      hash.update(`${entry}\0`);
    }
    hash.update("\0");
  }
  return `${count} entries, ${hash.digest("hex").slice(0, 16)}`;
}

/** Returns the folders where a Python finds installed packages. */
export function pythonFolders(program: string, home: string, names = new FolderNames()): readonly string[] {
  const settings = textOf(join(dirname(program), "../pyvenv.cfg")) ?? textOf(join(dirname(program), "pyvenv.cfg"));
  const installed = (): readonly string[] => [
    ...realpathIfThere(program).flatMap((real) => siteFolders(dirname(dirname(real)), names)),
    ...siteFolders(join(home, ".local"), names),
  ];
  if (settings === undefined) return installed();
  const own = siteFolders(dirname(dirname(program)), names);
  return /^include-system-site-packages\s*=\s*true/im.test(settings) ? [...own, ...installed()] : own;
}

function siteFolders(prefix: string, names: FolderNames): readonly string[] {
  return ["lib", "lib64", "local/lib"].flatMap((library) =>
    [...names.of(join(prefix, library))]
      .filter((name) => /^(?:python|pypy)[0-9]/.test(name))
      .flatMap((name) => ["site-packages", "dist-packages"].map((site) => join(prefix, library, name, site))),
  );
}

/**
 * A package's version stands in a name. One that was installed from a folder keeps its version when it changes, and so
 * counts by time.
 */
function pythonEntry(folder: string, name: string, names: FolderNames): string | undefined {
  if (name === "__pycache__") return undefined;
  if (/\.(?:pth|egg-link)$/.test(name)) return `${name}\0${textOf(join(folder, name)) ?? ""}`;
  if (!name.endsWith(".dist-info")) return name;
  if (!names.of(join(folder, name)).has("direct_url.json")) return name;
  const source = textOf(join(folder, name, "direct_url.json"));
  return source === undefined ? name : `${name}\0${source}\0${timeOf(join(folder, name, "RECORD"))}`;
}

function datedEntry(folder: string, name: string): string {
  return `${name}\0${timeOf(join(folder, name))}`;
}

function librariesOfR(program: string, home: string, names: FolderNames): readonly string[] {
  const prefixes = [
    dirname(dirname(program)),
    ...realpathIfThere(program).map((real) => dirname(dirname(real))),
    "/usr/local",
  ];
  const own = [...names.of(join(home, "R"))].flatMap((kind) =>
    [...names.of(join(home, "R", kind))].map((version) => join(home, "R", kind, version)),
  );
  return [
    ...prefixes.flatMap((prefix) => ["lib/R/library", "lib/R/site-library"].map((path) => join(prefix, path))),
    ...own,
  ];
}

function realpathIfThere(path: string): readonly string[] {
  if (statsOf(path) === undefined) return [];
  try {
    return [realpathSync.native(path)];
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  if (statsOf(path) === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
