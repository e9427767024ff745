import { type DocumentProblem, parseDuration } from "../config/index.ts";

/** Problems of the forms that several settings have, and their values. */

export function durationProblem(
  value: string | number | undefined,
  path: readonly string[],
): DocumentProblem | undefined {
  const result = parseDuration(value);
  return result.ok ? undefined : { path, message: result.message };
}

export function secondsOf(value: string | number | undefined): number | undefined {
  const result = parseDuration(value);
  return result.ok ? result.seconds : undefined;
}

/** For a folder or file that has to be named by an absolute path. */
export function notAbsolute(folder: string): string {
  return `\`${folder}\` has to be an absolute path`;
}
