import { createHash } from "node:crypto";
import { type ByteRange, FILES } from "../api/index.ts";
import { pause } from "../concurrency/index.ts";
import { HeadraceError } from "../errors.ts";
import { notOurs } from "./answers.ts";
import type { Routes } from "./routes.ts";
import { isPassing, unreachable } from "./unreachable.ts";

/** A download is resumed so often without a byte having come in between. */
const ATTEMPTS = 5;
const WAIT_MS = 500;

/**
 * The bytes of a stored file. A download that breaks off goes on where it was, and what has come in the end is held
 * against the hash of the record: the connection may break since the server found the same.
 */
export async function* fileStream(
  routes: Routes,
  file: string,
  range: ByteRange | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { sizeBytes, sha256, name } = await routes.ask(FILES.file, { params: { file } }, { signal });
  const end = Math.min(range?.end ?? sizeBytes, sizeBytes);
  const hash = range === undefined ? createHash("sha256") : undefined;
  let position = range?.start ?? 0;
  for (let failures = 0; position < end; ) {
    try {
      for await (const piece of part(routes, { file, start: position, end, sizeBytes, sha256 }, signal)) {
        hash?.update(piece);
        position += piece.length;
        failures = 0;
        yield piece;
      }
      if (position < end) throw unreachable(routes.url, new Error("aborted"));
    } catch (error) {
      failures += 1;
      if (!isPassing(error) || failures >= ATTEMPTS || signal.aborted) throw error;
      await pause(WAIT_MS * failures, signal);
    }
  }
  if (hash === undefined || hash.digest("hex") === sha256) return;
  throw new HeadraceError(
    "HR_BLOB_DAMAGED",
    `the bytes of “${name}” that came are not those that were recorded (${sha256})`,
    {
      hint: "download it again; if it stays so, whoever runs the server has to look after its stored files",
    },
  );
}

interface WantedPart {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function* part(
  routes: Routes,
  { file, start, end, sizeBytes, sha256 }: WantedPart,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const isWhole = start === 0 && end === sizeBytes;
  const headers = {
    accept: "application/octet-stream",
    ...(!isWhole && { range: `bytes=${start}-${end - 1}`, "if-range": `"${sha256}"` }),
  };
  const answer = await routes.open(FILES.downloadFile, { params: { file } }, { signal, headers });
  try {
    if (!isWhole && answer.statusCode !== 206) throw notOurs(routes.url, "it gives no part of a file");
    let missing = end - start;
    for await (const piece of answer) {
      const bytes = piece as Buffer;
      missing -= bytes.length;
      if (missing < 0) throw notOurs(routes.url, "a file has more bytes than it says");
      yield bytes;
    }
  } catch (error) {
    throw unreachable(routes.url, error);
  } finally {
    answer.destroy();
  }
}
