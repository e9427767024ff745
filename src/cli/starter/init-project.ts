import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { Style } from "../terminal/style.ts";
import { EXAMPLE_FILES, EXAMPLE_TARGET } from "./example-project.ts";
import { configForScripts, isStepScript, type Script, stepNameOf } from "./script-steps.ts";

export interface InitResult {
  readonly folder: string;
  /** Names of the files written. */
  readonly files: readonly string[];
  /** `example`, or `scripts` where the folder had scripts to make steps of. */
  readonly kind: "example" | "scripts";
  /** What to run first. */
  readonly target: string;
}

const CONFIG_FILE = "valohai.yaml";
const CONFIG_NAMES = ["headrace.yaml", "headrace.yml", "valohai.yaml", "valohai.yml"];

/** Writes a starter project. Nothing that exists is touched: should a file be in the way, nothing is written at all. */
export function initProject(folder: string): InitResult {
  try {
    mkdirSync(folder, { recursive: true });
    const config = CONFIG_NAMES.find((name) => existsSync(join(folder, name)));
    if (config !== undefined) {
      throw new HeadraceError("HR_FILE_EXISTS", `${join(folder, config)} exists already`, {
        hint: "`headrace lint` checks it, `headrace run NAME` runs it",
      });
    }
    const scripts = readScripts(folder);
    const first = scripts[0];
    const files =
      first === undefined ? EXAMPLE_FILES : { [CONFIG_FILE]: configForScripts(scripts, existsSync(join(folder, "requirements.txt"))) };
    writeAll(folder, files);
    return {
      folder,
      files: Object.keys(files),
      kind: first === undefined ? "example" : "scripts",
      target: first === undefined ? EXAMPLE_TARGET : stepNameOf(first.name),
    };
  } catch (error) {
    if (error instanceof HeadraceError || systemErrorCode(error) === undefined) throw error;
    throw new HeadraceError("HR_USAGE", `${folder} cannot be made a project (${systemErrorCode(error)})`, {
      hint: "name a folder that you may write to",
      cause: error,
    });
  }
}

/** What was done and what to type next. `shown` is the folder as the user named it. */
export function renderInit(result: InitResult, shown: string, style: Style): string[] {
  const where = shown === "." ? "" : ` in ${shown}`;
  const about = result.kind === "example" ? "an example pipeline that runs at once" : "a step for each script";
  const next = [...(shown === "." ? [] : [`cd ${shown}`]), `headrace run ${result.target}`];
  return [
    `${style.green("✓")} wrote ${result.files.join(", ")}${where}: ${about}`,
    "",
    "Next:",
    ...next.map((line) => `  ${style.cyan(line)}`),
    `  ${style.cyan("headrace lint")}  ${style.dim(`after each change of ${CONFIG_FILE}`)}`,
  ];
}

function readScripts(folder: string): readonly Script[] {
  const names = readdirSync(folder).filter((name) => isStepScript(name) && statSync(join(folder, name)).isFile());
  return names.sort().map((name) => ({ name, text: readBounded(join(folder, name), WRITTEN_BY_HAND_BYTES).toString() }));
}

function writeAll(folder: string, files: Readonly<Record<string, string>>): void {
  const taken = Object.keys(files).filter((name) => existsSync(join(folder, name)));
  if (taken.length > 0) {
    throw new HeadraceError("HR_FILE_EXISTS", `${taken.join(", ")} exist${taken.length === 1 ? "s" : ""} already in ${folder}`, {
      hint: "name a new folder, e.g. `headrace init example`",
    });
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { flag: "wx" });
}
