import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BlobStore } from "../../blobs/index.ts";
import { onAbort } from "../../concurrency/index.ts";
import type { CheckedFile } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import { Tables, tableKindOf } from "../../tables/index.ts";

/** Opens stored files as tables, in a folder of their own that is removed at the end. */
export class StepTables implements AsyncDisposable {
  readonly #blobs: BlobStore;
  readonly #folder: string;
  #tables = 0;

  constructor(blobs: BlobStore, folder: string) {
    this.#blobs = blobs;
    this.#folder = folder;
  }

  /**
   * Does work with tables of these files; where the signal aborts, the process that reads them is ended and the call
   * rejects. Messages name the files as the step knows them.
   */
  async use<T>(
    sources: readonly (readonly CheckedFile[])[],
    signal: AbortSignal,
    work: (tables: Tables) => Promise<T>,
  ): Promise<T> {
    const places = await Promise.all(sources.map((files) => this.#place(files)));
    signal.throwIfAborted();
    try {
      await using tables = Tables.open(places, { folder: this.#folder });
      const leave = Promise.withResolvers<never>();
      leave.promise.catch(() => undefined);
      using _listening = onAbort(signal, () => leave.reject(signal.reason));
      return await Promise.race([work(tables), leave.promise]);
    } catch (error) {
      throw this.#readable(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #place(files: readonly CheckedFile[]): Promise<readonly string[]> {
    const folder = join(this.#folder, String(this.#tables++));
    // An engine before this one may have left them half done.
    await rm(folder, { recursive: true, force: true });
    return await Promise.all(
      files.map(async ({ name, sha256, sizeBytes }, index) => {
        const path = join(folder, String(index), basename(name));
        await this.#blobs.place(sha256, path, { mode: "share", sizeBytes });
        return path;
      }),
    );
  }

  #readable(error: unknown): unknown {
    if (!(error instanceof HeadraceError) || !error.message.includes(this.#folder)) return error;
    const message = error.message.split(`${this.#folder}/`).map((part, index) => (index === 0 ? part : short(part)));
    return new HeadraceError(error.code, message.join(""), {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    });
  }
}

/** Without the numbers of the table and of the file. */
function short(text: string): string {
  return text.replace(/^\d+\/\d+\//, "");
}

/** The files that can be a table: those whose names say so, unless none does. */
export function tabular(files: readonly CheckedFile[]): readonly CheckedFile[] {
  const found = files.filter(({ name }) => tableKindOf(basename(name)) !== undefined);
  return found.length === 0 ? files : found;
}
