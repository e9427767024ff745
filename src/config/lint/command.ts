import type { Report } from "../build/report.ts";
import type { PlacedStep } from "../build/step.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";

const PLACEHOLDER = /\{(?:parameter|parameter-value):([^{}]{1,200})\}/g;

/** Placeholders that name no parameter: they reach the shell as they stand, which nobody means. */
export function lintCommand(placed: PlacedStep, report: Report): void {
  const step = placed.value;
  const names = new Set(step.parameters.map(({ name }) => name));
  for (const [index, line] of step.command.entries()) {
    if (!line.includes("{parameter")) continue;
    for (const [placeholder, name = ""] of line.matchAll(PLACEHOLDER)) {
      if (names.has(name)) continue;
      const message = `the step \`${step.name}\` has no parameter \`${name}\`, so that \`${placeholder}\` is left as it is`;
      report("unknown-placeholder", commandPath(placed, index), message, {
        hint: () => suggestionHint(name, names, "parameters"),
      });
    }
  }
}

/** Returns the place of an entry of the command. */
export function commandPath({ path, commandIsText }: PlacedStep, index: number): Path {
  return commandIsText ? [...path, "command"] : [...path, "command", index];
}
