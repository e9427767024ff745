import { shellQuote } from "../shell-quote.ts";
import type { ConnectedStage, StageInput } from "./connect-stages.ts";
import type { DvcStage } from "./dvc-stage.ts";
import { parentOf } from "./repository-path.ts";

/**
 * The command lines of a step that does what the stage does. DVC's commands read and write paths of the repository; so
 * inputs are linked to where the command looks for them, places for the outputs are cleared as DVC clears them, and
 * afterwards the outputs are handed over under the same paths and JSON metrics printed as metadata. Parts of a line are
 * joined by `;`, since `set -e` overlooks all but the last part of a chain of `&&`.
 */
export function stepCommands({ stage, inputs }: ConnectedStage): readonly string[] {
  return [
    ...inputs.map(linkLine),
    ...clearLines(stage),
    ...ownLines(stage),
    ...stage.outs.map(keepLine),
    ...stage.metrics.map(printLine),
  ];
}

function linkLine({ name, path }: StageInput): string {
  return `${makeParent(path)}rm -rf ${word(path)}; ln -s "$VH_INPUTS_DIR"/${shellQuote(`${name}/${path}`)} ${word(path)}`;
}

function clearLines({ outs }: DvcStage): readonly string[] {
  if (outs.length === 0) return [];
  const parents = [...new Set(outs.map(parentOf).filter((path) => path !== ""))];
  return [
    `rm -rf ${outs.map(word).join(" ")}${parents.length === 0 ? "" : `; mkdir -p ${parents.map(word).join(" ")}`}`,
  ];
}

/**
 * DVC gives each command a shell of its own; here all share one, so what would change that shell is kept in brackets.
 */
function ownLines({ commands, folder }: DvcStage): readonly string[] {
  const lines = commands.map((command) => (changesShell(command) ? `(\n${command}\n)` : command));
  return folder === "" ? lines : [`cd ${word(folder)}`, ...lines, 'cd "$VH_REPOSITORY_DIR"'];
}

function changesShell(command: string): boolean {
  return (
    command.includes("\n") ||
    /(?:^|[;&|({]\s*)(?:cd|export|set|unset|exit|exec|source|\.|trap|umask|alias|pushd|popd|[A-Za-z_]\w*=\S*\s*(?:$|[;&]))(?:\s|$)/.test(
      command,
    )
  );
}

function keepLine(path: string): string {
  const parent = parentOf(path);
  const target = parent === "" ? '"$VH_OUTPUTS_DIR"/' : `"$VH_OUTPUTS_DIR"/${shellQuote(parent)}/`;
  return `${parent === "" ? "" : `mkdir -p ${target}; `}cp -RL ${word(path)} ${target}`;
}

/**
 * Line breaks stand between the tokens of JSON only (within texts they are escaped), so taking them out yields one line
 * of the same meaning.
 */
function printLine(path: string): string {
  return `if [ -f ${word(path)} ]; then tr -d '\\r\\n' < ${word(path)}; echo; fi`;
}

function makeParent(path: string): string {
  const parent = parentOf(path);
  return parent === "" ? "" : `mkdir -p ${word(parent)}; `;
}

/** One word of the shell that no program takes for an option. */
function word(path: string): string {
  return shellQuote(path.startsWith("-") ? `./${path}` : path);
}
