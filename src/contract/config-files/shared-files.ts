import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";

/**
 * Small files of equal content for many folders, as links to one: a link costs 0.03 ms, a new file 0.1 ms, and 1 ms and
 * more where ext4 has no journal and many files were removed just before. Only for places that the step cannot write
 * to.
 */
export class SharedFiles {
  readonly #folder: string;
  /** Written by this very process: what an earlier one left may have been cut short with the power. */
  readonly #written = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts a file with this text at `path`, in the place of what stands there. */
  place(text: string, path: string): void {
    try {
      replace(path, () => linkSync(this.#original(text), path));
    } catch (error) {
      // Removed by somebody (it is a cache), out of links (65,000 on ext4), or a file system that knows none.
      if (systemErrorCode(error) === undefined) throw error;
      this.#written.delete(text);
      writeOwn(text, path);
    }
  }

  #original(text: string): string {
    const known = this.#written.get(text);
    if (known !== undefined) return known;
    const path = join(this.#folder, createHash("sha256").update(text).digest("hex"));
    const aside = `${path}.${process.pid}`;
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(aside, text, { mode: 0o444 });
    renameSync(aside, path);
    this.#written.set(text, path);
    return path;
  }
}

/** Writes a file of its own. A file in its place is not written into: it may be a link to a shared one. */
export function writeOwn(text: string, path: string): void {
  replace(path, () => writeFileSync(path, text, { mode: 0o644, flag: "wx" }));
}

/** Another name for a file of this step's own; a file where the file system knows no links. */
export function linkOwn(original: string, path: string): void {
  try {
    replace(path, () => linkSync(original, path));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    writeOwn(readFileSync(original, "utf8"), path);
  }
}

function replace(path: string, make: () => void): void {
  try {
    make();
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    rmSync(path);
    make();
  }
}
