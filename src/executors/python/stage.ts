import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Origins } from "./build-errors.ts";
import { copySource } from "./local-sources.ts";
import type { Requirements, StagedLine } from "./requirements.ts";

/** The folder that a build works on, with copies and files for the installer. */
export interface Stage {
  readonly folder: string;
  /** Files with requirements, for `-r`; empty where nothing is to be installed. */
  readonly files: readonly string[];
  /** A file with options alone, and one with constraints. */
  readonly options: readonly string[];
  readonly constraints: readonly string[];
  readonly origins: Origins;
}

export const STAGED_PROJECT = "project";

/** Writes what is to be installed. Paths in it are relative to the folder, in which the installer runs. */
export function stageRequirements(
  folder: string,
  requirements: Requirements,
  repository: string,
  expand: (text: string, where: string) => string,
): Stage {
  mkdirSync(folder, { recursive: true });
  const sources = requirements.localSources.map((source, index) => {
    copySource(source, join(folder, String(index), basename(source)), repository);
    return `./${index}/${basename(source)}`;
  });
  const links = requirements.links.map((source, index) => {
    copySource(source, join(folder, "links", String(index)), repository);
    return `./links/${index}`;
  });
  const placed = (lines: readonly StagedLine[]): readonly StagedLine[] =>
    lines.map(({ text, where }) => ({
      text: expand(text, where)
        .replace(/\{local:(\d+)\}/, (_, index: string) => sources[Number(index)] ?? "")
        .replace(/\{links:(\d+)\}/, (_, index: string) => links[Number(index)] ?? ""),
      where,
    }));
  const files = {
    "requirements.txt": placed(requirements.lines),
    "options.txt": placed(requirements.options),
    "constraints.txt": placed(requirements.constraints),
  };
  for (const [name, lines] of Object.entries(files)) writeLines(join(folder, name), lines);
  const project = stageProject(folder, requirements.project);
  const given = (name: keyof typeof files): readonly string[] => (files[name].length === 0 ? [] : [name]);
  return {
    folder,
    files: [...given("requirements.txt"), ...project],
    options: given("options.txt"),
    constraints: given("constraints.txt"),
    origins: files,
  };
}

function writeLines(path: string, lines: readonly StagedLine[]): void {
  if (lines.length > 0) writeFileSync(path, `${lines.map(({ text }) => text).join("\n")}\n`, { mode: 0o600 });
}

/** A pyproject.toml, with the lock file beside it; the builder makes `project.txt` of them. */
function stageProject(folder: string, project: Requirements["project"]): readonly string[] {
  if (project === undefined) return [];
  const target = join(folder, STAGED_PROJECT);
  mkdirSync(target, { recursive: true });
  for (const name of ["pyproject.toml", "uv.lock"]) {
    const path = join(dirname(project.file), name);
    if (existsSync(path)) copyFileSync(path, join(target, name));
  }
  return ["project.txt"];
}
