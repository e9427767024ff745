import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BlobStore, sha256Of } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";

const TOGETHER_BYTES = 32 * 1024 * 1024;
const TOGETHER_FILES = 512;

/** Small contents that are stored in one go. */
export class StoredTogether {
  readonly #blobs: BlobStore;
  readonly #folder: string;
  #paths: string[] = [];
  #bytes = 0;

  constructor(blobs: BlobStore, folder: string) {
    this.#blobs = blobs;
    this.#folder = folder;
  }

  async add(sha256: string, bytes: Uint8Array): Promise<void> {
    if (sha256Of(bytes) !== sha256)
      throw new HeadraceError("HR_BLOB_DAMAGED", `the bytes that came for ${sha256} are others`, {
        hint: "send it once more; a file may have been saved meanwhile",
      });
    const path = join(this.#folder, sha256);
    await writeFile(path, bytes, { mode: 0o600 });
    this.#paths.push(path);
    this.#bytes += bytes.length;
    if (this.#paths.length >= TOGETHER_FILES || this.#bytes >= TOGETHER_BYTES) await this.store();
  }

  async store(): Promise<void> {
    const paths = this.#paths;
    if (paths.length === 0) return;
    [this.#paths, this.#bytes] = [[], 0];
    const outcomes = await this.#blobs.putFiles(paths);
    const failed = outcomes.find((outcome) => typeof outcome === "string");
    if (failed !== undefined) throw new Error(`a received file could not be stored: ${String(failed)}`);
    for (const path of paths) rmSync(path, { force: true });
  }
}
