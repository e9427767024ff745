import { closeSync, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, isAbsolute, join, posix } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** The commands and variables of a step, as far as they affect whether it can be watched. */
export interface StepCommands {
  readonly command: readonly string[];
  /** All variables that the step's process gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** The repository as the step sees it. */
  readonly repository: string;
}

/**
 * `interpreters` are the programs that will run, one for each command, and `scripts` what each of them runs, without
 * its arguments; `asked` is what a version manager looks for in the repository before.
 */
export type WatchPlan =
  | {
      readonly kind: "watched";
      readonly interpreters: readonly string[];
      readonly scripts: readonly string[];
      readonly asked?: readonly string[];
    }
  | { readonly kind: "opaque"; readonly why: string };

/**
 * Decides whether all that a step does is known to be done by Python processes that can be watched: every line starts a
 * Python, and nothing else, and nothing in the environment makes the shell, the linker or Python look into the
 * repository before the watch begins.
 */
export function planWatch({ command, environment, repository }: StepCommands): WatchPlan {
  const fault = variableFault(environment, repository);
  if (fault !== undefined) return { kind: "opaque", why: fault };
  const interpreters: string[] = [];
  const scripts: string[] = [];
  const asked = new Set<string>();
  for (const line of command.flatMap((text) => text.replaceAll(CONTINUED, "").split("\n"))) {
    if (line.trim() === "") continue;
    const words = plainWords(line);
    if (words === undefined)
      return {
        kind: "opaque",
        why: `only Python programs can be watched without strace in a sandbox, and this is more: ${shorten(line.trim())}`,
      };
    const [program = ""] = words;
    const interpreter = findInterpreter(program, environment.PATH ?? "");
    if (interpreter === undefined || isWithin(interpreter, repository)) {
      return {
        kind: "opaque",
        why: `the program ${program} is not a Python of this machine, but a script or something unknown`,
      };
    }
    interpreters.push(interpreter);
    scripts.push(scriptOf(words));
    if (isPyenvShim(interpreter)) for (const path of pyenvQuestions(words, repository)) asked.add(path);
  }
  if (interpreters.length === 0) return { kind: "opaque", why: "it has no command" };
  return { kind: "watched", interpreters, scripts, ...(asked.size === 0 ? {} : { asked: [...asked] }) };
}

function shorten(line: string): string {
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

/** With these, shell, linker and Python run or read files of the step's choice before anything is watched. */
const MAKES_OPAQUE =
  /^(BASH_.*|ENV|SHELLOPTS|LD_PRELOAD|LD_AUDIT|GCONV_PATH|LOCPATH|NLSPATH|PYTHONHOME|PYTHONEXECUTABLE|PYTHONPLATLIBDIR|PYTHONPYCACHEPREFIX)$/;
/** And these name folders in which they look for files. */
const NAMES_PLACES =
  /^(PATH|HOME|TMPDIR|PYTHONUSERBASE|LD_LIBRARY_PATH|SSL_CERT_FILE|SSL_CERT_DIR|OPENSSL_CONF|TZDIR|PYENV_ROOT|PYENV_DIR|PYENV_HOOK_PATH)$/;

function variableFault(environment: StepCommands["environment"], repository: string): string | undefined {
  for (const [name, value] of Object.entries(environment)) {
    if (MAKES_OPAQUE.test(name)) return `the variable ${name} has files read before anything can be watched`;
    if (!NAMES_PLACES.test(name) || value === "") continue;
    if (
      value
        .split(":")
        .some((place) => !isAbsolute(place) || isWithin(place, repository) || place.split("/").includes(".."))
    ) {
      return `the variable ${name} has programs look for files in the repository`;
    }
  }
  return undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * A line that goes on in the next. (Within single quotes it would stay: that changes a word, and never which words
 * there are; a comment, which it does not continue, is no part of a plain line.)
 */
const CONTINUED = /\\\n/g;

/**
 * A word of the shell's in which nothing is expanded: plain, in single quotes, or in double quotes without `$`, a
 * backslash or a backtick.
 */
const WORD = /^(?:[A-Za-z0-9_@%+=:,./-]|'[^']*'|"[^"$`\\!]*")+/;
const PROGRAM = /^(?:\/[A-Za-z0-9_@%+=:,./-]*\/)?python(?:3(?:\.[0-9]+)?)?$/;
/** Options that change nothing about where Python looks for files. (`-I`, `-E` and `-S` would leave the watch out.) */
const OPTION = /^-(?:u|B|O|OO|q)$/;

/**
 * The words of a line that starts a Python with a script, a module (`-m`) or a text (`-c`); undefined for everything
 * else.
 */
function plainWords(line: string): readonly string[] | undefined {
  const words = splitWords(line);
  const [program, ...rest] = words ?? [];
  if (program === undefined || !PROGRAM.test(program)) return undefined;
  const first = rest.findIndex((word) => !OPTION.test(word));
  const word = rest[first];
  if (word === undefined) return undefined;
  if (word === "-m" || word === "-c") return rest[first + 1] === undefined ? undefined : words;
  return word === "" || word.startsWith("-") ? undefined : words;
}

/** `train.py`, `-m mypackage`, `-c print(1)`. */
function scriptOf([, ...rest]: readonly string[]): string {
  const first = rest.findIndex((word) => !OPTION.test(word));
  const word = rest[first] ?? "";
  return word === "-m" || word === "-c" ? `${word} ${rest[first + 1] ?? ""}` : word;
}

/**
 * The file that a line such as `python train.py --epochs 3` runs; undefined where it runs another thing, or is more
 * than such a line.
 */
export function scriptFile(line: string): string | undefined {
  const words = plainWords(line);
  const script = words === undefined ? undefined : scriptOf(words);
  return script === undefined || script.startsWith("-") ? undefined : script;
}

function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== "") {
    const match = WORD.exec(rest)?.[0];
    if (match === undefined) return undefined;
    // `NAME=value python …` is not a program, nor is a word that a blank does not follow.
    rest = rest.slice(match.length);
    if (rest !== "" && !/^[ \t]/.test(rest)) return undefined;
    rest = rest.trimStart();
    words.push(
      match.replace(
        /'([^']*)'|"([^"]*)"/g,
        (_, single: string | undefined, double: string | undefined) => single ?? double ?? "",
      ),
    );
  }
  return words;
}

