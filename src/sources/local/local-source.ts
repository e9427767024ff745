import type { Stats } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type BlobRef, openDigestCache, type PutOutcome, unreadableCode } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Source } from "../source.ts";
import type { FetchedFile, FetchOptions, SourcesOptions } from "../sources.ts";
import { DatabaseGuard, type LookedAt } from "./database-guard.ts";
import { type FoundFile, findFiles, notReadable, unreadable } from "./find-files.ts";
import { fullPathOf, toFileUri, toLocalPath } from "./local-path.ts";
import { type PinnedFile, pinFile } from "./pinned-file.ts";
import { placeGuard } from "./place-guard.ts";

interface LocalCall {
  /** As the user wrote it; for messages. */
  readonly uri: string;
  readonly signal: AbortSignal;
}

interface LocalFile extends FoundFile {
  readonly stats: Stats;
  /** The moment at which `stats` were taken. */
  readonly at: number;
}

const NEVER = new AbortController().signal;

/**
 * Files that are looked at, stored or recorded together: few enough to answer an abort soon, many enough to share a
 * sync.
 */
const SLICE_FILES = 256;
const SLICE_BYTES = 1024 ** 3;

/** Paths and `file://` URIs: files of this machine, copied into the blobs. */
export function openLocalSource(options: SourcesOptions): Source {
  return new LocalSource(options);
}

