import { lstatSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { scriptFile } from "../code-tracing/index.ts";
import { ranNotebook } from "../config/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import type { JobSpec } from "../executors/index.ts";

/**
 * Throws HR_STEP_START where the first line of a step runs a script or notebook that the code does not have. Only for
 * steps with a Python environment, whose build may take minutes, and only where nothing can bring the file by then: a
 * later line may run what an earlier one made.
 */
export function requireScript(
  { python, command, mounts = [] }: Pick<JobSpec, "python" | "command" | "mounts">,
  repository: string,
): void {
  if (python === undefined || mounts.some(({ destination }) => isAround(destination))) return;
  const [line = ""] = command.flatMap((text) => text.split("\n")).filter((text) => text.trim() !== "");
  const script = scriptFile(line) ?? ranNotebook(line);
  if (script === undefined || isAbsolute(script) || !isMissing(repository, normalize(script))) return;
  throw new HeadraceError("HR_STEP_START", `the command runs ${script}, and the code has no such file`, {
    hint: "correct the command; what .gitignore leaves out is no part of the code: make such a file an input of the step",
  });
}

/** Something could stand in the repository that is no part of the code. */
function isAround(destination: string): boolean {
  const place = normalize(destination);
  return place === "/" || "/valohai/repository/".startsWith(`${place}/`) || place.startsWith("/valohai/repository/");
}

/** A link may lead to where only the step can look. */
function isMissing(repository: string, path: string): boolean {
  let at = repository;
  for (const part of path.split("/")) {
    if (part === "..") return false;
    at = join(at, part);
    try {
      if (lstatSync(at).isSymbolicLink()) return false;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined) throw error;
      return code === "ENOENT" || code === "ENOTDIR";
    }
  }
  return false;
}