/**
 * The program itself, or pyenv's script that starts it; no other script: version managers put such in its place, and
 * they look for files of theirs in the repository.
 */
function findInterpreter(program: string, searchPath: string): string | undefined {
  const places = program.startsWith("/") ? [program] : searchPath.split(":").map((folder) => join(folder, program));
  for (const place of places) {
    const real = realpathIfThere(place);
    if (real === undefined) continue;
    if (!/^python/.test(basename(real))) return undefined;
    return isBinary(real) || isPyenvShim(real) ? real : undefined;
  }
  return undefined;
}

/**
 * The lines of the scripts that `pyenv rehash` writes, in all its versions: they run `pyenv exec`, and nothing else.
 */
const PYENV_EXEC = /^exec "[^"$`\\]+\/pyenv" exec "\$program" "\$@"$/;
const PYENV_LINES = [
  PYENV_EXEC,
  /^(?:#!\/usr\/bin\/env bash|set -e|\[ -n "\$PYENV_DEBUG" \] && set -x|program="\$\{0##\*\/\}"|)$/,
  /^(?:export PYENV_ROOT="[^"$`\\]+"|SHIM_PATH=\$\{0%\/\*\}|if \[\[ \$SHIM_PATH != "[^"$`\\]+" \]\]; then|export _PYENV_SHIM_PATH="\$SHIM_PATH"|fi)$/,
  /^(?:if \[\[? "\$program" = "python"\* \]\]?; then|for arg; do|case "\$arg" in|-c\* \| -- \) break ;;|\*\/\* \))$/,
  /^(?:if \[ -f "\$arg" \]; then|export PYENV_FILE_ARG="\$arg"|break|;;|esac|done)$/,
];

function isPyenvShim(path: string): boolean {
  if (!path.includes("/shims/")) return false;
  try {
    if (statSync(path).size > 2_000) return false;
    const lines = readFileSync(path, "utf8").trim().split("\n");
    return (
      PYENV_EXEC.test(lines.at(-1) ?? "") &&
      lines.every((line) => PYENV_LINES.some((pattern) => pattern.test(line.trim())))
    );
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

/**
 * pyenv looks for `.python-version` in the current folder, in the folder of an argument that is a file, and above them.
 */
function pyenvQuestions(words: readonly string[], repository: string): readonly string[] {
  const questions = [".python-version"];
  for (const word of words.slice(1)) {
    const path = word.startsWith(`${repository}/`) ? word.slice(repository.length + 1) : word;
    if (path.startsWith("/") || !path.includes("/")) continue;
    questions.push(path);
    for (let folder = posix.dirname(path); folder !== "." && folder !== "/"; folder = posix.dirname(folder))
      questions.push(`${folder}/.python-version`);
  }
  return questions;
}

function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Returns true if a file begins as programs in machine code do on Linux. */
function isBinary(path: string): boolean {
  try {
    const descriptor = openSync(path, "r");
    try {
      const magic = Buffer.alloc(4);
      readSync(descriptor, magic, 0, 4, 0);
      return magic.equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46]));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}
