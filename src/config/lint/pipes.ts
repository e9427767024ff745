import type { Report } from "../build/report.ts";
import type { PlacedStep } from "../build/step.ts";
import { commandPath } from "./command.ts";

/**
 * The program whose failure matters at the head of a pipe: a script of the project, mostly. `echo y | program` has
 * none.
 */
const PROGRAM =
  /(?:^|[;&({]|\b(?:then|do|else|time|exec|nohup)\b)\s*(?:[A-Za-z_]\w*=\S*\s+)*((?:python|torchrun|accelerate|deepspeed|papermill|jupyter|Rscript|julia|node|bash|sh|make|dvc)[\d.]*|\.\/\S+)(?=\s)(?:[^|;&\n]|>&|&>)*\|(?!\|)&?\s*([\w./-]+)/;

const QUOTED = /'[^']*'|"(?:[^"\\]|\\.)*"/g;

/** Only the beginning of a command is looked at: a megabyte of it has to stay cheap. */
const MAX_CHARACTERS = 10_000;

/**
 * Warns of `python train.py | tee log`: the shell takes the status of `tee`, so that a failed training is a complete
 * step.
 */
export function lintPipes(placed: PlacedStep, report: Report): void {
  const { command } = placed.value;
  if (
    command.some((line) => line.includes("pipefail") || line.includes("PIPESTATUS")) ||
    command[0]?.startsWith("#!") === true
  )
    return;
  for (const [index, line] of command.entries()) {
    if (!line.includes("|") || line.length > MAX_CHARACTERS) continue;
    const [, program, reader] = PROGRAM.exec(line.replace(QUOTED, "''")) ?? [];
    if (program === undefined || reader === undefined) continue;
    const message = `when \`${program}\` fails here, the step goes on: a pipe has the exit status of its last program, \`${reader}\``;
    report("hidden-failure", commandPath(placed, index), message, {
      hint: "write `set -o pipefail` as the first command",
    });
  }
}
