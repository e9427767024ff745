import { isAbsolute, resolve } from "node:path";
import { escapeBidi } from "./terminal/harmless.ts";
import type { Screen } from "./terminal/screen.ts";

/** The facts that the commands know about their process. */
export interface Cli {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Screen;
  readonly err: Screen;
  readonly now: () => number;
  /** The exit code of the process; commands raise it, e.g. to 1 for a failed run. */
  exitCode: number;
  /** The command drives runs: they are what counts, and not what it prints. */
  isDriving?: boolean;
}

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly project?: string;
  readonly config?: string;
  readonly debug?: boolean;
  /** Act in this folder, whatever server it belongs to. */
  readonly local?: boolean;
}

/** The folder that the command is about: `-C DIR`, else the current one. */
export function workingFolder(cli: Cli, options: GlobalOptions): string {
  const { project = "." } = options;
  // The current folder may have been removed meanwhile.
  return isAbsolute(project) ? resolve(project) : resolve(cli.cwd, project);
}

/** Returns the place to look for the project's configuration, as `findProject` and `openProject` take it. */
export function projectQuery(cli: Cli, options: GlobalOptions): { readonly cwd: string; readonly config?: string } {
  const cwd = workingFolder(cli, options);
  return options.config === undefined ? { cwd } : { cwd, config: options.config };
}

/** Prints a result: as JSON when asked for, else as lines for a person. */
export async function printResult(
  cli: Cli,
  options: GlobalOptions,
  value: unknown,
  lines: () => readonly string[] | Promise<readonly string[]>,
): Promise<void> {
  cli.out.lines(options.json === true ? [toJson(value)] : await lines());
}

export function toJson(value: unknown): string {
  return escapeBidi(JSON.stringify(value, null, 2));
}

export function toJsonLine(value: unknown): string {
  return escapeBidi(JSON.stringify(value));
}
