import type { Database } from "../database.ts";

/** Who listens to a project's events in this process. The database is watched while there is anybody. */
export class ProjectListeners {
  readonly #database: Database;
  readonly #project: number;
  readonly #listeners = new Set<() => void>();
  #stopWatching: (() => void) | undefined;
  #announcing = false;

  constructor(database: Database, project: number) {
    this.#database = database;
    this.#project = project;
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
