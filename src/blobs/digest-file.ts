import { hash } from "node:crypto";

export interface KnownDigest {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly sha256: string;
}

export interface Digests {
  readonly known: Map<string, KnownDigest>;
  readonly note: string;
}

/*
 * 100,000 entries take 12 MB and load in about 80 ms; as JSON it would be 25 MB and 300 ms:
 *
 *     32 bytes   magic (24), byte order mark (4), number of entries (4)
 *     4 columns  of 8-byte floats: size, mtime, ctime, inode. Times are floats of milliseconds as Node gives them, exact to 0.25 µs.
 *     1 column   of 32-byte digests
 *     the rest   paths and last the note, each ended by NUL
 *     32 bytes   SHA-256 of all before
 */
const MAGIC = "headrace file digests 1\n";
const BYTE_ORDER = 0x01020304;
const HEAD_BYTES = 32;
const DIGEST_BYTES = 32;
const COLUMNS = ["size", "mtimeMs", "ctimeMs", "ino"] as const;

export function encodeDigests({ known, note }: Digests): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, "latin1");
  // In this machine's byte order, as the columns are.
  new Uint32Array(head.buffer, head.byteOffset + 24, 2).set([BYTE_ORDER, known.size]);
  const columns = COLUMNS.map((column) => {
    const values = new Float64Array(known.size);
    let row = 0;
    for (const digest of known.values()) values[row++] = digest[column];
    return Buffer.from(values.buffer);
  });
  const digests = Buffer.alloc(known.size * DIGEST_BYTES);
  let row = 0;
  for (const { sha256 } of known.values()) digests.write(sha256, DIGEST_BYTES * row++, "hex");
  const texts = Buffer.from(`${[...known.keys(), note].join("\0")}\0`);
  const body = Buffer.concat([head, ...columns, digests, texts]);
  return Buffer.concat([body, hash("sha256", body, "buffer")]);
}

/** Undefined when the bytes are no such file, or not a whole one. */
export function decodeDigests(file: Buffer): Digests | undefined {
  const body = file.subarray(0, Math.max(0, file.length - DIGEST_BYTES));
  if (body.length < HEAD_BYTES || body.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  if (!hash("sha256", body, "buffer").equals(file.subarray(body.length))) return undefined;
  const [order, count = 0] = new Uint32Array(aligned(body, 24, 8));
  if (order !== BYTE_ORDER) return undefined;
  const columns = COLUMNS.map((_, n) => new Float64Array(aligned(body, HEAD_BYTES + n * 8 * count, 8 * count)));
  const [sizes, mtimes, ctimes, inodes] = columns;
  const digestsAt = HEAD_BYTES + COLUMNS.length * 8 * count;
  const texts = body.toString("utf8", digestsAt + DIGEST_BYTES * count).split("\0");
  const known = new Map<string, KnownDigest>();
  for (let row = 0; row < count; row += 1) {
    const from = digestsAt + row * DIGEST_BYTES;
    known.set(texts[row] ?? "", {
      size: sizes?.[row] ?? 0,
      mtimeMs: mtimes?.[row] ?? 0,
      ctimeMs: ctimes?.[row] ?? 0,
      ino: inodes?.[row] ?? 0,
      sha256: body.toString("hex", from, from + DIGEST_BYTES),
    });
  }
  return { known, note: texts[count] ?? "" };
}

/** A copy, since the views need an address that is a multiple of eight. */
function aligned(bytes: Buffer, start: number, length: number): ArrayBuffer {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(start, start + length));
  return copy.buffer;
}
