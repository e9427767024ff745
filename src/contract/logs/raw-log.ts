import { CHUNK_BYTES, LOG_STREAMS, type LogStream } from "./log-index.ts";
import { type LogSource, ReadAhead } from "./log-source.ts";

/** A log byte for byte: one stream, or both in the order in which they came. Each chunk is valid until the next. */
export async function* readRawLog(log: LogSource, stream?: LogStream): AsyncGenerator<Buffer, void, undefined> {
  const bytes = new ReadAhead(log);
  const taken = { stdout: 0, stderr: 0 };
  if (stream === undefined) yield* inOrder(log, bytes, taken);
  // The bytes that no engine has indexed yet, or all of the one stream.
  for (const one of stream === undefined ? LOG_STREAMS : [stream])
    yield* piece(bytes, one, taken[one], Number.POSITIVE_INFINITY);
}

async function* inOrder(log: LogSource, bytes: ReadAhead, taken: Record<LogStream, number>): AsyncGenerator<Buffer> {
  for (let first = 0; ; ) {
    const entries = await log.entries(first);
    if (entries.length === 0) return;
    first += entries.length;
    for (const { stream, offset, length } of entries) {
      yield* piece(bytes, stream, offset, offset + length);
      taken[stream] = offset + length;
    }
  }
}

async function* piece(log: ReadAhead, stream: LogStream, start: number, end: number): AsyncGenerator<Buffer> {
  for (let position = start; position < end; ) {
    const bytes = await log.read(stream, position, Math.min(CHUNK_BYTES, end - position));
    if (bytes.length === 0) return;
    yield bytes;
    position += bytes.length;
  }
}
