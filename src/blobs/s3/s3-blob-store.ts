import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { settleAll } from "../../concurrency/index.ts";
import { HeadraceError } from "../../errors.ts";
import { blobDamaged } from "../blob-errors.ts";
import type { BlobRef, BlobStore, CopyPlacement, PlaceOptions, PutFileOptions, PutOutcome } from "../blob-store.ts";
import type { BlobOwner, DatedBlob } from "../blob-trash.ts";
import { assertSha256, sha256Of } from "../sha256.ts";
import { BlobCache } from "./blob-cache.ts";
import { DEFAULT_TIMEOUTS, type S3Timeouts } from "./s3-client.ts";
import { type Environment, parseS3Url } from "./s3-location.ts";
import { S3Objects } from "./s3-objects.ts";
import { addS3Owner, readS3Owners, removeS3Owner, S3Trash } from "./s3-trash.ts";
import { PART_BYTES, Uploads } from "./upload.ts";

export interface S3BlobStore extends BlobStore, AsyncDisposable {
  /** The address without credentials, for messages. */
  readonly shown: string;
  /**
   * Learns early, by one small request, whether address, bucket and credentials are right; else HR_BLOBS_UNAVAILABLE.
   */
  checkReachable(): Promise<void>;
  /**
   * Removes what interrupted calls left half-written, here and there; returns how many. Choose an age beyond the
   * longest transfer.
   */
  removeStale(olderThanMs: number): Promise<number>;
}

export interface S3BlobStoreOptions {
  /** `s3://bucket/prefix`, with `?endpoint=`, `&region=`, `&path-style=` and `&cache=` if need be. */
  readonly url: string;
  /** For the cache; on the file system of the folders that files are placed in, placing is a link. */
  readonly folder: string;
  /** The variables from which AWS_* are read; the SDK's own sources (profiles, roles) count besides. */
  readonly env: Environment;
  readonly timeouts?: Partial<S3Timeouts>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const CACHE_BYTES = 50e9;
/** From so many names on, listing the whole store (1,000 names a request) is less than asking for each. */
const MANY_NAMES = 2_000;
/** The store's 256 shelves are listed side by side. */
const SHELVES = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));

/**
 * Blobs in an S3 bucket, with a cache on this machine's disk. Everything comes in through the cache, which hashes it
 * and from which it is uploaded; what a step made is thus here already when the next step needs it. A call that stores
 * returns when the server has confirmed.
 */
export async function openS3BlobStore(options: S3BlobStoreOptions): Promise<S3BlobStore> {
  const { env } = options;
  const now = options.now ?? Date.now;
  const location = parseS3Url(options.url, env);
  const objects = new S3Objects({ location, env, timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts } });
  const trash = new S3Trash(objects);
  const fetch = async (sha256: string): Promise<Readable> =>
    streamOf(await openStored(objects, trash, sha256, { start: 0 }));
  const cache = await BlobCache.open({
    folder: options.folder,
    maxBytes: location.cacheBytes ?? CACHE_BYTES,
    now,
    fetch,
  });
  return new BucketBlobs(objects, trash, cache, now);
}

/** Opens a content; if it lies in the trash, it comes back first. */
async function openStored(
  objects: S3Objects,
  trash: S3Trash,
  sha256: string,
  range: { readonly start: number; readonly end?: number },
): Promise<AsyncGenerator<Uint8Array>> {
  try {
    return await objects.open(sha256, range);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await trash.restore(sha256);
    // Also when there was nothing to restore: somebody else may just have done it.
    return await objects.open(sha256, range);
  }
}

class BucketBlobs implements S3BlobStore {
  readonly trash: S3Trash;
  readonly #objects: S3Objects;
  readonly #uploads: Uploads;
  readonly #cache: BlobCache;
  readonly #now: () => number;
  /** The contents being sent: if several callers put the same one at once, one is sent. */
  readonly #sending = new Map<string, Promise<void>>();

