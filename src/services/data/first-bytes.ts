const NEWLINE = 10;

/** The beginning of a stream of text, cut behind its last whole line where the text is longer. */
export class FirstBytes {
  readonly #most: number;
  #isCut = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** True once it was found that there is more. */
  get isCut(): boolean {
    return this.#isCut;
  }

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let room = this.#most;
    // Pieces of a line that may go on; they are put together once, since a line may be as long as all of it.
    let line: Uint8Array[] = [];
    for await (const piece of source) {
      const fits = piece.subarray(0, room);
      room -= fits.length;
      const end = fits.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        yield* line;
        yield fits.subarray(0, end);
        line = [];
      }
      this.#isCut = fits.length < piece.length;
      if (this.#isCut) return;
      if (end < fits.length) line.push(Buffer.from(fits.subarray(end)));
    }
    yield* line;
  }
}
