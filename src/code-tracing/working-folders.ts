import { posix } from "node:path";

/** A step that goes to so many folders is not followed any further. */
const MOST = 5_000;

/**
 * All folders in which any process of a step ever was: a call that does not say where its relative path starts may have
 * started in any of them. Rather too many than too few: where it is not known in which one a process is, it is taken to
 * be in each.
 */
export class WorkingFolders {
  readonly #all: Set<string>;
  readonly #first: string;
  readonly #of = new Map<string, string>();
  /** Threads: another one may change the folder of all. */
  readonly #sharing = new Set<string>();

  constructor(first: string) {
    this.#first = first;
    this.#all = new Set([first]);
  }

  get all(): ReadonlySet<string> {
    return this.#all;
  }

  /** Without end where there are too many. */
  get size(): number {
    return this.#all.size > MOST ? Number.POSITIVE_INFINITY : this.#all.size;
  }

  start(process: string): void {
    this.#of.set(process, this.#first);
  }

  /** A call of the process says so. */
  isIn(process: string, folder: string | undefined): void {
    if (folder === undefined) return;
    this.#of.set(process, folder);
    this.#all.add(folder);
  }

  enter(process: string, path: string | undefined): void {
    if (path === undefined) this.#of.delete(process);
    else if (path.startsWith("/")) this.isIn(process, posix.normalize(path));
    else this.#enterFrom(process, path);
  }

  #enterFrom(process: string, path: string): void {
    const from = this.#sharing.has(process) ? undefined : this.#of.get(process);
    if (from !== undefined) {
      this.isIn(process, posix.join(from, path));
      return;
    }
    this.#of.delete(process);
    if (this.#all.size <= MOST) for (const folder of [...this.#all]) this.#all.add(posix.join(folder, path));
  }

  part(process: string, child: string, shares: boolean): void {
    if (shares) for (const one of [process, child]) this.#sharing.add(one);
    const folder = this.#of.get(process);
    // The child's own first lines may stand before this one.
    if (folder !== undefined && !this.#of.has(child)) this.#of.set(child, folder);
  }
}
