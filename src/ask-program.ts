import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

type Variables = Readonly<Record<string, string | undefined>>;

/** Folders of the system's own programs: a user's PATH may lack some, and may name programs that he made himself. */
export const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/run/current-system/sw/bin";

/**
 * Returns the path of a program. Only absolute folders of the search path count: `.` and empty ones stand for the
 * current folder, which holds a project that may come from a stranger.
 */
export function findProgram(name: string, searchPath: string): string | undefined {
  for (const folder of searchPath.split(":")) {
    if (!folder.startsWith("/")) continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here; the next folder of the path may have it.
    }
  }
  return undefined;
}

/** A search path without what stands for the current folder, for programs that start others by name. */
export function withoutCurrentFolder(searchPath: string): string {
  return searchPath
    .split(":")
    .filter((folder) => folder.startsWith("/"))
    .join(":");
}

/** The answer of a program to a question that ought to take it a moment. */
export type ProgramAnswer =
  | { readonly kind: "said"; readonly text: string }
  | { readonly kind: "failed"; readonly words: string }
  /** It did not answer in time, which does not mean that it is not there. */
  | { readonly kind: "late" };

/**
 * The variables that programs need to start at all, version managers' stand-ins included. Nothing that tells them to
 * load something, no secret.
 */
const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|PYENV_ROOT|ASDF_DIR|ASDF_DATA_DIR|MISE_DATA_DIR)$/;

export interface Question {
  /** Absolute, see `findProgram`. */
  readonly program: string;
  readonly options: readonly string[];
  /** The environment that Headrace has; the program gets what it needs of it. */
  readonly environment: Variables;
  readonly patienceMs: number;
}

/**
 * Asks a program of this machine something, outside of any sandbox. So it runs in a folder where nothing of the project
 * can steer it (Python takes modules from the current folder, version managers and others their settings), and it gets
 * next to nothing of the environment.
 */
export function askProgram({ program, options, environment, patienceMs }: Question): Promise<ProgramAnswer> {
  const env = { ...Object.fromEntries(Object.entries(environment).filter(([name]) => NEEDED.test(name))), LC_ALL: "C" };
  return new Promise((resolve) => {
    const how = { env, cwd: "/", timeout: patienceMs, killSignal: "SIGKILL" as const };
    const child = execFile(program, [...options], how, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: "said", text: stdout });
      else if (error.killed === true && typeof error.code !== "string") resolve({ kind: "late" });
      else resolve({ kind: "failed", words: stderr.trim().split("\n").at(-1) ?? error.message });
    });
    child.stdin?.end();
  });
}

/**
 * A text for Python to run that takes nothing from the current folder, from variables, or from what the user installed.
 */
export function pythonQuestion(text: string): readonly string[] {
  return ["-I", "-c", text];
}