class LocalSource implements Source {
  readonly #options: SourcesOptions;
  readonly #cacheFile: string;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#cacheFile = join(options.cacheFolder, "local-files");
  }

  /**
   * The first file will do: what is not there at all, matches nothing or may not be an input fails before anything
   * runs.
   */
  async check(uri: string): Promise<void> {
    const call = { uri, signal: NEVER, warn: () => undefined };
    const path = toLocalPath(uri, this.#options.projectRoot);
    const first = await findFiles(path, { ...call, most: 1 });
    // All files of the input are needed to tell whether a database is whole.
    const isEnough = first.every((file) => file.path === path || isWhole(file, call));
    await this.#look(isEnough ? first : await findFiles(path, call), call);
  }

  async fetch(uri: string, options: FetchOptions): Promise<readonly FetchedFile[]> {
    const path = toLocalPath(uri, this.#options.projectRoot);
    const call = { uri, signal: options.signal, warn: (message: string) => options.warn(message) };
    const files = await this.#look(await findFiles(path, call), call);
    const stored = options.anew === true ? new Map<string, BlobRef>() : await this.#unchanged(files);
    const rest = files.filter((file) => !stored.has(file.path));
    const totalBytes = sizeOf(files);
    let receivedBytes = totalBytes - sizeOf(rest);
    options.report({ uri, receivedBytes, totalBytes });
    const fresh: (readonly [LocalFile, BlobRef])[] = [];
    try {
      for (const slice of slices(rest)) {
        options.signal.throwIfAborted();
        fresh.push(...(await this.#store(slice, call)));
        receivedBytes += sizeOf(slice);
        options.report({ uri, receivedBytes, totalBytes });
      }
    } finally {
      this.#remember(fresh);
    }
    for (const [file, ref] of fresh) stored.set(file.path, ref);
    return this.#record(files, stored, options.signal);
  }

  async #look(found: readonly FoundFile[], call: LocalCall): Promise<readonly LocalFile[]> {
    const files: LocalFile[] = [];
    const refuse = placeGuard(this.#options, call.uri);
    const databases = new DatabaseGuard(call.uri, new Set(found.map(({ path }) => path)));
    for (const file of found) {
      // The synchronous call is many times cheaper; a pause now and then lets others in.
      if (files.length % SLICE_FILES === SLICE_FILES - 1) await setImmediate();
      call.signal.throwIfAborted();
      const at = this.#options.now();
      using pinned = pin(file.path, call);
      refuse(pinned.realPath);
      databases.check(lookedAt(file, pinned));
      files.push({ ...file, at, stats: pinned.stats });
    }
    return files;
  }

  /**
   * Returns the contents of the files that have not changed since they were stored, as far as those are still there.
   */
  async #unchanged(files: readonly LocalFile[]): Promise<Map<string, BlobRef>> {
    const cache = openDigestCache(this.#cacheFile);
    const found = new Map<string, BlobRef>();
    for (const { path, stats } of files) {
      const ref = cache.find(path, stats);
      if (ref !== undefined) found.set(path, ref);
    }
    const { blobs } = this.#options;
    const missing = await blobs.missing(new Set(found.values().map(({ sha256 }) => sha256)));
    // One that was cut off is as good as gone, and the file is here to mend it.
    const gone = new Set([...missing, ...(await blobs.resized([...found.values()]))]);
    return new Map(found.entries().filter(([, { sha256 }]) => !gone.has(sha256)));
  }

  /** By way of the files themselves, which were looked at, whatever their paths lead to by now. */
  async #store(slice: readonly LocalFile[], call: LocalCall): Promise<readonly (readonly [LocalFile, BlobRef])[]> {
    using held = new DisposableStack();
    const paths = slice.map((file) => held.use(pinSame(file, call)).path);
    const answers = await this.#options.blobs.putFiles(paths);
    return slice.map((file, index) => [file, requireStored(file.path, answers[index], call)]);
  }

  /** Opened anew, and saved without a pause, so that fetches side by side do not undo what the others have saved. */
  #remember(files: readonly (readonly [LocalFile, BlobRef])[]): void {
    if (files.length === 0) return;
    const cache = openDigestCache(this.#cacheFile);
    for (const [{ path, stats, at }, { sha256 }] of files) cache.record(path, stats, sha256, at);
    cache.save("", { keepOthers: true });
  }

  async #record(
    files: readonly LocalFile[],
    stored: ReadonlyMap<string, BlobRef>,
    signal: AbortSignal,
  ): Promise<readonly FetchedFile[]> {
    const recorded: FetchedFile[] = [];
    const pairs = files.flatMap((file) => {
      const ref = stored.get(file.path);
      return ref === undefined ? [] : [{ file, ref }];
    });
    for (let start = 0; start < pairs.length; start += SLICE_FILES) {
      signal.throwIfAborted();
      // Together, so that the store can commit them together.
      const slice = pairs.slice(start, start + SLICE_FILES);
      recorded.push(...(await Promise.all(slice.map(({ file, ref }) => this.#recordOne(file, ref)))));
    }
    return recorded;
  }

  async #recordOne({ path, name, directories }: LocalFile, { sha256, sizeBytes }: BlobRef): Promise<FetchedFile> {
    const { store, now, projectRoot } = this.#options;
    const uri = toFileUri(path);
    const known = await store.data.findByUri(uri);
    const datum =
      known?.sha256 === sha256 ? known : await store.data.add({ name, sizeBytes, sha256, uri, properties: {} }, now());
    return { name, directories, fullPath: fullPathOf(path, projectRoot), uri, datumId: datum.id, sha256, sizeBytes };
  }
}

function isWhole(file: FoundFile, call: LocalCall): boolean {
  using pinned = pin(file.path, call);
  return new DatabaseGuard(call.uri, new Set()).isWhole(lookedAt(file, pinned));
}

function lookedAt({ path }: FoundFile, { path: pinned, realPath }: PinnedFile): LookedAt {
  return { path, pinned, realPath };
}

function pin(path: string, call: LocalCall): PinnedFile {
  try {
    return pinFile(path);
  } catch (error) {
    throw unreadable(path, call, error);
  }
}

function pinSame({ path, stats }: LocalFile, call: LocalCall): PinnedFile {
  const pinned = pin(path, call);
  if (pinned.stats.dev === stats.dev && pinned.stats.ino === stats.ino) return pinned;
  pinned[Symbol.dispose]();
  throw changed(path, "changed while it was read");
}

function requireStored(path: string, answer: PutOutcome | undefined, call: LocalCall): BlobRef {
  if (typeof answer === "object") return answer;
  const code = unreadableCode(answer);
  if (code !== undefined) throw notReadable(path, call, code);
  const what = answer === "changed" ? "changed while it was read" : "was removed while the input was read";
  throw changed(path, what);
}

function changed(path: string, what: string): HeadraceError {
  return new HeadraceError("HR_FILE_CHANGED", `${path} ${what}`, {
    hint: "wait until nothing writes to it any more, then try again",
  });
}

function slices(files: readonly LocalFile[]): readonly (readonly LocalFile[])[] {
  const all: LocalFile[][] = [];
  let room = 0;
  for (const file of files) {
    let slice = all.at(-1);
    if (slice === undefined || slice.length === SLICE_FILES || room < file.stats.size) {
      slice = [];
      all.push(slice);
      room = SLICE_BYTES;
    }
    slice.push(file);
    room -= file.stats.size;
  }
  return all;
}

function sizeOf(files: readonly LocalFile[]): number {
  return files.reduce((total, { stats }) => total + stats.size, 0);
}
