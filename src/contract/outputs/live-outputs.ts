import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BlobStore, PutOutcome } from "../../blobs/index.ts";
import { systemErrorCode } from "../../errors.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { Wakeup } from "../wakeup.ts";
import { FinishedFiles, inputDigests } from "./finished-files.ts";
import { FolderTreeWatch } from "./folder-tree-watch.ts";
import { openForWriting } from "./open-writers.ts";
import { type CollectedOutput, OutputJournal } from "./output-journal.ts";
import {
  type FileStats,
  type FoundOutput,
  foundOutput,
  identityOf,
  removeStored,
  statsOf,
  walkOutputs,
} from "./output-walk.ts";
import { type PinnedFolder, pinFolder } from "./pinned-folder.ts";
import { readSidecar, SIDECAR_LIST, SIDECAR_SUFFIX } from "./sidecars.ts";

/** A file is taken when it looked the same twice, so long apart. */
const SETTLE_MS = 200;
/**
 * Looks over the whole folder, for changes that nobody reported (network file systems, no watches left): as often as
 * this …
 */
const PATROL_MS = 2000;
/** … and so rarely that looking takes at most a fiftieth of the time. */
const PATROL_SHARE = 50;
const TAKEN_AT_ONCE = 32;

export interface LiveOutputsOptions {
  readonly folder: ExecutionFolder;
  readonly blobs: BlobStore;
  /** Each file when it is stored and noted; after a crash those taken before come again, with the same ids. */
  readonly onOutput?: (output: CollectedOutput) => void | Promise<void>;
  /** Nothing is taken any more because of this error; what is left in outputs is collected at the end. */
  readonly onFailure?: (error: unknown) => void;
}

/** A file ready to be taken. */
interface Candidate extends FoundOutput {
  /** `device:inode` */
  readonly inode: string;
}

/**
 * Takes the files of a running step that it wrote and then made read-only (`FinishedFiles`), and removes them from
 * outputs. A copy of an input is left for the end of the step, which goes on to use it. Each becomes a datum of its
 * own: a later file of the same name never replaces an earlier one.
 *
 * The bytes are copied, not moved: the step may still hold the file open, and what it writes then must not reach a
 * stored blob. A file that some process has open for writing is left until it is closed.
 */
export class LiveOutputs implements AsyncDisposable {
  readonly #options: LiveOutputsOptions;
  readonly #journal: OutputJournal;
  /** Links to the files that are being stored, where the step cannot reach them. */
  readonly #taking: string;
  readonly #outputs: string;
  readonly #wakeup = new Wakeup();
  readonly #end = new Wakeup();
  readonly #watch: FolderTreeWatch;
  readonly #finished: FinishedFiles;
  readonly #changed = new Set<string>();
  /** Digests of the step's inputs, read when first needed. */
  #inputs: ReadonlySet<string> | undefined;
  /** By name: the identity of what equals an input. */
  readonly #copies = new Map<string, string>();
  readonly #settling = new Map<string, string>();
  #nextPatrol = 0;
  #ending = false;
  readonly #running: Promise<void>;

