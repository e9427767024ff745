import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { type ArchiveEntry, badArchive, checkedLink, entryPath } from "./archive-entry.ts";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const LONGEST_LINK_BYTES = 65_536;
const LARGEST_DIRECTORY_BYTES = 256_000_000;

interface ZipRecord {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** As Unix has it; 0 where the archive was made elsewhere. */
  readonly mode: number;
  readonly offset: number;
}

/** The files and links of a zip archive, by its central directory. Encrypted and zip64 archives are refused. */
export async function* readZip(file: FileHandle, path: string): AsyncGenerator<ArchiveEntry> {
  for (const record of await directoryOf(file)) {
    const name = entryPath(record.name);
    if (name === undefined || record.name.endsWith("/")) continue;
    if ((record.flags & 1) !== 0) throw badArchive(`${JSON.stringify(record.name)} is encrypted`);
    const type = record.mode & 0o170000;
    if (type === 0o120000) {
      if (record.size > LONGEST_LINK_BYTES) throw badArchive(`the link ${JSON.stringify(record.name)} is too long`);
      const target = Buffer.concat(await Array.fromAsync(contentOf(file, path, record))).toString();
      yield { path: name, content: { kind: "link", target: checkedLink(name, target) } };
    } else if (type === 0 || type === 0o100000) {
      const chunks = contentOf(file, path, record);
      yield { path: name, content: { kind: "file", executable: (record.mode & 0o100) !== 0, chunks } };
    } else if (type !== 0o040000) {
      throw badArchive(`${JSON.stringify(record.name)} is neither a file nor a folder nor a link`);
    }
  }
}

async function directoryOf(file: FileHandle): Promise<readonly ZipRecord[]> {
  const { size } = await file.stat();
  const tail = await bytesAt(
    file,
    Math.max(0, size - END_BYTES - LONGEST_COMMENT),
    Math.min(size, END_BYTES + LONGEST_COMMENT),
  );
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at -= 1;
  if (at < 0) throw badArchive("it is no zip archive, or cut off");
  const count = tail.readUInt16LE(at + 10);
  const length = tail.readUInt32LE(at + 12);
  const start = tail.readUInt32LE(at + 16);
  if (count === 0xffff || start === 0xffffffff)
    throw badArchive("it is a zip64 archive, which is not read; pack a .tar.gz");
  if (length > LARGEST_DIRECTORY_BYTES || start + length > size) throw badArchive("its directory is damaged");
  return recordsIn(await bytesAt(file, start, length), count);
}

function recordsIn(bytes: Buffer, count: number): readonly ZipRecord[] {
  const records: ZipRecord[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) throw badArchive("its directory is damaged");
    const nameLength = bytes.readUInt16LE(at + 28);
    const end = at + 46 + nameLength;
    const isUnix = bytes.readUInt8(at + 5) === 3;
    records.push({
      name: textOf(bytes.subarray(at + 46, end)),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      mode: isUnix ? bytes.readUInt16LE(at + 40) : 0,
      offset: bytes.readUInt32LE(at + 42),
    });
    at = end + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return records;
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badArchive("a name in it is not UTF-8");
  }
}

/** Ends with an error where the bytes are not those that the directory promises. */
async function* contentOf(file: FileHandle, path: string, record: ZipRecord): AsyncGenerator<Buffer> {
  const head = await bytesAt(file, record.offset, 30);
  if (head.length < 30 || head.readUInt32LE(0) !== LOCAL) throw damaged(record);
  const start = record.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  if (record.method !== 0 && record.method !== 8)
    throw badArchive(`${JSON.stringify(record.name)} is packed by a method that is not read (${record.method})`);
  let [size, crc] = [0, 0];
  for await (const chunk of record.packed === 0 ? [] : unpacked(path, start, record)) {
    size += chunk.length;
    if (size > record.size) throw damaged(record);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (size !== record.size || crc !== record.crc) throw damaged(record);
}

async function* unpacked(path: string, start: number, { packed, method, name }: ZipRecord): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { start, end: start + packed - 1 });
  if (method === 0) return yield* raw;
  const inflate = createInflateRaw();
  raw.on("error", (error) => inflate.destroy(error));
  try {
    yield* raw.pipe(inflate);
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) throw damaged({ name });
    throw error;
  } finally {
    raw.destroy();
  }
}

function damaged({ name }: Pick<ZipRecord, "name">): Error {
  return badArchive(`${JSON.stringify(name)} is damaged`);
}

async function bytesAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, length));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  return bytes.subarray(0, bytesRead);
}
