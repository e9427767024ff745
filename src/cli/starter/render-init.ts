import type { InitResult } from "../../api/index.ts";
import { harmless } from "../terminal/harmless.ts";
import type { Style } from "../terminal/style.ts";
import type { InitStep } from "./init-project.ts";

/** Says what was done, what was found, and what to type next. `shown` is the folder as the user named it. */
export function renderInit(result: InitResult, shown: string, style: Style): string[] {
  const where = shown === "." ? "" : ` in ${shown}`;
  const written = `${style.green("✓")} wrote ${result.files.join(", ")}${where}`;
  const count = `${result.steps.length} step${result.steps.length === 1 ? "" : "s"}`;
  return [
    ...(result.kind === "example" ? [`${written}: an example pipeline that runs at once`] : []),
    ...(result.kind === "scripts" ? [`${written}: ${count}`, ...stepLines(result.steps, style)] : []),
    ...result.found.map(({ file, note }) => `found ${harmless(file)}: ${note}`),
    "",
    "Next:",
    ...(shown === "." ? [] : [`  ${style.cyan(`cd ${shown}`)}`]),
    ...nextLines(result, style),
  ];
}

/** A repository of examples may have hundreds; valohai.yaml has them all. */
const MOST_SHOWN = 30;

function stepLines(steps: readonly InitStep[], style: Style): string[] {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const more = steps.length > MOST_SHOWN ? [`  … and ${steps.length - MOST_SHOWN} more`] : [];
  const lines = steps
    .slice(0, MOST_SHOWN)
    .flatMap(({ name, command, missing }) => [
      `  ${harmless(name).padEnd(width)}  ${style.dim(harmless(command))}`,
      ...missing.map(
        (path) =>
          `  ${" ".repeat(width)}  reads ${harmless(path)}, which is not there: make it an input, or an output of another step`,
      ),
    ]);
  return [...lines, ...more];
}

function nextLines({ kind, target, steps }: InitResult, style: Style): string[] {
  if (kind === "import") return [`  ${style.cyan("headrace import dvc.yaml -o valohai.yaml")}`];
  const needs = steps.find(({ name }) => name === target)?.needs ?? [];
  const run = ["headrace run", quoted(target ?? "NAME"), ...needs].join(" ");
  return [
    `  ${style.cyan(run)}${needs.length === 0 ? "" : style.dim("  with a file or value in place of the capitals")}`,
    `  ${style.cyan("headrace lint")}  ${style.dim("after each change of valohai.yaml")}`,
  ];
}

function quoted(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
