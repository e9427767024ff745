import { createHash, randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { removeTree } from "../../remove-tree.ts";
import { sayingDiskFull } from "../checkout-snapshot.ts";
import { decodeManifest } from "../manifest.ts";
import type { SnapshotStore } from "../record-snapshot.ts";
import { inspect } from "./inspect.ts";
import { itemCount, type Layout, layoutOf } from "./layout.ts";
import { makeFolder, mend, placeEntries, recordAll } from "./mend.ts";
import { hasMountsBelow } from "./mount-points.ts";
import { findNewFiles, type NewFiles } from "./new-files.ts";
import { compareRow, FIELDS, readTable, setRow, type Table, TICK_MS, writeTable } from "./table.ts";

export interface WorktreePoolOptions {
  /**
   * The folder of checkouts that nobody uses. If it is on another file system than the executions', there will be none.
   */
  readonly folder: string;
  readonly store: SnapshotStore;
  readonly blobs: BlobStore;
  /** A checkout of fewer files and folders is written in less time than it takes to look after one. */
  readonly fewestItems?: number;
  /** At most so many wait … */
  readonly mostWaiting?: number;
  /** … of so many bytes together. */
  readonly mostBytes?: number;
}

/** The place of an execution's code. */
export interface WorktreePlace {
  /** The folder that the step sees as its repository. */
  readonly repository: string;
  /**
   * A folder that no step sees, on the same file system: it says what the checkout looked like when it was handed over.
   */
  readonly keep: string;
}

/** The state of a checkout after a step had it. */
export interface InspectedWorktree {
  readonly layout: Layout;
  /** For each item of the layout: bits of table.ts. */
  readonly flags: Uint8Array;
}

const FEWEST_ITEMS = 100;
const MOST_BYTES = 20 * 1024 ** 3;
const LAYOUTS_KEPT = 8;

/**
 * Checkouts of a project's code, each used by one step at a time and used again by the next: to write 20,000 files
 * takes seconds, to see that nobody has changed them a tenth of one.
 *
 * A checkout that waits is a folder `<pool>/<version>-<KiB>-<random>` with `tree` and `table` in it. It is claimed by
 * renaming it into the execution's folder, which succeeds for one process only; so it is owned by the place where it
 * lies, and a crash needs no repair: whoever clears the execution's folder gives it back or removes it. The table is
 * missing whenever the tree is in a state that it does not describe.
 */
export class WorktreePool {
  readonly #options: WorktreePoolOptions;
  readonly #layouts = new Map<string, Promise<Layout>>();

  constructor(options: WorktreePoolOptions) {
    this.#options = options;
  }

  /**
   * Makes the code of a version appear as the execution's repository, which must not exist. Anything that an
   * interrupted call left is replaced.
   */
  async provide(commit: string, place: WorktreePlace): Promise<void> {
    const layout = await this.#layout(commit);
    await removeTree(place.keep);
    const table = await sayingDiskFull(
      place.repository,
      async () => (await this.#reuse(layout, place)) ?? (await this.#write(layout, place)),
    );
    // A folder that is moved has a new change time. (Only a table that is there makes a checkout usable.)
    renameSync(join(place.keep, "tree"), place.repository);
    setRow(table, 0, lstatSync(place.repository));
    // So that no change by the step can carry the times that are noted here; without this, what was planted last would
    // be written anew each time.
    if (this.#isWorthKeeping(layout)) await nextTick(Date.now());
    writeTable(join(place.keep, "table"), { ...table, recordedAt: Date.now() });
  }

  /** Returns the files that the step has put into its checkout; undefined if they are not known. */
  async newFiles({ repository, keep }: WorktreePlace): Promise<NewFiles | undefined> {
    const table = readTable(join(keep, "table"));
    if (table === undefined) return undefined;
    const layout = await this.#layout(table.commit);
    return table.rows.length === emptyLength(layout) ? findNewFiles(repository, layout, table) : undefined;
  }

  /** Returns the changes that the step made in its checkout; undefined if they are not known. */
  async inspect({ repository, keep }: WorktreePlace): Promise<InspectedWorktree | undefined> {
    const table = readTable(join(keep, "table"));
    if (table === undefined) return undefined;
    const layout = await this.#layout(table.commit);
    if (table.rows.length !== emptyLength(layout)) return undefined;
    return { layout, flags: await inspect(repository, layout, table) };
  }

  /** Removes a checkout when its step has ended. False where somebody has mounted something in it. */
  async release(place: WorktreePlace): Promise<boolean> {
    if (isThere(place.repository) && hasMountsBelow(place.repository)) return false;
    await removeTree(place.repository);
    await removeTree(place.keep);
    return true;
  }

  /** No other step is to get the checkout. (Only a table that is there makes it usable.) */
  distrust({ keep }: WorktreePlace): void {
    rmSync(join(keep, "table"), { force: true });
  }

  /** Puts a checkout that is worth it where the next step finds it, as it is: it is mended when it is used again. */
  async giveBack({ repository, keep }: WorktreePlace): Promise<boolean> {
    const table = isThere(repository) ? readTable(join(keep, "table")) : undefined;
    if (table === undefined) return false;
    const layout = await this.#layout(table.commit);
    // The table of mounts is asked last: the kernel needs longer to write it out than for all else here.
    if (!this.#isWorthKeeping(layout) || !this.#hasRoom(layout) || hasMountsBelow(repository)) return false;
    try {
      const tree = join(keep, "tree");
      const wasUntouched = compareRow(table, 0, lstatSync(repository)) < 2;
      renameSync(repository, tree);
      if (wasUntouched) {
        setRow(table, 0, lstatSync(tree));
        writeTable(join(keep, "table"), table);
      }
      mkdirSync(this.#options.folder, { recursive: true });
      renameSync(
        keep,
        join(this.#options.folder, `${keyOf(layout.commit)}-${Math.ceil(layout.sizeBytes / 1024)}-${randomName()}`),
      );
      return true;
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return false;
    }
  }

  #isWorthKeeping(layout: Layout): boolean {
    return itemCount(layout) >= (this.#options.fewestItems ?? FEWEST_ITEMS);
  }

  #hasRoom({ sizeBytes }: Layout): boolean {
    const waiting = this.#waiting();
    const bytes = waiting.reduce((sum, { sizeBytes: one }) => sum + one, sizeBytes);
    return (
      waiting.length < (this.#options.mostWaiting ?? 2 * availableParallelism()) &&
      bytes <= (this.#options.mostBytes ?? MOST_BYTES)
    );
  }

  #waiting(): readonly WaitingWorktree[] {
    return listWaiting(this.#options.folder);
  }

  /** A checkout that waits, made to be of this version; undefined where there is none, or none that could be mended. */
  async #reuse(to: Layout, place: WorktreePlace): Promise<Table | undefined> {
    if (!this.#claim(to, place)) return undefined;
    const tablePath = join(place.keep, "table");
    const table = readTable(tablePath);
    await removeTree(tablePath);
    try {
      if (table === undefined) throw new HeadraceError("HR_SNAPSHOT_FAILED", "a checkout without a table");
      const from = await this.#layout(table.commit);
      if (table.rows.length !== emptyLength(from))
        throw new HeadraceError("HR_SNAPSHOT_FAILED", "a table of another checkout");
      const aside = join(place.keep, "aside");
      mkdirSync(aside);
      return await mend({ tree: join(place.keep, "tree"), aside, blobs: this.#options.blobs, from, table, to });
    } catch (error) {
      // A new one is always right, whatever is wrong with this one. Errors of the disk or the store will show there.
      if (!(error instanceof HeadraceError) && systemErrorCode(error) === undefined) throw error;
      await discard(place.keep);
      return undefined;
    }
  }

  /** One of the same version before one of another. */
  #claim(to: Layout, { keep }: WorktreePlace): boolean {
    if (!this.#isWorthKeeping(to)) return false;
    const key = keyOf(to.commit);
    const names = this.#waiting().map(({ name }) => name);
    mkdirSync(dirname(keep), { recursive: true });
    for (const name of [
      ...names.filter((one) => one.startsWith(key)),
      ...names.filter((one) => !one.startsWith(key)),
    ]) {
      try {
        renameSync(join(this.#options.folder, name), keep);
        return true;
      } catch (error) {
        const code = systemErrorCode(error);
        // Another process was first. On another file system, none can be had.
        if (code === "EXDEV") return false;
        if (code !== "ENOENT") throw error;
      }
    }
    return false;
  }

  async #write(layout: Layout, { keep }: WorktreePlace): Promise<Table> {
    const tree = join(keep, "tree");
    try {
      mkdirSync(keep, { recursive: true });
      for (const folder of layout.folders) makeFolder(folder === "" ? tree : `${tree}/${folder}`);
      await placeEntries(tree, layout.entries, this.#options.blobs);
      return await recordAll(tree, layout);
    } catch (error) {
      await removeTree(keep);
      throw error;
    }
  }

  #layout(commit: string): Promise<Layout> {
    const known = this.#layouts.get(commit);
    if (known !== undefined) return known;
    const read = readLayout(commit, this.#options);
    this.#layouts.set(commit, read);
    read.catch(() => this.#layouts.delete(commit));
    const oldest = this.#layouts.keys().next().value;
    if (this.#layouts.size > LAYOUTS_KEPT && oldest !== undefined) this.#layouts.delete(oldest);
    return read;
  }
}

async function readLayout(commit: string, { store, blobs }: WorktreePoolOptions): Promise<Layout> {
  const record = await store.snapshots.get(commit);
  if (record === undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `no version of the code named ${commit} is stored`, {
      hint: [{ do: "show-run" }, " shows the version that a run used"],
    });
  }
  return layoutOf(commit, decodeManifest(await blobs.readBytes(record.manifestSha256)));
}

function emptyLength(layout: Layout): number {
  return itemCount(layout) * FIELDS;
}

/** Files that a container's root has left may not be ours to remove; they must not keep the step from its code. */
async function discard(keep: string): Promise<void> {
  try {
    await removeTree(keep);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    renameSync(keep, `${keep}-${randomName()}`);
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Timers count from the beginning of their turn, and so may come early. */
async function nextTick(startedAt: number): Promise<void> {
  for (let left = TICK_MS + 1; left > 0; left = startedAt + TICK_MS + 1 - Date.now())
    await delay(Math.min(left, TICK_MS));
}

interface WaitingWorktree {
  readonly name: string;
  readonly sizeBytes: number;
}

function listWaiting(folder: string): readonly WaitingWorktree[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
  return names.flatMap((name) => {
    const size = /^[0-9a-f]{16}-(\d+)-[0-9a-f]{16}$/.exec(name)?.[1];
    return size === undefined ? [] : [{ name, sizeBytes: Number(size) * 1024 }];
  });
}

/**
 * Checkouts that wait in a pool and that nobody has used for some time: how many, and how many bytes of files they
 * hold.
 */
export function countWaitingWorktrees(folder: string, olderThanMs: number, now = Date.now()): WaitingCount {
  return countOf(unusedWorktrees(folder, olderThanMs, now));
}

export interface WaitingCount {
  readonly count: number;
  readonly sizeBytes: number;
}

/**
 * Removes checkouts that wait in a pool, and what interrupted removals left: all of them, or those that nobody has used
 * for some time. May be called while engines work with the pool. Returns how many were removed and how many bytes of
 * files they held.
 */
export async function removeWaitingWorktrees(folder: string, olderThanMs = 0, now = Date.now()): Promise<WaitingCount> {
  const removed: WaitingWorktree[] = [];
  for (const waiting of unusedWorktrees(folder, olderThanMs, now)) {
    try {
      renameSync(join(folder, waiting.name), join(folder, `removing-${randomName()}`));
      removed.push(waiting);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    }
  }
  for (const name of listAll(folder)) if (basename(name).startsWith("removing-")) await removeTree(join(folder, name));
  return countOf(removed);
}

function unusedWorktrees(folder: string, olderThanMs: number, now: number): readonly WaitingWorktree[] {
  return listWaiting(folder).filter(({ name }) => {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    // Moved here, it got the change time of that moment.
    return stats !== undefined && now - stats.ctimeMs >= olderThanMs && !hasMountsBelow(path);
  });
}

function countOf(worktrees: readonly WaitingWorktree[]): WaitingCount {
  return { count: worktrees.length, sizeBytes: worktrees.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

function listAll(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function keyOf(commit: string): string {
  return createHash("sha256").update(commit).digest("hex").slice(0, 16);
}

function randomName(): string {
  return randomBytes(8).toString("hex");
}
