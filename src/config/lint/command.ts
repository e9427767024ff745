import type { Report } from "../build/report.ts";
import type { Step } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";

const PLACEHOLDER = /\{(parameter|parameter-value):([^}]+)\}/g;

/** Placeholders that name no parameter: they reach the shell as they stand, which nobody means. */
export function lintCommand(step: Step, path: Path, report: Report): void {
  const names = step.parameters.map(({ name }) => name);
  step.command.forEach((line, index) => {
    if (!line.includes("{parameter")) return;
    for (const [placeholder, , name = ""] of line.matchAll(PLACEHOLDER)) {
      if (names.includes(name)) continue;
      const message = `the step \`${step.name}\` has no parameter \`${name}\`, so that \`${placeholder}\` is left as it is`;
      report("unknown-placeholder", commandPath(path, step, index), message, { hint: suggestionHint(name, names, "parameters") });
    }
  });
}

/** Where a command stands: a single one may be a text or a list of one, and the locator finds either by the list's path. */
export function commandPath(path: Path, step: Step, index: number): Path {
  return step.command.length === 1 ? [...path, "command"] : [...path, "command", index];
}
