import { CommanderError } from "commander";
import { type Advice, inPlainWords, partsOf } from "../advice.ts";
import { ERROR_CODES, HeadraceError, originalError } from "../errors.ts";
import { systemFailure } from "../system-failure.ts";
import { inCommands } from "./advice.ts";
import { toJsonLine } from "./cli.ts";
import type { Style } from "./terminal/style.ts";
import { oneLine } from "./terminal/width.ts";

/** Exit codes, as docs/cli.md promises them; 130 is the shell's, for a command that Ctrl-C has ended. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The one form that every failure takes before it is shown. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: Advice | null;
  readonly details: readonly Advice[];
  readonly exitCode: number;
  readonly stack: string | undefined;
}

/** Turns anything thrown into what is shown of it; undefined when commander has only shown help or the version. */
export function failureOf(thrown: unknown): Failure | undefined {
  const original = originalError(thrown);
  const error = systemFailure(original) ?? original;
  if (error instanceof CommanderError)
    return error.exitCode === 0 || error.code === "commander.help" ? undefined : usageFailure(error);
  if (error instanceof HeadraceError && error.code !== "HR_INTERNAL") {
    const { code, message, advice } = error;
    return {
      code,
      message,
      hint: advice.hint ?? null,
      details: advice.details,
      exitCode: ERROR_CODES[code].exit,
      stack: fullStack(error),
    };
  }
  return {
    code: "HR_INTERNAL",
    message: `this is a defect of Headrace: ${error instanceof Error ? error.message : String(error)}`,
    hint: "please report it where you got Headrace from, with the output of the same command with --debug added; what was recorded before is safe",
    details: [],
    exitCode: EXIT.failed,
    stack: fullStack(error),
  };
}

export function renderFailure(failure: Failure, options: { readonly style: Style; readonly debug: boolean }): string[] {
  const { style } = options;
  const [first = "", ...rest] = failure.message.split("\n");
  return [
    `${style.bold(style.red("error:"))} ${first} ${style.dim(`[${failure.code}]`)}`,
    ...rest.map((line) => `  ${line}`),
    ...failure.details.flatMap((detail) => inCommands(detail).split("\n")).map((line) => `  ${line}`.trimEnd()),
    ...(failure.hint === null ? [] : [`${style.bold(style.cyan("hint:"))} ${oneLine(inCommands(failure.hint))}`]),
    ...(options.debug && failure.stack !== undefined ? failure.stack.split("\n").map((line) => style.dim(line)) : []),
  ];
}

/** `{"error": …}` for `--json`, as one line: commands that go on print one object a line. */
export function failureJson(failure: Failure, debug: boolean): string {
  const { code, message, hint, details, stack } = failure;
  return toJsonLine({
    error: {
      code,
      message,
      hint: hint === null ? null : inPlainWords(hint),
      advice: hint === null ? [] : partsOf(hint),
      details: details.map(inPlainWords),
      ...(debug && stack !== undefined ? { stack } : {}),
    },
  });
}

function usageFailure(error: CommanderError): Failure {
  const [, message = error.message, suggestion] =
    /^(?:error: )?(.*?)(?:\n\(Did you mean (.*)\?\))?$/s.exec(error.message) ?? [];
  return {
    code: "HR_USAGE",
    message,
    hint:
      suggestion === undefined
        ? "`headrace --help` lists the commands, `headrace COMMAND --help` their options"
        : `did you mean ${suggestion}?`,
    details: [],
    exitCode: EXIT.usage,
    stack: undefined,
  };
}

function fullStack(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = error.cause === undefined ? undefined : fullStack(error.cause);
  return cause === undefined ? error.stack : `${error.stack}\ncaused by ${cause}`;
}
