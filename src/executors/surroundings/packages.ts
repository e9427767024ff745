import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * What is installed beside an interpreter, as one text that changes with it: for Python and R, whose packages stand in folders of their
 * own. Undefined for other programs.
 */
export function packagesOf(program: string, home: string): string | undefined {
  const name = basename(program);
  if (/^(?:python|pypy)[0-9.]*$/.test(name)) return digestOf(pythonFolders(program, home), pythonEntry);
  if (/^R(?:script)?$/.test(name)) return digestOf(librariesOfR(program, home), datedEntry);
  return undefined;
}

function digestOf(folders: readonly string[], describe: (folder: string, name: string) => string | undefined): string {
  const hash = createHash("sha256");
  let count = 0;
  for (const folder of new Set(folders.flatMap(realpathIfThere))) {
    for (const name of namesIn(folder)) {
      const entry = describe(folder, name);
      if (entry === undefined) continue;
      count += 1;
      hash.update(`${entry}\0`);
    }
    hash.update("\0");
  }
  return `${count} entries, ${hash.digest("hex").slice(0, 16)}`;
}

/** Where a Python finds installed packages. */
export function pythonFolders(program: string, home: string): readonly string[] {
  const settings = textOf(join(dirname(program), "../pyvenv.cfg")) ?? textOf(join(dirname(program), "pyvenv.cfg"));
  const installed = (): readonly string[] => [
    ...realpathIfThere(program).flatMap((real) => siteFolders(dirname(dirname(real)))),
    ...siteFolders(join(home, ".local")),
  ];
  if (settings === undefined) return installed();
  const own = siteFolders(dirname(dirname(program)));
  return /^include-system-site-packages\s*=\s*true/im.test(settings) ? [...own, ...installed()] : own;
}

function siteFolders(prefix: string): readonly string[] {
  return ["lib", "lib64", "local/lib"].flatMap((library) =>
    namesIn(join(prefix, library))
      .filter((name) => /^(?:python|pypy)[0-9]/.test(name))
      .flatMap((name) => ["site-packages", "dist-packages"].map((site) => join(prefix, library, name, site))),
  );
}

/** A package's version stands in a name. One that was installed from a folder keeps its version when it changes, and so counts by time. */
function pythonEntry(folder: string, name: string): string | undefined {
  if (name === "__pycache__") return undefined;
  if (/\.(?:pth|egg-link)$/.test(name)) return `${name}\0${textOf(join(folder, name)) ?? ""}`;
  if (!name.endsWith(".dist-info")) return name;
  const source = textOf(join(folder, name, "direct_url.json"));
  return source === undefined ? name : `${name}\0${source}\0${timeOf(join(folder, name, "RECORD"))}`;
}

function datedEntry(folder: string, name: string): string {
  return `${name}\0${timeOf(join(folder, name))}`;
}

function librariesOfR(program: string, home: string): readonly string[] {
  const prefixes = [dirname(dirname(program)), ...realpathIfThere(program).map((real) => dirname(dirname(real))), "/usr/local"];
  const own = namesIn(join(home, "R")).flatMap((kind) => namesIn(join(home, "R", kind)).map((version) => join(home, "R", kind, version)));
  return [...prefixes.flatMap((prefix) => ["lib/R/library", "lib/R/site-library"].map((path) => join(prefix, path))), ...own];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function realpathIfThere(path: string): readonly string[] {
  try {
    return [realpathSync.native(path)];
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
