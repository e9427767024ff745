import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InitResult } from "../../api/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { makeFolder } from "../../make-folder.ts";
import { EXAMPLE_FILES, EXAMPLE_TARGET } from "./example-project.ts";
import { type FolderContent, lookAround, requirementsFile } from "./find-scripts.ts";
import { filesMissing } from "./script-needs.ts";
import { configForSteps, type ProposedStep, proposeSteps } from "./script-steps.ts";

/** A step that was written, and what it lacks before it can run. */
export type InitStep = InitResult["steps"][number];

const CONFIG_FILE = "valohai.yaml";
const CONFIG_NAMES = ["headrace.yaml", "headrace.yml", "valohai.yaml", "valohai.yml"];

/** Writes a starter project. Nothing that exists is touched, and no example is written beside anything else. */
export function initProject(folder: string, wanted: { readonly example?: boolean } = {}): InitResult {
  try {
    makeFolder(folder);
    const config = CONFIG_NAMES.find((name) => existsSync(join(folder, name)));
    if (config !== undefined) {
      throw new HeadraceError("HR_FILE_EXISTS", `${join(folder, config)} exists already`, {
        hint: "`headrace lint` checks it, `headrace run NAME` runs it",
      });
    }
    const content = lookAround(folder);
    if (wanted.example === true && !content.isEmpty) {
      throw new HeadraceError("HR_FILE_EXISTS", `${folder} is not empty`, {
        hint: "name a new folder: headrace init --example first-steps",
      });
    }
    if (wanted.example === true || content.isEmpty) return writeExample(folder);
    if (existsSync(join(folder, "dvc.yaml"))) return importFirst(folder);
    return writeSteps(folder, content);
  } catch (error) {
    if (error instanceof HeadraceError || systemErrorCode(error) === undefined) throw error;
    throw new HeadraceError("HR_USAGE", `${folder} cannot be made a project (${systemErrorCode(error)})`, {
      hint: "name a folder that you may write to",
      cause: error,
    });
  }
}

function writeExample(folder: string): InitResult {
  writeAll(folder, EXAMPLE_FILES);
  return { folder, files: Object.keys(EXAMPLE_FILES), kind: "example", target: EXAMPLE_TARGET, steps: [], found: [] };
}

/** A configuration of scripts would stand in the way of the better one that the import writes. */
function importFirst(folder: string): InitResult {
  const found = [{ file: "dvc.yaml", note: "a pipeline of DVC, whose stages become steps; nothing was written" }];
  return { folder, files: [], kind: "import", target: null, steps: [], found };
}

function writeSteps(folder: string, content: FolderContent): InitResult {
  const requirements = requirementsFile(folder);
  const steps = proposeSteps(content.scripts, { requirements, packageRoots: content.packageRoots });
  const found = findings(folder, requirements, content);
  if (steps.length === 0) {
    throw new HeadraceError("HR_USAGE", `${folder} has no scripts that look like steps (*.py, *.sh, *.R, *.ipynb)`, {
      details: found.map(({ file, note }) => `${file}: ${note}`),
      hint: "`headrace docs tutorial` shows how a valohai.yaml is written; `headrace init --example NAME` writes an example into a new folder",
    });
  }
  writeAll(folder, { [CONFIG_FILE]: configForSteps(steps) });
  const proposed = steps.map((step) => ({ ...needsOf(step, folder), name: step.name, command: step.command }));
  return {
    folder,
    files: [CONFIG_FILE],
    kind: "scripts",
    target: firstToRun(proposed)?.name ?? null,
    steps: proposed,
    found,
  };
}

function needsOf({ inputs, parameters, script }: ProposedStep, folder: string): Pick<InitStep, "needs" | "missing"> {
  const values = parameters.filter(
    ({ optional, type, default: value }) => !optional && type !== "flag" && value === undefined,
  );
  return {
    needs: [...inputs.map((name) => `--input ${name}=FILE`), ...values.map(({ name }) => `--${name}=VALUE`)],
    missing: filesMissing(script, folder),
  };
}

/**
 * Steps are mostly called by what they do: these come first in a pipeline, then what trains, and some can only come
 * last.
 */
const PLACES = [
  /^(?:data-?|raw-?)?(?:download|fetch|get|load|ingest|extract|prepar|pre-?process|clean|split)/,
  /^(?:train|fit)/,
  /^(?!.*(?:predict|infer|serve|deploy|evaluat|bench|compar|monitor|plot|report|call|sample))/,
];

/** A step that can run as it is, if there is one: if there are several, one that seems to stand at the beginning. */
function firstToRun(steps: readonly InitStep[]): InitStep | undefined {
  const placeOf = (name: string): number =>
    PLACES.findIndex((place) => place.test(name)) + (PLACES.some((place) => place.test(name)) ? 0 : 4);
  const weight = ({ name, needs, missing }: InitStep): number => (needs.length + missing.length) * 10 + placeOf(name);
  return steps.toSorted((a, b) => weight(a) - weight(b))[0];
}

function findings(folder: string, requirements: string | undefined, { notebooks }: FolderContent): InitResult["found"] {
  const has = (name: string): boolean => existsSync(join(folder, name));
  const conda = ["environment.yml", "environment.yaml"].find(has);
  const [notebook] = notebooks;
  return [
    ...(requirements === undefined
      ? []
      : [{ file: requirements, note: "its packages are installed for the Python steps" }]),
    ...(conda === undefined || requirements !== undefined
      ? []
      : [{ file: conda, note: "conda packages are not installed; activate the environment before `headrace run`" }]),
    ...(has("MLproject") ? [{ file: "MLproject", note: "its entry points are not read" }] : []),
    ...(notebook === undefined
      ? []
      : [
          {
            file: notebook,
            note:
              notebooks.length === 1
                ? "no step was made of this notebook"
                : `no steps were made of ${notebooks.length} notebooks`,
          },
        ]),
  ];
}

function writeAll(folder: string, files: Readonly<Record<string, string>>): void {
  const taken = new Set(readdirSync(folder));
  const clashes = Object.keys(files).filter((name) => taken.has(name));
  if (clashes.length > 0) {
    throw new HeadraceError(
      "HR_FILE_EXISTS",
      `${clashes.join(", ")} exist${clashes.length === 1 ? "s" : ""} already in ${folder}`,
      {
        hint: "name a new folder, e.g. `headrace init example`",
      },
    );
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { flag: "wx" });
}
