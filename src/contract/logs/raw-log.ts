import type { ExecutionFolder } from "../execution-folder.ts";
import { LogFiles } from "./log-files.ts";
import { CHUNK_BYTES, LOG_STREAMS, type LogStream, readEntries } from "./log-index.ts";

/** A log byte for byte: of one stream, or of both in the order in which they came. Each chunk is valid until the next. */
export async function* readRawLog(folder: ExecutionFolder, stream?: LogStream): AsyncGenerator<Buffer, void, undefined> {
  await using files = new LogFiles(folder.logs);
  const taken = { stdout: 0, stderr: 0 };
  if (stream === undefined) yield* inOrder(files, taken);
  // What no engine has indexed yet, or all of the one stream.
  for (const one of stream === undefined ? LOG_STREAMS : [stream]) yield* piece(files, one, taken[one], Number.POSITIVE_INFINITY);
}

async function* inOrder(files: LogFiles, taken: Record<LogStream, number>): AsyncGenerator<Buffer> {
  const index = await files.handle("index");
  for (let first = 0; index !== undefined; ) {
    const entries = await readEntries(index, first);
    if (entries.length === 0) return;
    first += entries.length;
    for (const { stream, offset, length } of entries) {
      yield* piece(files, stream, offset, offset + length);
      taken[stream] = offset + length;
    }
  }
}

async function* piece(files: LogFiles, stream: LogStream, start: number, end: number): AsyncGenerator<Buffer> {
  for (let position = start; position < end; ) {
    const bytes = await files.read(stream, position, Math.min(CHUNK_BYTES, end - position));
    if (bytes.length === 0) return;
    yield bytes;
    position += bytes.length;
  }
}
