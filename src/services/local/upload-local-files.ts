import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, opendir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { DatumView, FilesUpload, ProjectApi } from "../../api/index.ts";
import { pause } from "../../concurrency/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

export interface UploadOptions {
  readonly cwd: string;
  /** In place of the file's own name, where it is one file. */
  readonly name?: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Large contents go by parts, so that an upload that was broken off goes on where it was. */
  readonly byParts: boolean;
  readonly onProgress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
}

export interface UploadProgress {
  readonly files: number;
  readonly bytes: number;
}

interface LocalFile {
  readonly path: string;
  readonly name: string;
}

interface HashedFile extends LocalFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** So many files, and so many bytes of them, are read and sent with one request. */
const FILES_TOGETHER = 500;
const BYTES_TOGETHER = 32 * 1024 * 1024;
/** From this size on, a content goes by parts of `PART_BYTES`. */
const LARGE_BYTES = 16 * 1024 * 1024;
const PART_BYTES = 64 * 1024 * 1024;
/** The pauses before a broken part goes on; the last comes again and again for ten minutes. */
const AGAIN_MS: readonly number[] = [500, 2_000, 5_000, ...Array.from({ length: 60 }, () => 10_000)];

/**
 * Stores files and folders of this machine in a project, here or on a server; a group of them at a time, so that memory
 * does not grow with their number or size. Contents that the project has are not sent. Files within a folder have its
 * name before their own; links are not followed.
 */
export async function* uploadLocalFiles(
  data: ProjectApi["data"],
  paths: readonly string[],
  options: UploadOptions,
): AsyncGenerator<DatumView> {
  let group: HashedFile[] = [];
  let bytes = 0;
  const done = { files: 0, bytes: 0 };
  const flush = async (): Promise<readonly DatumView[]> => {
    const stored = group.length === 0 ? [] : await storeGroup(data, group, options);
    done.files += group.length;
    done.bytes += bytes;
    [group, bytes] = [[], 0];
    options.onProgress?.({ ...done });
    return stored;
  };
  for await (const file of filesOf(paths, options)) {
    const hashed = await hash(file);
    if (group.length >= FILES_TOGETHER || (group.length > 0 && bytes + hashed.sizeBytes > BYTES_TOGETHER))
      yield* await flush();
    group.push(hashed);
    bytes += hashed.sizeBytes;
  }
  yield* await flush();
}

async function* filesOf(paths: readonly string[], { cwd, name }: UploadOptions): AsyncGenerator<LocalFile> {
  for (const given of paths) {
    const path = resolve(cwd, given);
    const facts = await factsOf(path, given);
    if (facts.isFile()) yield { path, name: name ?? basename(path) };
    else if (facts.isDirectory() && name === undefined) yield* within(path, basename(path));
    else
      throw new HeadraceError("HR_USAGE", `${given} is ${facts.isDirectory() ? "a folder" : "no file and no folder"}`, {
        hint: facts.isDirectory() ? "a name is given to one file alone" : "name files and folders",
      });
  }
}

async function factsOf(path: string, given: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new HeadraceError("HR_INPUT_UNAVAILABLE", `there is no file ${given}`, { hint: "check its path" });
  }
}

async function* within(folder: string, name: string): AsyncGenerator<LocalFile> {
  for await (const entry of await opendir(folder)) {
    const inner = { path: join(folder, entry.name), name: `${name}/${entry.name}` };
    if (entry.isDirectory()) yield* within(inner.path, inner.name);
    else if (entry.isFile()) yield inner;
  }
}

async function hash(file: LocalFile): Promise<HashedFile> {
  const digest = createHash("sha256");
  let sizeBytes = 0;
  for await (const piece of createReadStream(file.path)) {
    digest.update(piece as Buffer);
    sizeBytes += (piece as Buffer).length;
  }
  return { ...file, sizeBytes, sha256: digest.digest("hex") };
}

async function storeGroup(
  data: ProjectApi["data"],
  group: readonly HashedFile[],
  options: UploadOptions,
): Promise<readonly DatumView[]> {
  const contents = [...new Map(group.map((file) => [file.sha256, file])).values()];
  const { lacking } = await data.lacking({
    contents: contents.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes })),
  });
  const wanted = new Set(lacking.map(({ sha256 }) => sha256));
  const sent = contents.filter(({ sha256 }) => wanted.has(sha256));
  const large = options.byParts ? sent.filter(({ sizeBytes }) => sizeBytes >= LARGE_BYTES) : [];
  for (const file of large) await sendByParts(data, file, options);
  const small = sent.filter((file) => !large.includes(file));
  const { properties } = options;
  const upload: Omit<FilesUpload, "contents"> = {
    key: crypto.randomUUID(),
    files: group.map(({ name, sha256, sizeBytes }) => ({
      ...{ name, sha256, sizeBytes },
      ...(Object.keys(properties).length > 0 && { properties }),
    })),
    sends: small.map(({ sha256 }) => sha256),
  };
  return await withPatience(
    () => data.store({ ...upload, contents: contentsOf(small) }),
    ["HR_SERVER_UNREACHABLE"],
    options,
  );
}

/** Tries again what a server did not answer, for as long as it may take to start it anew. */
async function withPatience<T>(
  work: () => Promise<T>,
  passing: readonly string[],
  { signal }: UploadOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const waitMs = AGAIN_MS[attempt];
      if (waitMs === undefined || !(error instanceof HeadraceError) || !passing.includes(error.code)) throw error;
      await pause(waitMs, signal);
    }
  }
}

/** Sends the rest of a content; after a broken connection it asks how much has come, and goes on there. */
async function sendByParts(data: ProjectApi["data"], file: HashedFile, options: UploadOptions): Promise<void> {
  const { sha256, sizeBytes } = file;
  const received = async (): Promise<number> => {
    const { lacking } = await data.lacking({ contents: [{ sha256, sizeBytes }] });
    return lacking[0]?.receivedBytes ?? sizeBytes;
  };
  for (let offset = 0; offset < sizeBytes; )
    offset = await withPatience(
      async () => {
        const begin = await received();
        if (begin >= sizeBytes) return begin;
        const bytes = pieces(file, begin, Math.min(PART_BYTES, sizeBytes - begin));
        return (await data.receive({ sha256, sizeBytes, offset: begin, bytes })).receivedBytes;
      },
      // Another one may send the same content.
      ["HR_SERVER_UNREACHABLE", "HR_CONFLICT"],
      options,
    );
}

async function* contentsOf(files: readonly HashedFile[]): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* pieces(file, 0, file.sizeBytes);
}

/** As many bytes as were counted before: others would be taken for those of the next file. */
async function* pieces({ path, name }: HashedFile, start: number, length: number): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  let left = length;
  for await (const piece of createReadStream(path, { start, end: start + length - 1, highWaterMark: 256 * 1024 })) {
    left -= (piece as Buffer).length;
    yield piece as Buffer;
  }
  if (left === 0) return;
  const { size } = await lstat(path);
  throw new HeadraceError("HR_FILE_CHANGED", `${name} was saved while it was sent, and has ${size} bytes now`, {
    hint: "run it again",
  });
}
