import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { HeadraceError } from "../../errors.ts";
import { isWithin } from "../local/sandbox/paths.ts";

interface SourceFile {
  /** Below the source; empty for a source that is a file itself. */
  readonly name: string;
  readonly path: string;
  readonly isExecutable: boolean;
}

/**
 * The files of a local source, links followed: what is installed is what they lead to. A link out of the repository is
 * refused, as the snapshot that the step runs from does not have what is there.
 */
function filesOf(source: string, repository: string): readonly SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (path: string, name: string, above: readonly string[]): void => {
    const real = realPathWithin(path, name, source, repository);
    const stats = statSync(real);
    if (stats.isFile()) files.push({ name, path: real, isExecutable: (stats.mode & 0o100) !== 0 });
    // A folder that a link leads back to would never end.
    if (!stats.isDirectory() || above.includes(real)) return;
    for (const entry of readdirSync(real).sort())
      if (!isNoSource(join(real, entry), entry, name === ""))
        visit(join(real, entry), name === "" ? entry : `${name}/${entry}`, [...above, real]);
  };
  visit(source, "", []);
  return files;
}

function realPathWithin(path: string, name: string, source: string, repository: string): string {
  if (!existsSync(path))
    throw failure(`the link ${join(source, name).slice(repository.length + 1)} leads nowhere`, "mend or remove it");
  const real = realpathSync.native(path);
  if (isWithin(real, repository)) return real;
  throw new HeadraceError(
    "HR_PATH_ESCAPES",
    `the link ${join(source, name).slice(repository.length + 1)} leads out of the repository`,
    {
      hint: "steps run from a snapshot of the repository; keep what they install inside it",
    },
  );
}

/**
 * True for files that builds and tools leave. Deeper in a package, folders of these names are as much source as others,
 * save for virtual environments and bytecode.
 */
function isNoSource(path: string, name: string, isAtRoot: boolean): boolean {
  if (name === "__pycache__") return true;
  if (!lstatSync(path).isDirectory()) return false;
  if (name === ".git" || existsSync(join(path, "pyvenv.cfg"))) return true;
  if (!isAtRoot) return false;
  return (
    /^(\.venv|\.tox|\.nox|node_modules|.*\.egg-info)$/.test(name) ||
    (name === "build" && !existsSync(join(path, "__init__.py")))
  );
}

/** Returns a hash of the content of a source: names, contents, and which files may be executed. */
export function sourceHash(source: string, repository: string): string {
  const hash = createHash("sha256");
  for (const { name, path, isExecutable } of filesOf(source, repository)) {
    hash.update(`${name}\0${isExecutable ? "x" : "-"}\0${statSync(path).size}\0`);
    for (const piece of piecesOf(path)) hash.update(piece);
  }
  return hash.digest("hex");
}

/** Builds write into the source folder, which is the step's repository: so they get a copy. */
export function copySource(source: string, target: string, repository: string): void {
  if (statSync(source).isDirectory()) mkdirSync(target, { recursive: true });
  for (const { name, path } of filesOf(source, repository)) {
    const copy = name === "" ? target : join(target, name);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(path, copy, constants.COPYFILE_FICLONE);
  }
}

/** A file may be larger than memory. */
function* piecesOf(path: string): Generator<Uint8Array> {
  const descriptor = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(256 * 1024);
  try {
    for (;;) {
      const length = readSync(descriptor, buffer, 0, buffer.length, null);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A folder outside of the repository, by names, sizes and times of its files: it may be large, and is not the
 * project's.
 */
export function outsideFolderFacts(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => {
        const { size, mtimeMs } = statSync(join(folder, name));
        return `${name} ${size} ${mtimeMs}`;
      });
  } catch {
    // Not there: the installer says so.
    return [];
  }
}

function failure(message: string, hint: string): HeadraceError {
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", message, { hint });
}
