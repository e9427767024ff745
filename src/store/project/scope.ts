import type { Change } from "../change.ts";
import type { Database } from "../database.ts";

/** A repository of a project reads and changes the database through this. */
export interface ProjectScope {
  /** For reads. */
  readonly database: Database;
  /** The key of the project's row. */
  readonly project: number;
  /** Runs `work` as one transaction with its events; whoever listens is called after the commit. */
  change<T>(work: (change: Change) => Promise<T>): Promise<T>;
}
