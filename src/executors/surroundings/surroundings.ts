import { readlinkSync } from "node:fs";
import type { StepSurroundings } from "../executor.ts";
import { DEFAULT_LANG, DEFAULT_PATH, passedOn } from "../step/step-environment.ts";
import { FolderNames } from "./folder-names.ts";
import { Programs, REMEMBERED_MS } from "./programs.ts";

type Variables = Readonly<Record<string, string>>;

/**
 * Variables that are passed on and cannot change a result, each for its own reason; all others that are passed on
 * count.
 *
 * - PATH counts by the programs that it leads to.
 * - HOME, USER, LOGNAME and SHELL say who runs the step; people who share results differ in them. Programs and packages
 *   below the home count.
 * - TMPDIR and XDG_CACHE_HOME name places of scratch files and of downloads.
 * - Proxies, certificates and addresses of package indexes say how the network is reached, which does not count; and
 *   they hold passwords.
 */
const HARMLESS =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|XDG_CACHE_HOME|(?:http|https|ftp|all|no)_proxy|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS|(?:PIP|UV)_.*)$/i;

/** A step that is more than Python may start any of these by a script of its own. */
const INTERPRETERS = ["python3", "python", "Rscript", "julia", "node", "perl", "ruby", "java"] as const;

/**
 * The surroundings that a step on this machine would see and that can change its result: variables, time zone,
 * programs, their packages.
 */
export class LocalSurroundings {
  readonly #base: Variables;
  readonly #home: string;
  readonly #folders = new FolderNames();
  readonly #programs = new Map<string, Programs>();
  /** The steps of a fan-out mostly see the same. */
  readonly #answers = new Map<string, Readonly<Record<string, string>>>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(base: Variables, home: string) {
    this.#base = base;
    this.#home = home;
  }

  /** The answer is frozen: whoever has it may keep what follows from it. */
  of(step: StepSurroundings): Readonly<Record<string, string>> {
    if (performance.now() - this.#since > REMEMBERED_MS) {
      this.#answers.clear();
      this.#since = performance.now();
    }
    // Variables that are not passed on, such as the names of the execution, are no part of it.
    const key = JSON.stringify([step.command, passedOn(step.variables), step.python]);
    const answer = this.#answers.get(key) ?? Object.freeze(this.#read(step));
    this.#answers.set(key, answer);
    return answer;
  }

  #read({ command, variables, python }: StepSurroundings): Record<string, string> {
    const seen: Variables = { LANG: DEFAULT_LANG, PATH: DEFAULT_PATH, ...passedOn(this.#base), ...passedOn(variables) };
    const facts: Record<string, string> = {};
    for (const name of Object.keys(seen).sort()) if (!HARMLESS.test(name)) facts[`variable ${name}`] = seen[name] ?? "";
    if (seen.TZ === undefined) facts["time zone"] = zoneOfMachine();
    const programs = this.#programsOn(seen.PATH ?? "");
    const isOwnPython = (name: string): boolean => python !== undefined && /^(?:python|pip)[0-9.]*$/.test(name);
    for (const name of programNames(command)) if (!isOwnPython(name)) Object.assign(facts, programs.factsOf(name));
    if (python !== undefined)
      Object.assign(facts, interpreterFacts(python.version, this.#programsOn(this.#base.PATH ?? "")));
    return facts;
  }

  #programsOn(searchPath: string): Programs {
    const programs = this.#programs.get(searchPath) ?? new Programs(searchPath, this.#home, this.#folders);
    this.#programs.set(searchPath, programs);
    return programs;
  }
}

/** Every word that may be a program, and what a shell, a script or a program of unknown kind may start besides. */
function programNames(command: readonly string[]): ReadonlySet<string> {
  const lines = command.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
  const words = lines
    .flatMap((line) => line.match(/[A-Za-z0-9_.+/@-]+/g) ?? [])
    .filter((word) => !/^-|^[0-9.]+$/.test(word));
  const onlyPython = lines.every((line) => /^\s*(?:\/\S*\/)?python[0-9.]*\s/.test(line));
  return new Set([...words, ...(onlyPython ? [] : INTERPRETERS)]);
}

/**
 * The Pythons that an environment of `python:` may be made of, in the order of their search, up to the first whose name
 * says that it fits. Their packages do not count: the environment has its own.
 */
function interpreterFacts(version: string | undefined, programs: Programs): Readonly<Record<string, string>> {
  const minor = version === undefined ? undefined : /^\d+\.\d+/.exec(version)?.[0];
  const facts: Record<string, string> = {};
  for (const name of [...(minor === undefined ? [] : [`python${minor}`]), "python3", "python"]) {
    const found = Object.entries(programs.factsOf(name)).filter(([fact]) => fact.startsWith("program "));
    for (const [fact, value] of found) facts[`${fact} of the environment`] = value;
    if (found.some(([, value]) => minor === undefined || value.includes(`python${minor} `))) break;
  }
  return facts;
}

/** Returns the time zone of the machine, if no variable says it. */
function zoneOfMachine(): string {
  try {
    return readlinkSync("/etc/localtime").replace(/^.*zoneinfo\//, "");
  } catch {
    return "that of the machine";
  }
}
