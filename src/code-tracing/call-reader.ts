import { posix } from "node:path";
import { CacheReads } from "./cache-reads.ts";
import { descriptorPath, pathsOf, quoted, type SeenPath, TWO_PATHS } from "./call-arguments.ts";
import type { CallPlaces } from "./call-log.ts";
import { MadeLinks } from "./made-links.ts";
import type { ProjectNote } from "./notes.ts";
import { WorkingFolders } from "./working-folders.ts";

/** The calls by which a step's processes used files. Paths are relative to the repository, as they were asked for. */
export interface Calls {
  /** Opened, asked about, made, removed: all the same here, since listings have calls of their own. */
  readonly asked: readonly string[];
  readonly listed: readonly string[];
  readonly moved: readonly string[];
  /** Started as programs. */
  readonly executed: readonly string[];
  readonly project: readonly ProjectNote[];
  /** Files read in the caches that steps keep, which the step had not made itself: relative to their folder. */
  readonly cached: readonly string[];
  readonly reasons: readonly string[];
}

/**
 * The module that watches Python processes lists folders for the importer by such a path, and notes the module's name
 * instead (python/trace).
 */
const QUIET = "/././.";
/** Combinations of relative paths and working folders; ordinary steps have a few hundred. */
const MOST_COMBINATIONS = 200_000;

const UNREADABLE = "its log of calls cannot be read";
const UNFINISHED = "<unfinished ...>";

/** These give paths another meaning, or leave the log. */
const LEAVES: Readonly<Record<string, string>> = {
  chroot: "it changes its root folder",
  pivot_root: "it changes its root folder",
  mount: "it mounts file systems",
  move_mount: "it mounts file systems",
  open_tree: "it mounts file systems",
  setns: "it enters another namespace",
  open_by_handle_at: "it opens files by handles",
  io_uring_setup: "it uses io_uring, whose calls cannot be seen",
};
const LINKS = new Set(["symlink", "symlinkat"]);
const STARTS = new Set(["execve", "execveat"]);
const NAMES_SOCKETS = new Set(["bind", "connect"]);
/** Sockets of other families have no path, and one that begins with `@` is none. */
const SOCKET_PATH = 'sun_path="';
/** By these, a path may lead to the repository without naming it. */
const ROUNDABOUT = /^\/(?:proc\/(?:[^/]+\/)+(?:cwd|root|fd\/[^/]+\/)|dev\/(?:fd\/[^/]+|stdin|stdout|stderr)\/)/;

type How = "asked" | "moved" | "executed";

const SAYS_NOTHING = new Set(["getcwd", "seccomp"]);

interface Call {
  readonly process: string;
  readonly name: string;
  readonly body: string;
  readonly failed: boolean;
  readonly result: string;
}

/** Reads the log line by line (in latin1: the paths are bytes). */
export class CallReader {
  readonly #places: CallPlaces;
  readonly #asked = new Set<string>();
  readonly #listed = new Set<string>();
  readonly #moved = new Set<string>();
  readonly #executed = new Set<string>();
  readonly #reasons = new Set<string>();
  readonly #unfinished = new Map<string, string>();
  /** Processes that are listing a folder for Python's importer. */
  readonly #quiet = new Set<string>();
  readonly #folders: WorkingFolders;
  readonly #links = new MadeLinks();
  readonly #cache: CacheReads;
  readonly #adrift = new Map<string, Set<How>>();
  #first: string | undefined;
  #ended = false;

  constructor(places: CallPlaces) {
    this.#places = places;
    this.#cache = new CacheReads(places.cache);
    this.#folders = new WorkingFolders(places.repository);
  }

  take(line: string): void {
    const match = /^(\d+) +(.*)$/.exec(line);
    if (match === null) this.#reasons.add(UNREADABLE);
    else this.#takeOf(match[1] ?? "", match[2] ?? "");
  }

