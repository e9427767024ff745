import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { type FileStats, statsOf } from "./output-walk.ts";

/** A file that is renamed into a folder gets its time of change within less than this after the folder does. */
const RENAMING_NS = 20_000_000n;

/**
 * The event reported for a path: its entry came or went (`rename`), its bytes or its attributes changed (`change`), or
 * somebody just looked.
 */
export type Sighting = "rename" | "change" | "look";

/** The observations of the file that has a name now. */
interface Sightings {
  /** Inode and birth: the number alone is given to the next file at once. */
  readonly file: string;
  /** Its content (see `contentOf`) when it was last seen writable. */
  writable: string | undefined;
  /**
   * Changes that were reported since it came, as long as it was never seen writable, all with this content and mode.
   */
  changes: number;
  content: string;
  isLocked: boolean;
  /** A process had it open for writing when it was made read-only, and may write to its end. */
  isHeld: boolean;
  /** It was opened and written to while it was read-only: by root, who may, or since it had been created that way. */
  isWrittenLocked: boolean;
}

const UNLOCKED = { isLocked: false, isHeld: false, isWrittenLocked: false } as const;

/**
 * Tells files that a step finished (it wrote them, then took away their mode) from those that merely are read-only:
 * copies of inputs, which keep the mode; what was unpacked; objects of git. The step goes on to use the latter, so they
 * must not vanish while it runs.
 *
 * A file is finished if one of these shows it, and is left for the end of the step otherwise:
 *
 * 1. It was seen writable, and was not written or given another time since.
 * 2. After it came, two changes were reported, and both times it was the same, read-only already. One write is reported
 *    once however long it is, for the
 *    system merges what is alike; so the second one is the mode's. (A small file is written and locked long before anybody can look.)
 * 3. Its attributes changed after its last write, and since then its folder has not: so it was not renamed into place.
 *    (This holds for
 *    files that nobody watched.)
 *
 * None of them counts for a file that was opened and written to while it was read-only: whoever does that once (root
 * may) does it again. 2 and 3 ask for a time of writing that is not before the file's birth: what unpacks files gives
 * them their old time.
 */
export class FinishedFiles {
  readonly #root: string;
  readonly #seen = new Map<string, Sightings>();

  /** Takes the real path of outputs. */
  constructor(root: string) {
    this.#root = root;
  }

  note(name: string, sighting: Sighting, stats: FileStats | undefined): void {
    if (stats === undefined || !stats.isFile()) {
      this.#seen.delete(name);
      return;
    }
    const content = contentOf(stats);
    const before = this.#seen.get(name);
    const file = fileOf(stats);
    const seen = before?.file === file ? before : { file, writable: undefined, changes: 0, content, ...UNLOCKED };
    this.#seen.set(name, seen);
    if (!isReadOnly(stats)) {
      Object.assign(seen, { writable: content, changes: 0, content, ...UNLOCKED });
      return;
    }
    if (seen.isLocked && seen.content !== content && !(seen.isHeld && seen.writable !== undefined))
      seen.isWrittenLocked = true;
    if (seen.writable === undefined && sighting === "rename") seen.changes = 0;
    if (seen.writable === undefined && sighting === "change") seen.changes += 1;
    seen.isLocked = true;
    seen.content = content;
  }

  /** A process has it open for writing. */
  noteHeld(name: string): void {
    const seen = this.#seen.get(name);
    if (seen !== undefined) seen.isHeld = true;
  }

  /** Its name is free again. */
  forget(name: string): void {
    this.#seen.delete(name);
  }

  isFinished(name: string, stats: FileStats): boolean {
    if (!isReadOnly(stats) || name.split("/").some((part) => part.startsWith("."))) return false;
    const seen = this.#seen.get(name);
    const known = seen?.file === fileOf(stats) ? seen : undefined;
    if (known?.isWrittenLocked === true) return false;
    if (known?.writable !== undefined) return known.writable === contentOf(stats) || stats.mtimeNs >= stats.birthtimeNs;
    if (stats.mtimeNs < stats.birthtimeNs) return false;
    return (known?.changes ?? 0) >= 2 || this.#wasLocked(name, stats);
  }

  #wasLocked(name: string, stats: FileStats): boolean {
    if (stats.ctimeNs <= stats.mtimeNs) return false;
    const folder = statsOf(join(this.#root, name, ".."));
    return folder !== undefined && typeof folder !== "string" && folder.mtimeNs + RENAMING_NS < stats.ctimeNs;
  }
}

function isReadOnly({ mode }: Pick<FileStats, "mode">): boolean {
  return (Number(mode) & 0o222) === 0;
}

function fileOf(stats: FileStats): string {
  return `${stats.ino}:${stats.birthtimeNs}`;
}

function contentOf(stats: FileStats): string {
  return `${stats.size}:${stats.mtimeNs}`;
}

/**
 * The digests of a step's inputs, from its own inputs.json: what equals one of them is a copy, whatever was done with
 * its mode.
 */
export function inputDigests(folder: ExecutionFolder): ReadonlySet<string> {
  try {
    const text = readFileSync(join(folder.config, "inputs.json"), "utf8");
    return new Set([...text.matchAll(/"sha256": ?"([0-9a-f]{64})"/g)].map(([, digest = ""]) => digest));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return new Set();
  }
}
