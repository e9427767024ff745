import { HeadraceError } from "../../errors.ts";

/** Takes bytes off a stream in pieces of known lengths. Throws HR_USAGE where it has fewer, or more. */
export class ByteSlices {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async whole(length: number): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(this.next(length)));
  }

  /** So many bytes as they come. */
  async *next(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) throw wrong("ends before all contents have come");
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** The text up to a line end, which is left out. */
  async line(most: number): Promise<string> {
    let bytes = Buffer.alloc(0);
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      bytes = Buffer.concat([bytes, this.#rest.subarray(0, end < 0 ? undefined : end)]);
      this.#rest = end < 0 ? new Uint8Array() : this.#rest.subarray(end + 1);
      if (bytes.length > most) throw wrong("begins with a line that is too long");
      if (end >= 0) return bytes.toString("utf8");
      if (!(await this.#more())) throw wrong("ends within its first line");
    }
  }

  /** All that follows, as it comes. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#rest.length === 0 && !(await this.#more())) return;
      const piece = this.#rest;
      this.#rest = new Uint8Array();
      yield piece;
    }
  }

  async requireEnd(): Promise<void> {
    if (this.#rest.length > 0 || (await this.#more())) throw wrong("goes on after all contents");
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      this.#rest = value;
      return true;
    }
  }
}

function wrong(how: string): HeadraceError {
  return new HeadraceError("HR_USAGE", `the upload ${how}`, {
    hint: "send it once more, as the description of the API says",
  });
}
