import type { BlobStore } from "../../blobs/index.ts";
import { type CodeTrace, decodeTrace, indexManifest, type ManifestIndex } from "../../code-tracing/index.ts";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, type ManifestEntry } from "../../snapshots/index.ts";
import type { SnapshotRepository } from "../../store/index.ts";

/** A version of the code, ready for questions. */
export interface CodeVersion {
  readonly commit: string;
  readonly manifestSha256: string;
  readonly entries: readonly ManifestEntry[];
  readonly index: ManifestIndex;
}

/** An index of 20,000 files takes some 10 MB; today's version and a few that it is compared with suffice. */
const KEPT = 4;

/** Reads versions of the code, each once as long as it is in use. A version that is no longer stored is undefined. */
export class CodeVersions {
  readonly #store: { readonly snapshots: Pick<SnapshotRepository, "get"> };
  readonly #blobs: Pick<BlobStore, "readBytes">;
  readonly #manifests = new Map<string, Promise<string | undefined>>();
  readonly #versions = new Map<string, Promise<CodeVersion | undefined>>();
  readonly #traces = new Map<string, Promise<CodeTrace | undefined>>();

  constructor(parts: {
    readonly store: { readonly snapshots: Pick<SnapshotRepository, "get"> };
    readonly blobs: Pick<BlobStore, "readBytes">;
  }) {
    this.#store = parts.store;
    this.#blobs = parts.blobs;
  }

  /** The hash names the content: a commit and the working tree that it was made of have the same. */
  manifestSha256(commit: string): Promise<string | undefined> {
    return remembered(this.#manifests, commit, async () => (await this.#store.snapshots.get(commit))?.manifestSha256);
  }

  version(commit: string): Promise<CodeVersion | undefined> {
    const version = remembered(this.#versions, commit, () => this.#read(commit));
    // Asked for last, it goes last.
    this.#versions.delete(commit);
    this.#versions.set(commit, version);
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= KEPT) break;
      this.#versions.delete(oldest);
    }
    return version;
  }

  trace(sha256: string): Promise<CodeTrace | undefined> {
    return remembered(this.#traces, sha256, async () => {
      const bytes = await this.bytes(sha256);
      return bytes && decodeTrace(bytes);
    });
  }

  /** A stored content; undefined when it is gone or damaged. */
  async bytes(sha256: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#blobs.readBytes(sha256);
    } catch (error) {
      if (error instanceof HeadraceError && (error.code === "HR_BLOB_MISSING" || error.code === "HR_BLOB_DAMAGED"))
        return undefined;
      throw error;
    }
  }

  async #read(commit: string): Promise<CodeVersion | undefined> {
    const manifestSha256 = await this.manifestSha256(commit);
    const bytes = manifestSha256 === undefined ? undefined : await this.bytes(manifestSha256);
    if (manifestSha256 === undefined || bytes === undefined) return undefined;
    const entries = decodeManifest(bytes);
    return { commit, manifestSha256, entries, index: indexManifest(entries) };
  }
}

/** A read that fails is tried again at the next call: an engine lives longer than an outage of its store. */
export function remembered<T>(memory: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const reading = read();
  memory.set(key, reading);
  reading.catch(() => memory.delete(key));
  return reading;
}