  constructor(objects: S3Objects, trash: S3Trash, cache: BlobCache, now: () => number) {
    this.trash = trash;
    this.#objects = objects;
    this.#uploads = new Uploads(objects);
    this.#cache = cache;
    this.#now = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cache[Symbol.asyncDispose]();
    await this.#objects[Symbol.asyncDispose]();
  }

  get shown(): string {
    return this.#objects.location.shown;
  }

  checkReachable(): Promise<void> {
    return this.#objects.checkReachable();
  }

  async putFile(path: string, { move, onStored }: PutFileOptions): Promise<BlobRef> {
    const sent = async (ref: BlobRef): Promise<void> => {
      await this.#sendCached(ref);
      await onStored?.(ref);
    };
    // The local store removes a moved file only after this has returned.
    const ref = await this.#cache.local.putFile(path, { move, onStored: sent });
    await this.#cache.trim();
    return ref;
  }

  async putFiles(paths: readonly string[]): Promise<readonly PutOutcome[]> {
    const outcomes = await this.#cache.local.putFiles(paths);
    const refs = new Map(
      outcomes.flatMap((outcome) => (typeof outcome === "string" ? [] : [[outcome.sha256, outcome] as const])),
    );
    const missing = await this.missing(refs.keys());
    const sending = missing
      .flatMap((sha256) => refs.get(sha256) ?? [])
      .map((ref) => this.#once(ref, () => this.#sendFile(ref)));
    const { failure } = await settleAll(sending);
    if (failure !== undefined) throw failure.reason;
    await this.#cache.trim();
    return outcomes;
  }

  async putBytes(bytes: Uint8Array): Promise<BlobRef> {
    if (bytes.length > PART_BYTES) return this.putStream(Readable.from([bytes]));
    const ref = { sha256: sha256Of(bytes), sizeBytes: bytes.length };
    await this.#sendNew(ref, () => this.#uploads.bytes(bytes, ref.sha256));
    return ref;
  }

  async putStream(stream: Readable, options: { readonly expectedSha256?: string } = {}): Promise<BlobRef> {
    const ref = await this.#cache.local.putStream(stream, options);
    await this.#sendCached(ref);
    await this.#cache.trim();
    return ref;
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.size(sha256)) !== undefined;
  }

  /**
   * Returns the contents that are missing. Those in the trash count as missing here: the caller stores them again,
   * which is no more than a look into the trash for each.
   */
  async missing(sha256s: Iterable<string>): Promise<readonly string[]> {
    const names = [...sha256s];
    names.forEach(assertSha256);
    const stored = names.length < MANY_NAMES ? await this.#storedOf(names) : await this.#allStored();
    return names.filter((name) => !stored.has(name));
  }

  /** An object is put whole or not at all, and nobody writes into one. */
  async resized(): Promise<readonly string[]> {
    return [];
  }

  async size(sha256: string): Promise<number | undefined> {
    const found = await this.#objects.size(sha256);
    if (found !== undefined) return found;
    await this.trash.restore(sha256);
    return await this.#objects.size(sha256);
  }