  /**
   * Takes the last line where its end is missing: the step was killed, with its tracer, in the middle of a call. strace
   * writes a call's name and arguments when it begins and the rest before the process goes on, so no process has seen
   * the result of such a call.
   */
  takeCut(line: string): void {
    const match = /^(\d+) +(\w+\(.*)$/.exec(line);
    if (match !== null) this.#takeOf(match[1] ?? "", `${match[2]}${UNFINISHED}`);
  }

  #takeOf(process: string, text: string): void {
    if (this.#first === undefined) this.#folders.start(process);
    this.#first ??= process;
    if (text.startsWith("+++ ")) {
      if (process === this.#first && /^\+{3} (?:exited|killed) /.test(text)) this.#ended = true;
      return;
    }
    if (text.endsWith(UNFINISHED)) {
      this.#unfinished.set(process, text.slice(0, -UNFINISHED.length));
      return;
    }
    // A thread that starts a program takes the number of its process; the call comes back there.
    const successor = /<pid changed to (\d+) \.\.\.>$/.exec(text);
    if (successor !== null) {
      this.#unfinished.set(successor[1] ?? "", text.slice(0, successor.index));
      return;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    const beginning = this.#unfinished.get(process);
    if (resumed !== undefined && beginning === undefined) this.#reasons.add(UNREADABLE);
    this.#unfinished.delete(process);
    this.#call(process, resumed === undefined ? text : `${beginning}${resumed}`);
  }

  finish(): Calls | undefined {
    for (const [process, text] of this.#unfinished) this.#call(process, `${text}) = ?`);
    if (!this.#ended) return undefined;
    this.#anchor();
    return {
      asked: within(this.#asked, this.#places.repository),
      listed: within(this.#listed, this.#places.repository),
      moved: within(this.#moved, this.#places.repository),
      executed: within(this.#executed, this.#places.repository),
      project: this.#projectNotes(),
      cached: this.#cache.paths,
      reasons: [...this.#reasons],
    };
  }

  #call(process: string, text: string): void {
    const match = /^(\w+)\((.*)\) += (.*)$/.exec(text);
    if (match === null) {
      this.#reasons.add(UNREADABLE);
      return;
    }
    const [, name = "", body = "", result = ""] = match;
    const failed = result.startsWith("-1 ");
    const why = LEAVES[name];
    if (why !== undefined && !failed) this.#reasons.add(why);
    if (name === "seccomp" && body.includes("NEW_LISTENER"))
      this.#reasons.add("it has calls answered by a process of its own");
    if (name === "exit_group") this.#ended ||= process === this.#first;
    else if (name.startsWith("getdents") || name === "readdir") this.#list(process, body, result);
    else if (name === "socket" || name === "socketpair") this.#makeSocket(body, failed);
    else if (name === "clone" || name === "clone3" || name === "unshare") this.#part(process, body, result);
    else if (NAMES_SOCKETS.has(name) && !body.includes(SOCKET_PATH)) return;
    else if (name === "chdir" || !(SAYS_NOTHING.has(name) || this.#isOfNoInterest(body, result)))
      this.#askFor({ process, name, body, failed, result });
  }

  #askFor({ process, name, body, failed, result }: Call): void {
    const paths = pathsOf(name, body);
    this.#followQuiet(process, name, paths[0]?.path, failed);
    if (body.startsWith("AT_FDCWD")) this.#folders.isIn(process, descriptorPath(body));
    if (name === "fchdir" && !failed) this.#folders.isIn(process, descriptorPath(body));
    if (LINKS.has(name)) this.#noteLink(body);
    else this.#note(name, body, paths);
    // The file that was really opened, after all links of the machine.
    const opened = name.startsWith("open") ? descriptorPath(result) : undefined;
    if (opened !== undefined) {
      this.#take(opened, "asked");
      this.#cache.open(opened, body);
    }
    if (name === "chdir" && !failed) this.#folders.enter(process, paths[0]?.path);
  }

  /** Most calls are about absolute paths elsewhere. */
  #isOfNoInterest(body: string, result: string): boolean {
    const first = body.startsWith("AT_FDCWD") ? body.indexOf(', "') + 2 : 0;
    if (body.charAt(first) !== '"' || body.charAt(first + 1) !== "/" || body.includes('", "')) return false;
    const isPlain =
      !body.includes("/.") && !body.includes("//") && !body.includes('"/proc/') && !/"\/dev\/(?:fd|std)/.test(body);
    if (!isPlain || body.includes("\\") || result.includes("\\")) return false;
    const { repository, project, cache } = this.#places;
    return [repository, project, ...(cache === undefined ? [] : [cache])].every(
      (place) => !body.includes(place, first) && !result.includes(place),
    );
  }

  #note(name: string, body: string, paths: readonly SeenPath[]): void {
    const how = STARTS.has(name) ? "executed" : "asked";
    for (const { base, path } of paths) this.#ask(base, path, how);
    const [source, destination] = paths;
    if (!TWO_PATHS.has(name) || source === undefined || destination === undefined) return;
    this.#move(source, destination);
    if (/\bRENAME_EXCHANGE\b/.test(body)) this.#move(destination, source);
  }

  #move(source: SeenPath, destination: SeenPath): void {
    this.#ask(source.base, source.path, "moved");
    for (const to of this.#fullPaths(destination)) this.#cache.arrive(posix.normalize(to));
    for (const from of this.#fullPaths(source))
      for (const to of this.#fullPaths(destination))
        for (const leadsTo of this.#links.move(from, to)) this.#lead(leadsTo);
    if (this.#links.isLost) this.#reasons.add("it moves links too often to be followed");
  }

  /**
   * `symlink("target", "link")`, `symlinkat("target", folder, "link")`: the target starts from where the link stands.
   */
  #noteLink(body: string): void {
    const [target = "", link = ""] = quoted(body);
    const before = body.slice(0, body.lastIndexOf(', "'));
    const base = descriptorPath(before.slice(before.lastIndexOf(", ") + 2));
    this.#ask(base, link, "asked");
    for (const place of this.#fullPaths({ base, path: link })) this.#lead(this.#links.make(place, target));
  }

  /** A link leads to this absolute path: it may be asked for what lies there, and below. */
  #lead(full: string): void {
    const place = posix.normalize(full);
    const below = place.endsWith("/") ? place : `${place}/`;
    if (/^\/(?:proc|dev\/(?:fd|std\w+))\//.test(below)) this.#reasons.add(`it makes a link to ${place}`);
    this.#take(full, "moved");
    if (this.#places.repository.startsWith(below))
      this.#reasons.add("it makes a link to a folder around the repository");
    if (this.#places.project.startsWith(below)) this.#moved.add(this.#places.project);
  }

  /** From wherever it may start. */
  #fullPaths({ base, path }: SeenPath): readonly string[] {
    if (path.startsWith("/")) return [path];
    return base === undefined ? [...this.#folders.all].map((folder) => `${folder}/${path}`) : [`${base}/${path}`];
  }

  #ask(base: string | undefined, path: string, how: How): void {
    if (path === "") return;
    const full = path.startsWith("/") ? path : base === undefined ? undefined : `${base}/${path}`;
    if (full === undefined) {
      const hows = this.#adrift.get(path) ?? new Set();
      this.#adrift.set(path, hows.add(how));
    } else this.#take(full, how);
  }

  #take(full: string, how: How): void {
    const { repository, project } = this.#places;
    const place = posix.normalize(full);
    const roundabout = [full, place].find((path) => ROUNDABOUT.test(path));
    if (roundabout !== undefined) this.#reasons.add(`it follows the path ${roundabout}`);
    if (!isBelow(full, repository) && !isBelow(place, repository) && !isBelow(place, project)) return;
    (how === "moved" ? this.#moved : this.#asked).add(full);
    if (how === "executed") this.#executed.add(full);
  }

  /** Relative paths of calls that do not tell the working folder: from each of these. */
  #anchor(): void {
    if (this.#folders.size * this.#adrift.size > MOST_COMBINATIONS) {
      this.#reasons.add("it changes its working folder too often to be followed");
      return;
    }
    for (const [path, hows] of this.#adrift) {
      for (const folder of this.#folders.all) for (const how of hows) this.#take(`${folder}/${path}`, how);
    }
  }

  #list(process: string, body: string, result: string): void {
    if (this.#quiet.has(process)) {
      if (result === "0") this.#quiet.delete(process);
      return;
    }
    const folder = descriptorPath(body);
    if (folder === undefined) this.#reasons.add("it lists a folder that is not known");
    else this.#listed.add(folder);
  }

  #followQuiet(process: string, name: string, path: string | undefined, failed: boolean): void {
    if (!name.startsWith("open")) return;
    this.#quiet.delete(process);
    if (!failed && path?.endsWith(QUIET) === true) this.#quiet.add(process);
  }

  /**
   * Each message may name the path of a socket; to look at each would be slow, since streams are sent by the same
   * calls.
   */
  #makeSocket(body: string, failed: boolean): void {
    if (!failed && /^AF_UNIX, SOCK_DGRAM/.test(body))
      this.#reasons.add("it sends messages to sockets, whose paths cannot be seen");
  }

  /** New processes are followed, unless they are made so that they are not. */
  #part(process: string, body: string, result: string): void {
    if (result.startsWith("-1 ")) return;
    if (/\bCLONE_UNTRACED\b/.test(body)) this.#reasons.add("it starts a process that cannot be followed");
    if (/\bCLONE_NEWNS\b/.test(body)) this.#reasons.add("it mounts file systems");
    const child = /^[1-9]\d*/.exec(result)?.[0];
    if (child !== undefined) this.#folders.part(process, child, /\bCLONE_FS\b/.test(body));
  }

  #projectNotes(): readonly ProjectNote[] {
    const { project, repository } = this.#places;
    // Without a sandbox the repository itself lies below the project's folder.
    const only = (paths: Set<string>) => new Set([...paths].filter((path) => !isBelow(path, repository)));
    return [
      ...within(only(this.#asked), project).map((path) => ({ how: "S", path })),
      ...within(only(this.#listed), project).map((path) => ({ how: "L", path })),
      ...within(only(this.#moved), project).map((path) => ({ how: "R", path })),
    ];
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Relative to the folder; also paths that lead there in a roundabout way. */
function within(paths: ReadonlySet<string>, folder: string): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const place = isBelow(path, folder) ? path : posix.normalize(path);
    if (isBelow(place, folder)) found.add(place.slice(folder.length).replace(/^\/+/, ""));
  }
  return [...found];
}
