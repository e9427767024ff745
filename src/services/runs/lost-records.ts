import { readdirSync, statSync } from "node:fs";
import { HeadraceError } from "../../errors.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { executionsFolder } from "../installation/state-folder.ts";

/**
 * Returns what to say if a project begins at run 1 although steps have run here: its database was removed, emptied, or
 * is looked for elsewhere. Asked before the first execution is made.
 */
export function missingRecords(project: ProjectResources): string | undefined {
  const count = executionsIn(project);
  if (count === 0) return undefined;
  const folders = count === 1 ? "the folder of an earlier execution" : `the folders of ${count} earlier executions`;
  return `this project had no records, but ${project.stateFolder} holds ${folders}: put the database back from a backup if it was lost; numbers begin at 1 again`;
}

function executionsIn(project: ProjectResources): number {
  try {
    return readdirSync(executionsFolder(project)).length;
  } catch {
    return 0;
  }
}

/**
 * Notices when the file of the records is removed or replaced while somebody writes to it: SQLite goes on without a
 * word.
 */
export class RecordsWatch {
  readonly #file: string | undefined;
  readonly #identity: string | undefined;

  constructor(project: ProjectResources) {
    this.#file = project.backends.database.file;
    this.#identity = identityOf(this.#file);
  }

  /** Throws where the file is another by now, or none. */
  requireSame(): void {
    if (this.#file === undefined || this.#identity === undefined || identityOf(this.#file) === this.#identity) return;
    throw new HeadraceError(
      "HR_STORE_UNAVAILABLE",
      `the database ${this.#file} was removed or replaced while the run went on`,
      {
        hint: "put it back from a backup; what the run recorded is lost, and its stored files stay in the state folder",
      },
    );
  }
}

function identityOf(file: string | undefined): string | undefined {
  const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}