  async read(
    sha256: string,
    range: { readonly start: number; readonly end?: number } = { start: 0 },
  ): Promise<Readable> {
    assertSha256(sha256);
    if (await this.#cache.use(sha256)) {
      try {
        return await this.#cache.local.read(sha256, range);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    const chunks = await openStored(this.#objects, this.trash, sha256, range);
    return streamOf(range.start === 0 && range.end === undefined ? checked(chunks, sha256) : chunks);
  }

  async readBytes(sha256: string): Promise<Uint8Array> {
    return await this.#fromCache([sha256], () => this.#cache.local.readBytes(sha256));
  }

  async place(sha256: string, target: string, options: PlaceOptions): Promise<void> {
    await this.#fromCache([sha256], () => this.#cache.local.place(sha256, target, options));
  }

  async placeCopies(placements: readonly CopyPlacement[]): Promise<void> {
    const names = placements.map(({ sha256 }) => sha256);
    await this.#fromCache(names, () => this.#cache.local.placeCopies(placements));
  }

  /**
   * Works on copies in the cache. If they turn out to be damaged, the originals help; if those are too, this fails the
   * same way.
   */
  async #fromCache<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    try {
      return await this.#cache.holding(names, work);
    } catch (error) {
      if (!(error instanceof HeadraceError) || error.code !== "HR_BLOB_DAMAGED") throw error;
      for (const name of new Set(names)) {
        if ((await this.#cache.local.verify(name)) === "damaged") await this.#cache.local.delete(name);
      }
      return await this.#cache.holding(names, work);
    }
  }

  /** Verifies the object in the bucket; a damaged copy in the cache is removed in passing. */
  async verify(sha256: string): Promise<"ok" | "missing" | "damaged"> {
    if ((await this.#cache.local.verify(sha256)) === "damaged") await this.#cache.local.delete(sha256);
    try {
      const hash = createHash("sha256");
      for await (const chunk of await openStored(this.#objects, this.trash, sha256, { start: 0 })) hash.update(chunk);
      return hash.digest("hex") === sha256 ? "ok" : "damaged";
    } catch (error) {
      if (isMissing(error)) return "missing";
      throw error;
    }
  }

  list(): AsyncIterable<BlobRef> {
    return this.#objects.list();
  }

  listDated(): AsyncIterable<DatedBlob> {
    return this.#objects.listDated("sha256/");
  }

  owners(): Promise<readonly BlobOwner[]> {
    return readS3Owners(this.#objects);
  }

  addOwner(owner: BlobOwner): Promise<void> {
    return addS3Owner(this.#objects, owner);
  }

  removeOwner(id: string): Promise<void> {
    return removeS3Owner(this.#objects, id);
  }

  async delete(sha256: string): Promise<void> {
    await this.#objects.delete(sha256);
    await this.#cache.local.delete(sha256);
  }

  async removeStale(olderThanMs: number): Promise<number> {
    const oldest = this.#now() - olderThanMs;
    const stale = (await this.#objects.unfinishedUploads()).filter(({ startedAt }) => startedAt < oldest);
    for (const upload of stale) await this.#objects.abortUpload(upload);
    return stale.length + (await this.#cache.local.removeStale(olderThanMs));
  }

  #sendCached(ref: BlobRef): Promise<void> {
    return this.#sendNew(ref, () => this.#sendFile(ref));
  }

  async #sendFile(ref: BlobRef): Promise<void> {
    this.#cache.added(ref);
    await this.#uploads.file(this.#cache.pathOf(ref.sha256), ref);
  }

  /** Sends what is not there, or is there with another length. */
  #sendNew(ref: BlobRef, send: () => Promise<void>): Promise<void> {
    return this.#once(ref, async () => {
      if ((await this.#objects.size(ref.sha256)) !== ref.sizeBytes) await send();
    });
  }

  #once({ sha256 }: BlobRef, send: () => Promise<void>): Promise<void> {
    const running = this.#sending.get(sha256);
    if (running !== undefined) return running;
    const sending = send().finally(() => this.#sending.delete(sha256));
    this.#sending.set(sha256, sending);
    return sending;
  }

  async #storedOf(names: readonly string[]): Promise<ReadonlySet<string>> {
    const { done, failure } = await settleAll(
      names.map(async (name) => ((await this.#objects.size(name)) === undefined ? [] : [name])),
    );
    if (failure !== undefined) throw failure.reason;
    return new Set(done.flat());
  }

  async #allStored(): Promise<ReadonlySet<string>> {
    const stored = new Set<string>();
    const listing = SHELVES.map(async (shelf) => {
      for await (const { sha256 } of this.#objects.list(`${shelf}/`)) stored.add(sha256);
    });
    const { failure } = await settleAll(listing);
    if (failure !== undefined) throw failure.reason;
    return stored;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof HeadraceError && error.code === "HR_BLOB_MISSING";
}

function streamOf(chunks: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(chunks, { objectMode: false });
}

async function* checked(chunks: AsyncIterable<Uint8Array>, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest("hex");
  if (found !== sha256) throw blobDamaged(sha256, found);
}
