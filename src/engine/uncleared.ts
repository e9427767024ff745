import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** An ended execution whose place could not be cleared. */
export interface UnclearedExecution {
  readonly id: string;
  readonly environmentName: string;
}

/**
 * Ended executions whose places could not be cleared: a container that cannot be removed while its daemon is away, a
 * folder that is still mounted somewhere. Each is a small file called by its id, so that whoever comes next tries
 * again; without one, nothing has to be looked through.
 */
export class Uncleared {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  note({ id, environmentName }: UnclearedExecution): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(join(this.#folder, id), environmentName);
    } catch (error) {
      // On a full disk it stays, as it would without a note.
      if (systemErrorCode(error) === undefined) throw error;
    }
  }

  drop(id: string): void {
    rmSync(join(this.#folder, id), { force: true });
  }

  list(): readonly UnclearedExecution[] {
    try {
      return readdirSync(this.#folder).map((id) => ({
        id,
        environmentName: readFileSync(join(this.#folder, id), "utf8"),
      }));
    } catch (error) {
      // None, or another process has just cleared one: what is left comes again.
      if (systemErrorCode(error) === "ENOENT") return [];
      throw error;
    }
  }
}
