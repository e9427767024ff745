import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { watchFolder } from "../wakeup.ts";
import { statsOf } from "./output-walk.ts";

/** Beyond this, watches are left to others on the machine, and the scan by timer finds what changes. */
const MAX_WATCHED_FOLDERS = 512;

/**
 * Calls back with the path of what changes in a folder or below; a folder's path means anything in it. One watch per folder: Node's own recursive
 * watch on Linux sets one per file, which a step that writes 100,000 files uses up for the whole machine.
 */
export class FolderTreeWatch implements Disposable {
  readonly #root: string;
  readonly #onChange: (name: string) => void;
  readonly #watches = new Map<string, Disposable>();

  constructor(root: string, onChange: (name: string) => void) {
    this.#root = root;
    this.#onChange = onChange;
    this.#watchBelow("");
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#watches.clear();
  }

  #watchBelow(folder: string): void {
    const folders = [folder];
    for (let each = folders.pop(); each !== undefined; each = folders.pop()) {
      if (this.#watches.size >= MAX_WATCHED_FOLDERS) return;
      this.#watch(each);
      folders.push(...subfolders(this.#root, each));
    }
  }

  #watch(folder: string): void {
    if (this.#watches.has(folder)) return;
    const onChange = (name: string | undefined) => this.#changed(name === undefined ? folder : join(folder, name));
    const watch = watchFolder(join(this.#root, folder), onChange, () => this.#forget(folder));
    if (watch !== undefined) this.#watches.set(folder, watch);
  }

  #changed(path: string): void {
    const stats = statsOf(join(this.#root, path));
    if (stats === undefined) this.#forget(path);
    // Files that came into a new folder before its watch are in the folder's own report.
    else if (typeof stats !== "string" && stats.isDirectory()) this.#watchBelow(path);
    this.#onChange(path);
  }

  #forget(folder: string): void {
    for (const [path, watch] of this.#watches) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watch[Symbol.dispose]();
      this.#watches.delete(path);
    }
  }
}

function subfolders(root: string, folder: string): readonly string[] {
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
