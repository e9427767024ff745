import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../database.ts";
import { openSqlite, type SqliteOptions } from "./open-sqlite.ts";

/** A temporary folder with databases in it, for tests. All are closed and removed at its end. */
export class TestFolder implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), "headrace-sqlite-"));
  readonly file = join(this.path, "headrace.db");
  readonly #open: AsyncDisposable[] = [];

  async open(options: Partial<SqliteOptions> = {}): Promise<Database> {
    return this.track(await openSqlite({ file: this.file, readOnly: false, lockTimeoutMs: 5_000, ...options }));
  }

  track<T extends AsyncDisposable>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#open) await resource[Symbol.asyncDispose]();
    rmSync(this.path, { recursive: true, force: true });
  }
}
