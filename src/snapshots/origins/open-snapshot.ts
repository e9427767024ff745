import type { BlobStore } from "../../blobs/index.ts";
import type { SnapshotRecord } from "../../store/index.ts";
import type { CodeFiles, OpenedCode } from "../code-origin.ts";
import { decodeManifest, isLink, type ManifestEntry } from "../manifest.ts";
import { followLinks, NamesOfCode } from "../names-of-code.ts";
import type { CapturedSnapshot } from "../record-snapshot.ts";

/** A version of the code that is stored: a server plans from it, and an earlier run is done again with it. */
export function openSnapshot(record: SnapshotRecord, blobs: Pick<BlobStore, "readBytes">): OpenedCode {
  return new StoredCode(record, blobs);
}

class StoredCode implements OpenedCode {
  readonly commit: string;
  readonly #record: SnapshotRecord;
  readonly #blobs: Pick<BlobStore, "readBytes">;
  #listing: Promise<readonly ManifestEntry[]> | undefined;

  constructor(record: SnapshotRecord, blobs: Pick<BlobStore, "readBytes">) {
    this.commit = record.identifier;
    this.#record = record;
    this.#blobs = blobs;
  }

  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const entries = new Map((await this.#list()).map((entry) => [entry.path, entry]));
    const linkAt = (name: string): string | undefined => {
      const entry = entries.get(name);
      return entry !== undefined && isLink(entry) ? entry.link : undefined;
    };
    const entry = entries.get(followLinks(path, linkAt) ?? "");
    if (entry === undefined || isLink(entry)) return undefined;
    return Buffer.from(await this.#blobs.readBytes(entry.sha256)).subarray(0, maxBytes + 1);
  }

  async files(): Promise<CodeFiles> {
    const names = new NamesOfCode((await this.#list()).map(({ path }) => path));
    return { has: (path) => names.has(path), paths: () => names.paths };
  }

  /** It is stored already. */
  async capture(): Promise<CapturedSnapshot> {
    return { record: this.#record, warnings: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #list(): Promise<readonly ManifestEntry[]> {
    this.#listing ??= this.#blobs.readBytes(this.#record.manifestSha256).then(decodeManifest);
    return this.#listing;
  }
}
