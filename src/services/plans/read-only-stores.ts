import { createHash } from "node:crypto";
import { copyFileSync, createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BlobStore, type PutOutcome, sha256Of } from "../../blobs/index.ts";
import { systemErrorCode } from "../../errors.ts";
import type { SnapshotStore } from "../../snapshots/index.ts";
import type { DatumRecord, NewDatum, ProjectStore, SnapshotRecord } from "../../store/index.ts";

type DryStore = SnapshotStore & { readonly data: Pick<ProjectStore["data"], "add"> };

/** A store and its blobs as they would be, had the code been captured and inputs been fetched: nothing is written. */
export interface ReadOnlyStores<S extends DryStore = ProjectStore> extends Disposable {
  readonly store: S;
  readonly blobs: BlobStore;
  /** Caches to read from; what is written there is thrown away. */
  readonly cacheFolder: string;
}

const CACHES = ["files", "git-objects", "local-files"] as const;

export function openReadOnlyStores<S extends DryStore>(
  store: S,
  blobs: BlobStore,
  cacheFolder: string,
): ReadOnlyStores<S> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-dry-"));
  for (const name of CACHES)
    if (existsSync(join(cacheFolder, name))) copyFileSync(join(cacheFolder, name), join(folder, name));
  const snapshots = new Map<string, SnapshotRecord>();
  const contents = new Map<string, Uint8Array>();
  return {
    store: {
      ...store,
      snapshots: {
        add: async (record) => void snapshots.set(record.identifier, record),
        get: async (identifier) => snapshots.get(identifier) ?? (await store.snapshots.get(identifier)),
      },
      data: { ...store.data, add: async (datum, at) => datumOf(datum, at) },
    },
    blobs: overlay(blobs, {
      // Looking needs no storing: every content that a cache names counts as there.
      missing: async () => [],
      has: async (sha256) => contents.has(sha256) || (await blobs.has(sha256)),
      putFiles: hashAll,
      putBytes: async (bytes) => {
        const sha256 = sha256Of(bytes);
        contents.set(sha256, bytes);
        return { sha256, sizeBytes: bytes.length };
      },
      readBytes: async (sha256) => contents.get(sha256) ?? (await blobs.readBytes(sha256)),
    }),
    cacheFolder: folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Another object with some methods of its own; the others are those of the first. */
function overlay<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      const replaced: unknown = Reflect.get(own, key);
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(object, key);
      return typeof value === "function" ? value.bind(object) : value;
    },
  });
}

function datumOf(datum: NewDatum, at: number): DatumRecord {
  return { ...datum, id: datum.id ?? `${datum.name}\0${datum.sha256}`, createdAt: at };
}

/** Few at a time: each is open, with a buffer, until it is read, and a project may have 20,000. */
const HASHED_TOGETHER = 16;

async function hashAll(paths: readonly string[]): Promise<readonly PutOutcome[]> {
  const outcomes: PutOutcome[] = [];
  for (let start = 0; start < paths.length; start += HASHED_TOGETHER) {
    outcomes.push(...(await Promise.all(paths.slice(start, start + HASHED_TOGETHER).map(hashOf))));
  }
  return outcomes;
}

async function hashOf(path: string): Promise<PutOutcome> {
  try {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { sha256: hash.digest("hex"), sizeBytes: statSync(path).size };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return "missing";
    if (code === undefined) throw error;
    return `unreadable ${code}`;
  }
}
