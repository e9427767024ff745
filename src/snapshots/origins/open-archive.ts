import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { readBounded } from "../../bounded-file.ts";
import { type ArchiveEntry, type ArchiveLimits, badArchive, tooMuch } from "../archives/archive-entry.ts";
import { readTar } from "../archives/read-tar.ts";
import { readZip } from "../archives/read-zip.ts";
import type { CapturePlaces, CodeFiles, OpenedCode } from "../code-origin.ts";
import { assertTree, type ManifestEntry } from "../manifest.ts";
import { followLinks, NamesOfCode } from "../names-of-code.ts";
import { type CapturedSnapshot, recordSnapshot } from "../record-snapshot.ts";

export const ARCHIVE_LIMITS: ArchiveLimits = { entries: 200_000, bytes: 8_000_000_000 };

/** The code that somebody packed; unpacked beside the archive, under names of our own, until it is closed. */
export function openArchive(file: string, limits: ArchiveLimits = ARCHIVE_LIMITS): OpenedCode {
  return new ArchiveCode(file, limits);
}

type Unpacked =
  | { readonly kind: "file"; readonly place: string; readonly executable: boolean }
  | { readonly kind: "link"; readonly target: string };

interface Content {
  readonly entries: ReadonlyMap<string, Unpacked>;
  readonly sha256: string;
}

class ArchiveCode implements OpenedCode {
  readonly #file: string;
  readonly #limits: ArchiveLimits;
  #folder: string | undefined;
  #unpacked: Promise<Content> | undefined;

  constructor(file: string, limits: ArchiveLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const { entries } = await this.#unpack();
    const targetAt = (name: string): string | undefined => {
      const entry = entries.get(name);
      return entry?.kind === "link" ? entry.target : undefined;
    };
    const entry = entries.get(followLinks(path, targetAt) ?? "");
    return entry?.kind === "file" ? readBounded(entry.place, maxBytes) : undefined;
  }

  async files(): Promise<CodeFiles> {
    const names = new NamesOfCode([...(await this.#unpack()).entries.keys()]);
    return { has: (path) => names.has(path), paths: () => names.paths };
  }

  /** Named as the clients that upload archives name them: by `~` and the hash of the archive. */
  async capture({ blobs, store, now }: CapturePlaces): Promise<CapturedSnapshot> {
    const { entries, sha256 } = await this.#unpack();
    const places = [...entries.values()].flatMap((entry) => (entry.kind === "file" ? [entry.place] : []));
    const refs = await blobs.putFiles(places);
    const stored = new Map(places.map((place, index) => [place, refs[index]]));
    const files = [...entries].map(([path, entry]): ManifestEntry => {
      if (entry.kind === "link") return { path, link: entry.target };
      const ref = stored.get(entry.place);
      if (ref === undefined || typeof ref === "string") throw badArchive("what was unpacked is gone");
      return { path, sha256: ref.sha256, size: ref.sizeBytes, executable: entry.executable };
    });
    const record = await recordSnapshot(files, { blobs, store, now, name: { identifier: `~${sha256}` } });
    return { record, warnings: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unpacked?.catch(() => undefined);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #unpack(): Promise<Content> {
    this.#folder ??= mkdtempSync(join(dirname(this.#file), "unpacked-"));
    this.#unpacked ??= unpack(this.#file, this.#folder, this.#limits);
    return this.#unpacked;
  }
}

async function unpack(file: string, folder: string, limits: ArchiveLimits): Promise<Content> {
  const entries = new Map<string, Unpacked>();
  await using handle = await open(file);
  let left = limits.bytes;
  for await (const { path, content } of await entriesIn(handle, file)) {
    if (entries.size === limits.entries) throw tooMuch(`more than ${limits.entries} files`);
    if (entries.has(path)) throw badArchive(`${JSON.stringify(path)} stands in it twice`);
    if (content.kind === "link") entries.set(path, content);
    else if (content.kind === "copy") {
      const original = entries.get(content.of);
      if (original?.kind !== "file") throw badArchive(`${JSON.stringify(path)} is a link to no earlier file of it`);
      entries.set(path, original);
    } else {
      const place = join(folder, String(entries.size));
      left -= await write(content.chunks, place, left, limits);
      entries.set(path, { kind: "file", place, executable: content.executable });
    }
  }
  assertTree([...entries.keys()].map((path) => ({ path, link: "" })));
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { entries, sha256: hash.digest("hex") };
}

async function write(
  chunks: AsyncIterable<Buffer>,
  place: string,
  most: number,
  limits: ArchiveLimits,
): Promise<number> {
  await using target = await open(place, "wx", 0o600);
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > most) throw tooMuch(`more than ${limits.bytes} bytes when it is unpacked`);
    await target.write(chunk);
  }
  return size;
}

/** Reads the first bytes to find the kind of archive. */
async function entriesIn(handle: Awaited<ReturnType<typeof open>>, file: string): Promise<AsyncIterable<ArchiveEntry>> {
  const head = Buffer.alloc(4);
  await handle.read(head, 0, 4, 0);
  if (head.readUInt16LE(0) === 0x4b50) return readZip(handle, file);
  if (head.readUInt16BE(0) === 0x1f8b) return readTar(gunzipped(file));
  return readTar(createReadStream(file));
}

async function* gunzipped(file: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(file);
  const gunzip = createGunzip();
  raw.on("error", (error) => gunzip.destroy(error));
  try {
    yield* raw.pipe(gunzip);
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      throw badArchive("it is damaged or cut off");
    throw error;
  } finally {
    raw.destroy();
  }
}
