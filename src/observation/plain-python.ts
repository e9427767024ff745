import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";

/** What a step is going to do, as far as it bears on whether it can be watched. */
export interface StepCommands {
  readonly command: readonly string[];
  /** All variables that the step's process gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** The repository as the step sees it. */
  readonly repository: string;
}

/** `interpreters` are the programs that will run, one for each command. */
export type WatchPlan =
  | { readonly kind: "watched"; readonly interpreters: readonly string[] }
  | { readonly kind: "opaque"; readonly why: string };

/**
 * Whether all that a step does is known to be done by Python processes that can be watched: every line starts a Python, and nothing else, and nothing
 * in the environment makes the shell, the linker or Python look into the repository before the watch begins.
 */
export function planWatch({ command, environment, repository }: StepCommands): WatchPlan {
  const fault = variableFault(environment, repository);
  if (fault !== undefined) return { kind: "opaque", why: fault };
  const interpreters: string[] = [];
  for (const line of command.flatMap((text) => text.replaceAll(CONTINUED, "").split("\n"))) {
    if (line.trim() === "") continue;
    const program = plainProgram(line);
    if (program === undefined)
      return {
        kind: "opaque",
        why: `only Python programs can be watched without strace in a sandbox, and this is more: ${shorten(line.trim())}`,
      };
    const interpreter = findInterpreter(program, environment.PATH ?? "");
    if (interpreter === undefined || isWithin(interpreter, repository)) {
      return { kind: "opaque", why: `the program ${program} is not a Python of this machine, but a script or something unknown` };
    }
    interpreters.push(interpreter);
  }
  return interpreters.length === 0 ? { kind: "opaque", why: "it has no command" } : { kind: "watched", interpreters };
}

function shorten(line: string): string {
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

/** With these, shell, linker and Python run or read files of the step's choice before anything is watched. */
const MAKES_OPAQUE =
  /^(BASH_.*|ENV|SHELLOPTS|LD_PRELOAD|LD_AUDIT|GCONV_PATH|LOCPATH|NLSPATH|PYTHONHOME|PYTHONUSERBASE|PYTHONEXECUTABLE|PYTHONPLATLIBDIR|PYTHONPYCACHEPREFIX)$/;
/** And these name folders in which they look for files. */
const NAMES_PLACES = /^(PATH|HOME|TMPDIR|LD_LIBRARY_PATH|SSL_CERT_FILE|SSL_CERT_DIR|OPENSSL_CONF|TZDIR)$/;

function variableFault(environment: StepCommands["environment"], repository: string): string | undefined {
  for (const [name, value] of Object.entries(environment)) {
    if (MAKES_OPAQUE.test(name)) return `the variable ${name} has files read before anything can be watched`;
    if (!NAMES_PLACES.test(name) || value === "") continue;
    if (value.split(":").some((place) => !isAbsolute(place) || isWithin(place, repository) || place.split("/").includes(".."))) {
      return `the variable ${name} has programs look for files in the repository`;
    }
  }
  return undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * A line that goes on in the next. (Within single quotes it would stay: that changes a word, and never which words there are; a comment, which it does not
 * continue, is no part of a plain line.)
 */
const CONTINUED = /\\\n/g;

/** A word of the shell's in which nothing is expanded: plain, in single quotes, or in double quotes without `$`, a backslash or a backtick. */
const WORD = /^(?:[A-Za-z0-9_@%+=:,./-]|'[^']*'|"[^"$`\\!]*")+/;
const PROGRAM = /^(?:\/[A-Za-z0-9_@%+=:,./-]*\/)?python(?:3(?:\.[0-9]+)?)?$/;
/** Options that change nothing about where Python looks for files. (`-I`, `-E` and `-S` would leave the watch out.) */
const OPTION = /^-(?:u|B|O|OO|q)$/;

/** The program of a line that starts a Python with a script, a module (`-m`) or a text (`-c`); undefined for everything else. */
function plainProgram(line: string): string | undefined {
  const words = splitWords(line);
  const [program, ...rest] = words ?? [];
  if (program === undefined || !PROGRAM.test(program)) return undefined;
  const first = rest.findIndex((word) => !OPTION.test(word));
  const word = rest[first];
  if (word === undefined) return undefined;
  if (word === "-m" || word === "-c") return rest[first + 1] === undefined ? undefined : program;
  return word === "" || word.startsWith("-") ? undefined : program;
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
      match.replace(/'([^']*)'|"([^"]*)"/g, (_, single: string | undefined, double: string | undefined) => single ?? double ?? ""),
    );
  }
  return words;
}

/** The program itself, not a script that would start it: version managers put such in its place, and they look for files of theirs in the repository. */
function findInterpreter(program: string, searchPath: string): string | undefined {
  const places = program.startsWith("/") ? [program] : searchPath.split(":").map((folder) => join(folder, program));
  for (const place of places) {
    const real = realpathIfThere(place);
    if (real === undefined) continue;
    return isBinary(real) && /^python/.test(basename(real)) ? real : undefined;
  }
  return undefined;
}

function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Whether a file begins as programs in machine code do on Linux. */
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
