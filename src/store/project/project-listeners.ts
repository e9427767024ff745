import type { Database } from "../database.ts";

/**
 * The listeners in this process to a project's events, or, without a project, to those of all of them. The database is
 * watched while there are any.
 */
export class ProjectListeners {
  readonly #database: Database;
  readonly #project: number | undefined;
  readonly #ofAll: ProjectListeners | undefined;
  readonly #listeners = new Set<() => void>();
  #stopWatching: (() => void) | undefined;
  #announcing = false;

  /** `ofAll`: hear of this project's commits as well. */
  constructor(database: Database, project?: number, ofAll?: ProjectListeners) {
    this.#database = database;
    this.#project = project;
    this.#ofAll = ofAll;
  }

  /** A function given twice counts twice. Returns the unsubscriber. */
  add(listener: () => void): () => void {
    const entry = () => listener();
    this.#listeners.add(entry);
    this.#stopWatching ??= this.#database.watch(this.#project, () => this.announce());
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** Listeners run apart from the change that caused them, once for all commits of the same turn. */
  announce(): void {
    this.#ofAll?.announce();
    if (this.#announcing || this.#listeners.size === 0) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** The database closes. */
  clear(): void {
    this.#listeners.clear();
    this.#stop();
  }

  #stop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}
