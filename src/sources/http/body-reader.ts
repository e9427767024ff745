import type { IncomingMessage } from "node:http";
import { stalled } from "./http-failure.ts";

/** Bytes that may wait to be read before the server is asked to pause. */
const MAX_WAITING_BYTES = 512 * 1024;

/**
 * Hands out the body of an answer, piece by piece. Unlike the iterator of a stream, it also hands out what had come
 * before the connection broke: a download over a bad line would else get nowhere.
 */
export class BodyReader {
  readonly #response: IncomingMessage;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.on("data", (chunk: Buffer) => this.#take(chunk));
    response.once("end", () => this.#finish({}));
    response.on("error", (error) => this.#finish({ error }));
    response.once("close", () => this.#finish({ error: new Error("the connection was closed") }));
  }

  /** The next bytes, `undefined` after the last ones; throws what ended the connection early. */
  async read(stallTimeoutMs: number): Promise<Buffer | undefined> {
    if (this.#waiting.length === 0 && this.#end === undefined) await this.#wait(stallTimeoutMs);
    const chunk = this.#waiting.shift();
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length;
      if (this.#waitingBytes === 0) this.#response.resume();
      return chunk;
    }
    if (this.#end !== undefined && "error" in this.#end) throw this.#end.error;
    return undefined;
  }

  /** The time runs only while bytes are waited for: a slow disk is no stalled server. */
  async #wait(stallTimeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.#response.destroy(stalled(stallTimeoutMs)), stallTimeoutMs);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  #take(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= MAX_WAITING_BYTES) this.#response.pause();
    this.#wake?.();
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }
}