  private constructor(options: LiveOutputsOptions, journal: OutputJournal) {
    this.#options = options;
    this.#journal = journal;
    this.#taking = join(options.folder.control, "taking");
    rmSync(this.#taking, { recursive: true, force: true });
    // Not the real path of outputs itself: a step without a sandbox may have put a link to a folder of the user's in
    // its place.
    this.#outputs = join(realpathSync.native(options.folder.valohai), basename(options.folder.outputs));
    this.#finished = new FinishedFiles(this.#outputs);
    this.#watch = new FolderTreeWatch(this.#outputs, (name, event, stats) => {
      this.#finished.note(name, event, stats);
      this.#changed.add(name);
      this.#wakeup.call();
    });
    this.#running = this.#lookUntilEnding().catch((error: unknown) => options.onFailure?.(error));
  }

  static async open(options: LiveOutputsOptions): Promise<LiveOutputs> {
    return new LiveOutputs(options, await OutputJournal.open(options.folder.control));
  }

  /** Finishes what is being stored. Files that are not taken yet are left for `collectOutputs`. */
  async close(): Promise<void> {
    this.#ending = true;
    this.#watch[Symbol.dispose]();
    this.#wakeup.call();
    this.#end.call();
    await this.#running;
    await this.#journal[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #lookUntilEnding(): Promise<void> {
    for (const output of this.#journal.outputs) if (output.live) await this.#options.onOutput?.(output);
    while (!this.#ending) {
      await this.#take(this.#settled(this.#candidates()));
      await this.#end.sleep(SETTLE_MS);
      if (this.#settling.size === 0) await this.#wakeup.sleep(Math.max(0, this.#nextPatrol - performance.now()));
    }
  }

  /** Finished files among what changed or was settling; on patrol, among everything. */
  #candidates(): readonly Candidate[] {
    const names = new Set([...this.#changed, ...this.#settling.keys()]);
    this.#changed.clear();
    const start = performance.now();
    if (start >= this.#nextPatrol) {
      this.#look("", names);
      const end = performance.now();
      this.#nextPatrol = end + Math.max(PATROL_MS, (end - start) * PATROL_SHARE);
    }
    return [...names].flatMap((name) => this.#candidatesIn(name));
  }

  #candidatesIn(name: string): readonly Candidate[] {
    if (name.endsWith(SIDECAR_SUFFIX) || name === SIDECAR_LIST) return [];
    const path = join(this.#outputs, name);
    const stats = statsOf(path);
    if (stats === undefined || typeof stats === "string") {
      this.#finished.forget(name);
      return [];
    }
    if (stats.isDirectory()) return [...this.#look(name, new Set())].flatMap((file) => this.#candidatesIn(file));
    this.#finished.note(name, "look", stats);
    if (!stats.isFile() || !this.#isDue(name, stats)) return [];
    const file = foundOutput(name, path, stats);
    return this.#copies.get(name) === file.identity ? [] : [{ ...file, inode: `${stats.dev}:${stats.ino}` }];
  }

  /** Finished; or noted already, and left here by a crash. */
  #isDue(name: string, stats: FileStats): boolean {
    return this.#finished.isFinished(name, stats) || this.#journal.isNoted(name, identityOf(stats));
  }

  /** Notes how every file of a folder looks, and adds to `names` those that are finished. */
  #look(folder: string, names: Set<string>): ReadonlySet<string> {
    const onFile = (below: string, stats: FileStats): void => {
      const name = join(folder, below);
      this.#finished.note(name, "look", stats);
      if (this.#isDue(name, stats)) names.add(name);
    };
    walkOutputs(join(this.#outputs, folder), { mend: false, onFile });
    return names;
  }

  /** Those that are the same as at the last look, and that nobody writes to. The others are looked at again. */
  #settled(candidates: readonly Candidate[]): readonly Candidate[] {
    const written = openForWriting(new Set(candidates.map((file) => file.inode)));
    for (const file of candidates) if (written.has(file.inode)) this.#finished.noteHeld(file.name);
    const ready = candidates.filter(
      (file) => this.#settling.get(file.name) === file.identity && !written.has(file.inode),
    );
    const taken = new Set(ready.map((file) => file.name));
    this.#settling.clear();
    for (const file of candidates) if (!taken.has(file.name)) this.#settling.set(file.name, file.identity);
    return ready;
  }

  async #take(files: readonly Candidate[]): Promise<void> {
    if (files.length > 0) mkdirSync(this.#taking, { recursive: true });
    for (let start = 0; start < files.length && !this.#ending; start += TAKEN_AT_ONCE) {
      using held = new DisposableStack();
      const links = files.slice(start, start + TAKEN_AT_ONCE).flatMap((file) => this.#hold(file, held));
      const refs = await this.#options.blobs.putFiles(links.map((link) => link.path));
      const stored = links.flatMap((link, position) => this.#noteOf(link, refs[position]));
      await this.#journal.note(stored);
      for (const link of links) if (this.#journal.isNoted(link.file.name, link.file.identity)) this.#remove(link);
      for (const { output } of stored) await this.#options.onOutput?.(output);
    }
  }

  /**
   * Another name for the file's content, out of the step's reach: what is stored is surely the file that was looked at.
   */
  #hold(file: Candidate, held: DisposableStack): readonly HeldFile[] {
    const folder = held.use(pinFolder(dirname(file.path)));
    if (folder === undefined) return [];
    const path = join(this.#taking, randomUUID());
    try {
      linkSync(folder.at(basename(file.name)), path);
    } catch (error) {
      // Gone; or a file of another user, or a file system without links: left for the end.
      if (systemErrorCode(error) === undefined) throw error;
      return [];
    }
    held.defer(() => rmSync(path, { force: true }));
    const link = { file, path, folder };
    if (this.#journal.isNoted(file.name, file.identity)) this.#remove(link);
    else if (isSame(file, path)) return [link];
    return [];
  }

  #noteOf({ file, folder }: HeldFile, outcome: PutOutcome | undefined) {
    if (outcome === undefined || typeof outcome === "string") return [];
    this.#inputs ??= inputDigests(this.#options.folder);
    if (this.#inputs.has(outcome.sha256)) {
      this.#copies.set(file.name, file.identity);
      return [];
    }
    const properties = sidecarOf(file, folder) ?? {};
    const output: CollectedOutput = { id: randomUUID(), name: file.name, ...outcome, properties, live: true };
    return [{ output, identity: file.identity }];
  }

  #remove(link: HeldFile): void {
    this.#finished.forget(link.file.name);
    removeFromOutputs(link);
  }
}

interface HeldFile {
  readonly file: Candidate;
  readonly path: string;
  readonly folder: PinnedFolder;
}

/** A sidecar that is broken now is looked at again at the end, where it is warned of. */
function sidecarOf(file: Candidate, folder: PinnedFolder): Readonly<Record<string, unknown>> | undefined {
  const entry = `${basename(file.name)}${SIDECAR_SUFFIX}`;
  const stats = statsOf(folder.at(entry));
  if (stats === undefined || typeof stats === "string" || !stats.isFile()) return undefined;
  const properties = readSidecar(foundOutput(`${file.name}${SIDECAR_SUFFIX}`, folder.at(entry), stats));
  return typeof properties === "string" ? undefined : properties;
}

/**
 * Removes it, unless the step has put another file in its place meanwhile. Anything that the step does within the
 * microseconds between the look and the removal is lost.
 */
function removeFromOutputs({ file, folder }: HeldFile): void {
  const path = folder.at(basename(file.name));
  if (!isSame(file, path)) return;
  removeStored(path);
  if (sidecarOf(file, folder) !== undefined) removeStored(`${path}${SIDECAR_SUFFIX}`);
}

function isSame(file: Candidate, path: string): boolean {
  const stats = statsOf(path);
  return stats !== undefined && typeof stats !== "string" && stats.isFile() && identityOf(stats) === file.identity;
}
