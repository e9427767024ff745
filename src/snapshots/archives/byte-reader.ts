import { badArchive } from "./archive-entry.ts";

/** Takes bytes off a stream in pieces of wanted lengths. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; undefined at the end of the stream. */
  async exactly(length: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.chunks(length, { mayEnd: true })) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.length === 0 && length > 0) return undefined;
    if (bytes.length < length) throw badArchive("it is cut off");
    return bytes;
  }

  /** So many bytes as they come. */
  async *chunks(length: number, { mayEnd = false } = {}): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) {
          if (mayEnd) return;
          throw badArchive("it is cut off");
        }
        this.#rest = next.value;
      }
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.chunks(length));
  }
}
