import { type ArchiveEntry, badArchive, checkedLink, entryPath } from "./archive-entry.ts";
import { ByteReader } from "./byte-reader.ts";

const BLOCK = 512;
/** The size limit of an extended header, which holds names and times. */
const LONGEST_HEADER_BYTES = 1_000_000;

interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
  readonly linkName: string;
}

/**
 * The files and links of a tar archive (ustar, pax, GNU), as they come. The content of one must be read before the
 * next is asked for. Devices, pipes and sparse files are refused.
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEntry> {
  const reader = new ByteReader(source);
  let long: Readonly<Record<string, string>> = {};
  for (;;) {
    const block = await reader.exactly(BLOCK);
    if (block === undefined || block.every((byte) => byte === 0)) return;
    const header = headerOf(block);
    const padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
    if ("xgLK".includes(header.type)) {
      if (header.size > LONGEST_HEADER_BYTES) throw badArchive("an extended header is too large");
      const text = (await reader.exactly(header.size)) ?? Buffer.alloc(0);
      await reader.skip(padding);
      if (header.type !== "g") long = { ...long, ...extended(header.type, text) };
      continue;
    }
    const size = long.size === undefined ? header.size : Number(long.size);
    const named = { ...header, name: long.path ?? header.name, linkName: long.linkpath ?? header.linkName, size };
    long = {};
    if (!Number.isSafeInteger(size) || size < 0) throw badArchive("an entry has no size");
    let left = size;
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of reader.chunks(size)) {
        left -= chunk.length;
        yield chunk;
      }
    };
    const entry = entryOf(named, chunks);
    if (entry !== undefined) yield entry;
    await reader.skip(left + ((BLOCK - (size % BLOCK)) % BLOCK));
  }
}

function entryOf(header: TarHeader, chunks: () => AsyncGenerator<Buffer>): ArchiveEntry | undefined {
  const path = entryPath(header.name);
  switch (header.type) {
    case "5":
      return undefined;
    case "0":
    case "7":
      // Before POSIX a folder was a file whose name ends with a slash.
      if (path === undefined || header.name.endsWith("/")) return undefined;
      return { path, content: { kind: "file", executable: (header.mode & 0o100) !== 0, chunks: chunks() } };
    case "2":
      return path === undefined
        ? undefined
        : { path, content: { kind: "link", target: checkedLink(path, header.linkName) } };
    case "1": {
      const of = entryPath(header.linkName);
      return path === undefined || of === undefined ? undefined : { path, content: { kind: "copy", of } };
    }
    default:
      throw badArchive(`${JSON.stringify(header.name)} is neither a file nor a folder nor a link`);
  }
}

function headerOf(block: Buffer): TarHeader {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== numberIn(block, 148, 8)) throw badArchive("it is no tar archive, or damaged");
  const isUstar = block.toString("latin1", 257, 262) === "ustar";
  const prefix = isUstar && block.toString("latin1", 257, 263) === "ustar\0" ? textIn(block, 345, 155) : "";
  const name = textIn(block, 0, 100);
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: numberIn(block, 100, 8),
    size: numberIn(block, 124, 12),
    type: type === "\0" ? "0" : type,
    linkName: textIn(block, 157, 100),
  };
}

function textIn(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return utf8(end < 0 ? field : field.subarray(0, end));
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badArchive("a name in it is not UTF-8");
  }
}

/** Octal digits; GNU writes what they cannot hold as a binary number, marked by the top bit. */
function numberIn(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0)
    return field.subarray(1).reduce((total, byte) => total * 256 + byte, (field[0] ?? 0) & 0x7f);
  const digits = field.toString("latin1").replaceAll("\0", " ").trim();
  return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** The keys of a pax header (`<length> <key>=<value>\n`), or GNU's long name under the key that pax has for it. */
function extended(type: string, bytes: Buffer): Readonly<Record<string, string>> {
  if (type === "L" || type === "K") return { [type === "L" ? "path" : "linkpath"]: utf8(bytes).replace(/\0.*$/s, "") };
  const found: Record<string, string> = {};
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(32, start);
    const length = Number(bytes.toString("latin1", start, space));
    if (space < 0 || !Number.isSafeInteger(length) || length <= 0) throw badArchive("an extended header is damaged");
    const [key = "", ...value] = utf8(bytes.subarray(space + 1, start + length - 1)).split("=");
    if (key.startsWith("GNU.sparse")) throw badArchive("it holds sparse files");
    if (["path", "linkpath", "size"].includes(key)) found[key] = value.join("=");
    start += length;
  }
  return found;
}
