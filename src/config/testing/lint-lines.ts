import type { Config, ConfigContext } from "../index.ts";
import { parseConfig } from "../index.ts";

/**
 * Findings as lines, without the file: `5:3 error unknown-key: a step has no key … (did you mean …?)`. For tests.
 * Findings of what this version does not support are left out, since they say nothing of the file.
 */
export function lintLines(text: string | Uint8Array, context?: ConfigContext): readonly string[] {
  return allLintLines(text, context).filter((line) => !line.includes(" warning not-supported: "));
}

/** The same with what this version does not support. For tests. */
export function allLintLines(text: string | Uint8Array, context?: ConfigContext): readonly string[] {
  return parseConfig({ file: "valohai.yaml", text }, context).diagnostics.map(
    ({ line, column, severity, code, message, hint }) => {
      return `${line}:${column} ${severity} ${code}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
    },
  );
}

/** The configuration of a text without errors. For tests. */
export function configOfText(text: string): Config {
  const { config } = parseConfig({ file: "valohai.yaml", text });
  if (config === undefined) throw new Error(lintLines(text).join("\n"));
  return config;
}

/** A step's keys below a sound beginning. For tests. */
export function stepWith(keys: string): string {
  return `- step:\n    name: s\n    image: i\n    command: c\n${indented(keys, 4)}`;
}

/** A pipeline's keys below two sound steps, `a` and `b`. For tests. */
export function pipelineWith(keys: string): string {
  return `${TWO_STEPS}- pipeline:\n    name: p\n${indented(keys, 4)}`;
}

const TWO_STEPS = `- step: {name: a, image: i, command: c, inputs: [{name: in}], outputs: [{name: "*.pkl"}], parameters: [{name: k}]}
- step: {name: b, image: i, command: c, inputs: [{name: in}], parameters: [{name: k}]}
`;

function indented(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : " ".repeat(width) + line))
    .join("\n");
}
