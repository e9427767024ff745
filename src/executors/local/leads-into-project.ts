import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../ask-program.ts";
import { pythonFolders } from "../surroundings/packages.ts";
import { behindShim } from "../surroundings/programs.ts";
import type { MachineLook } from "./sandbox/machine-look.ts";

export interface LeadingStep {
  readonly projectRoot: string;
  /** The version's checkout. */
  readonly checkout: string;
  readonly command: readonly string[];
  /** All variables of the step. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folders that may hold the Python that it runs; empty if it runs one of its own. */
  readonly searchPath: string;
  readonly home: string;
}

/**
 * Returns true if a step is led to code in the project's own folder: by its command, its variables or an editable
 * install of a Python on its PATH. Paths that only its scripts know are not found; what is read by them is compared
 * when it has ended.
 */
export function leadsIntoProject(look: MachineLook, step: LeadingStep): boolean {
  const leads = (text: string): boolean =>
    pathsBelow(step.projectRoot, text).some((name) => name === "" || existsSync(join(step.checkout, name)));
  return (
    [...step.command, ...Object.values(step.environment)].some(leads) ||
    look.ask(pathFiles, step.searchPath, step.home).some(leads)
  );
}

/** The first names of the paths below a folder that a text has; empty for the folder itself. */
function pathsBelow(folder: string, text: string): readonly string[] {
  const names: string[] = [];
  for (let at = text.indexOf(folder); at >= 0; at = text.indexOf(folder, at + 1)) {
    const rest = text.slice(at + folder.length);
    const name = /^(?:\/+([^\s/:;,'"]*)|(?=[\s:;,'"]|$))/.exec(rest);
    if (name !== null) names.push(name[1] ?? "");
  }
  return names;
}

/**
 * Returns the texts that tell the Pythons on PATH of folders elsewhere: `.pth` files, and what editable installs put
 * beside them.
 */
function pathFiles(searchPath: string, home: string): readonly string[] {
  const found = ["python3", "python"].map((name) => findProgram(name, searchPath)).filter((path) => path !== undefined);
  const programs = new Set(found.map((path) => behindShim(path)?.program ?? path));
  const folders = new Set([...programs].flatMap((program) => pythonFolders(program, home)));
  return [...folders].flatMap((folder) =>
    namesIn(folder)
      .filter((name) => /\.(?:pth|egg-link)$|^__editable__.*\.py$/.test(name))
      .map((name) => textOf(join(folder, name))),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
