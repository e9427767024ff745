import { spawn } from "node:child_process";
import { findProgram } from "../ask-program.ts";
import { systemErrorCode } from "../errors.ts";

export type GitAnswer =
  | { readonly kind: "done"; readonly output: Buffer }
  /** git ran and refused; the first line of what it said. */
  | { readonly kind: "refused"; readonly exitCode: number | null; readonly message: string }
  | { readonly kind: "no-git" };

/** Settings that would make git run programs of the repository's choice, or talk to its remotes. */
const HARMLESS: Readonly<Record<string, string>> = {
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "protocol.allow": "never",
  "credential.helper": "",
};

/**
 * Set where Headrace itself was started by git (a hook, an alias): they point to a repository that need not be ours.
 */
const POINTERS = new Set([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_GRAFT_FILE",
  "GIT_EXTERNAL_DIFF",
  "GIT_ASKPASS",
  "SSH_ASKPASS",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
]);

/**
 * Runs git without a shell; nothing that the repository configures is executed, no lock is taken, the network stays
 * untouched.
 */
export function runGit(
  folder: string,
  args: readonly string[],
  config: Readonly<Record<string, string>> = {},
): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    const git = gitProgram();
    if (git === undefined) return resolve({ kind: "no-git" });
    const child = spawn(git, ["--no-pager", ...args], {
      cwd: folder,
      env: gitEnvironment(config),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    child.on("error", (error) => (systemErrorCode(error) === "ENOENT" ? resolve({ kind: "no-git" }) : reject(error)));
    child.on("close", (exitCode) => {
      if (exitCode === 0) resolve({ kind: "done", output: Buffer.concat(output) });
      else resolve({ kind: "refused", exitCode, message: firstLine(Buffer.concat(complaints).toString()) });
    });
  });
}

/**
 * Returns the settings with which no filter driver (git-lfs, or a program that a copied `.git/config` names) runs when
 * git compares contents.
 */
export async function filtersOff(folder: string): Promise<Readonly<Record<string, string>>> {
  const answer = await runGit(folder, [
    "config",
    "-z",
    "--name-only",
    "--get-regexp",
    "^filter\\..*\\.(clean|smudge|process|required)$",
  ]);
  if (answer.kind !== "done") return {};
  const names = answer.output.toString().split("\0").filter(Boolean);
  return Object.fromEntries(names.map((name) => [name, name.endsWith(".required") ? "false" : ""]));
}

/** Its path; undefined where it is not installed. */
export function gitProgram(): string | undefined {
  return findProgram("git", process.env.PATH ?? "");
}

/** Settings go through variables, for a `=` in a name would break `-c name=value`. */
export function gitEnvironment(config: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const all = { ...HARMLESS, ...config };
  const kept = Object.entries(process.env).filter(([name]) => !POINTERS.has(name));
  const given = Number(process.env.GIT_CONFIG_COUNT ?? 0) || 0;
  const settings = Object.entries(all).flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${given + index}`, name],
    [`GIT_CONFIG_VALUE_${given + index}`, value],
  ]);
  return {
    ...Object.fromEntries([...kept, ...settings]),
    GIT_CONFIG_COUNT: String(given + Object.keys(all).length),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    // A commit's name means its own files, and not what somebody has put in their place.
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/^(fatal|error): /, "");
}
