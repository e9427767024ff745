import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readBounded } from "../../bounded-file.ts";
import { isNotebook, isReadable } from "./notebook-steps.ts";
import { isStepScript, type Script } from "./script-steps.ts";

/** The content of a folder that a configuration could be made of. Paths are relative to it, with `/`. */
export interface FolderContent {
  /** Nothing but what a new repository has: hidden files, a README, a licence. */
  readonly isEmpty: boolean;
  /** Programs, in the order of their paths. */
  readonly scripts: readonly Script[];
  /** Notebooks of which no step can be made. */
  readonly notebooks: readonly string[];
  /**
   * Folders below which Python packages lie: `src` of `src/churn/__init__.py`; "" is the top. By the name of the
   * package.
   */
  readonly packageRoots: ReadonlyMap<string, string>;
}

const DEEPEST = 4;
/** A folder of data may have millions of files, and a proposal is not worth looking at all of them. */
const MOST_ENTRIES = 5000;
/** The size limit of a script; a larger file was not written by hand. */
const MOST_BYTES = 1_000_000;
/** A notebook has pictures in it. */
const MOST_NOTEBOOK_BYTES = 50_000_000;
const NO_CODE =
  /^(?:\..*|node_modules|venv|env|virtualenv|site-packages|__pycache__|tests?|docs?|build|dist|mlruns|wandb|lightning_logs)$/i;
const OF_NO_WEIGHT = /^(?:\.|readme|licen[cs]e|copying|notice|changelog|contributing|code_of_conduct)/i;
/** Shell and R have no mark of a program; in these folders files are meant to be run. */
const FOR_PROGRAMS = new Set(["", "scripts", "bin", "src"]);

export function lookAround(folder: string): FolderContent {
  const files: string[] = [];
  const packages = new Map<string, string>();
  let entries = 0;
  const walk = (path: string, depth: number, isPackage: boolean): void => {
    const listed = readdirSync(join(folder, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of listed) {
      entries += 1;
      if (entries > MOST_ENTRIES) return;
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (isFile(folder, inner, entry)) files.push(inner);
      else if (entry.isDirectory() && depth < DEEPEST && !isLeftOut(join(folder, inner), entry.name)) {
        const isInner = existsSync(join(folder, inner, "__init__.py"));
        if (isInner && !isPackage) packages.set(entry.name, path);
        walk(inner, depth + 1, isInner);
      }
    }
  };
  walk("", 0, false);
  const scripts = files.filter((path) => isStepScript(baseName(path))).flatMap((path) => readScript(folder, path));
  const programs = scripts.filter((script) => isProgram(script) && !isModuleOf(script, scripts));
  const taken = new Set(programs.map(({ name }) => name));
  return {
    isEmpty: readdirSync(folder).every((name) => OF_NO_WEIGHT.test(name)),
    scripts: programs,
    notebooks: files.filter((path) => isNotebook(baseName(path)) && !taken.has(path)),
    packageRoots: packages,
  };
}

function isFile(folder: string, path: string, entry: Dirent): boolean {
  if (entry.isFile()) return true;
  return entry.isSymbolicLink() && (statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false);
}

/**
 * Virtual environments under any name, repositories within this one, and projects with a configuration of their own.
 */
function isLeftOut(path: string, name: string): boolean {
  return (
    NO_CODE.test(name) ||
    ["pyvenv.cfg", ".git", "valohai.yaml", "headrace.yaml"].some((each) => existsSync(join(path, each)))
  );
}

function readScript(folder: string, path: string): Script[] {
  try {
    return [
      {
        name: path,
        text: readBounded(join(folder, path), isNotebook(path) ? MOST_NOTEBOOK_BYTES : MOST_BYTES).toString(),
      },
    ];
  } catch {
    // Larger than anybody writes, or not to be read: no step is proposed for it.
    return [];
  }
}

const HAS_MAIN = /^if\s+__name__\s*==/m;
/** Something happens at the top level: a call, or a statement that begins a block. */
const DOES_SOMETHING =
  /^(?:[A-Za-z_][\w.]*\(|(?:with|for|while|await|print)\b|[\w, .[\]]+=\s*[\w.]*(?:read|load|parse_args|argv)\w*)/m;

function isProgram({ name, text }: Script): boolean {
  if (isNotebook(baseName(name))) return isReadable(text);
  if (!name.endsWith(".py")) return FOR_PROGRAMS.has(folderName(name));
  return HAS_MAIN.test(text) || DOES_SOMETHING.test(text);
}

/** Returns true for a script that another one imports: it is a module, unless it says that it is a program as well. */
function isModuleOf({ name, text }: Script, others: readonly Script[]): boolean {
  if (!name.endsWith(".py") || HAS_MAIN.test(text)) return false;
  const module = baseName(name).slice(0, -3);
  if (!/^[A-Za-z]\w*$/.test(module)) return false;
  const imported = new RegExp(
    String.raw`^\s*(?:import\s+(?:[\w.]+\.)?${module}\b|from\s+\.*(?:[\w.]+\.)?${module}\s+import|from\s+[\w.]+\s+import\s+[^\n]*\b${module}\b)`,
    "m",
  );
  // `exec(open("configurator.py").read())` is a module as well.
  const executed = new RegExp(String.raw`\bexec\(\s*open\(\s*["'][^"']*\b${module}\.py["']`);
  return others.some(
    (other) =>
      other.name !== name && other.name.endsWith(".py") && (imported.test(other.text) || executed.test(other.text)),
  );
}

/**
 * Returns the file that installs the packages of the project's scripts, as `python.requirements` takes it; undefined if
 * nothing does.
 */
export function requirementsFile(folder: string): string | undefined {
  const found = ["requirements.txt", "src/requirements.txt"].find((name) => existsSync(join(folder, name)));
  if (found !== undefined || !existsSync(join(folder, "pyproject.toml"))) return found;
  const text = readBounded(join(folder, "pyproject.toml"), MOST_BYTES).toString();
  const project = /^\[project\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text)?.[1] ?? "";
  return /^dependencies\s*=\s*\[\s*["'#]/m.test(project) ? "pyproject.toml" : undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function folderName(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}
