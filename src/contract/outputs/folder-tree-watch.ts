import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { watchFolder } from "../wakeup.ts";
import { type FileStats, statsOf } from "./output-walk.ts";

/** Beyond this, watches are left to others on the machine, and the scan by timer finds what changes. */
const MAX_WATCHED_FOLDERS = 512;

export type OnTreeChange = (name: string, event: "rename" | "change", stats: FileStats | undefined) => void;

/**
 * Calls back with the path of what changes in a folder or below, as it is found then; a folder's path means anything in
 * it. One watch per folder: Node's own recursive watch on Linux sets one per file, which a step that writes 100,000
 * files uses up for the whole machine.
 */
export class FolderTreeWatch implements Disposable {
  readonly #root: string;
  readonly #onChange: OnTreeChange;
  readonly #watches = new Map<string, Disposable>();

  constructor(root: string, onChange: OnTreeChange) {
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
      for (const subfolder of subfolders(this.#root, each)) folders.push(subfolder);
    }
  }

  #watch(folder: string): void {
    if (this.#watches.has(folder)) return;
    const onChange = (name: string | undefined, event: "rename" | "change") =>
      this.#changed(name === undefined ? folder : join(folder, name), event);
    const watch = watchFolder(join(this.#root, folder), onChange, () => this.#forget(folder));
    if (watch !== undefined) this.#watches.set(folder, watch);
  }

  #changed(path: string, event: "rename" | "change"): void {
    const found = statsOf(join(this.#root, path));
    const stats = typeof found === "string" ? undefined : found;
    if (found === undefined) this.#forget(path);
    // Files that came into a new folder before its watch are in the folder's own report.
    else if (stats?.isDirectory() === true) this.#watchBelow(path);
    this.#onChange(path, event, stats);
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
