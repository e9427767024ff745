import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type BlobRef, isSha256 } from "../../blobs/index.ts";

/** The content that an object of git has, as the blobs name it. */
export interface KnownObject extends BlobRef {
  /** It is a pointer of git-lfs to this content. */
  readonly lfs?: BlobRef;
}

/**
 * Remembers the content of each object of git: an object's name means one content for ever. Only a cache: a damaged
 * file is an empty one, and losing it costs time alone.
 */
export interface ObjectCache {
  find(object: string): KnownObject | undefined;
  record(object: string, content: KnownObject): void;
  /** Writes what was recorded, if anything was. */
  save(): void;
}

/** Beyond this, what was not asked for is forgotten: a line has some 120 bytes. */
const MOST_LINES = 300_000;

export function openObjectCache(file: string): ObjectCache {
  const known = read(file);
  const asked = new Set<string>();
  let changed = false;
  return {
    find: (object) => {
      asked.add(object);
      return known.get(object);
    },
    record: (object, content) => {
      asked.add(object);
      known.set(object, content);
      changed = true;
    },
    save: () => {
      if (!changed) return;
      const kept = known.size <= MOST_LINES ? [...known] : [...known].filter(([object]) => asked.has(object));
      write(file, kept.map(lineOf).join(""));
      changed = false;
    },
  };
}

function lineOf([object, { sha256, sizeBytes, lfs }]: readonly [string, KnownObject]): string {
  const pointed = lfs === undefined ? "" : ` ${lfs.sha256} ${lfs.sizeBytes}`;
  return `${object} ${sha256} ${sizeBytes}${pointed}\n`;
}

function read(file: string): Map<string, KnownObject> {
  const known = new Map<string, KnownObject>();
  let text = "";
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return known;
  }
  for (const line of text.split("\n")) {
    const [object = "", sha256 = "", size = "", pointed, pointedSize] = line.split(" ");
    const ref = refOf(sha256, size);
    if (!/^[0-9a-f]{40,64}$/.test(object) || ref === undefined) continue;
    const lfs = pointed === undefined ? undefined : refOf(pointed, pointedSize ?? "");
    known.set(object, { ...ref, ...(lfs === undefined ? {} : { lfs }) });
  }
  return known;
}

function refOf(sha256: string, size: string): BlobRef | undefined {
  const sizeBytes = /^\d+$/.test(size) ? Number(size) : -1;
  return isSha256(sha256) && sizeBytes >= 0 ? { sha256, sizeBytes } : undefined;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  writeFileSync(aside, text);
  renameSync(aside, file);
}
