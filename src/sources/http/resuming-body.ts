import type { Reply, RequestHeaders } from "./http-client.ts";
import { brokeOff, failureOfStatus, HttpFailure } from "./http-failure.ts";
import type { HttpPolicy } from "./http-policy.ts";
import type { Patience } from "./patience.ts";
import { rangeValidator, sameValidators, validatorsOf } from "./validators.ts";

export interface ResumingBodyOptions {
  readonly reply: Reply;
  readonly open: (headers: RequestHeaders) => Promise<Reply>;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly policy: Pick<HttpPolicy, "stallTimeoutMs">;
  readonly report: (receivedBytes: number, totalBytes: number | undefined) => void;
}

/** The download cannot go on from the bytes that were received: the content, or the server, is another one now. */
export class StartAgain extends Error {
  /** The content from its beginning, if the server has sent that instead of the rest. */
  readonly reply: Reply | undefined;

  constructor(reply?: Reply) {
    super("the download starts again");
    this.reply = reply;
  }
}

/** Progress is told after so many bytes. */
const REPORT_BYTES = 1024 * 1024;

/** The bytes of one content, over as many connections as it takes. */
export class ResumingBody {
  readonly #options: ResumingBodyOptions;
  readonly #totalBytes: number | undefined;
  readonly #validator: string | undefined;
  #reply: Reply;
  #receivedBytes = 0;
  #reportedBytes = 0;

  constructor(options: ResumingBodyOptions) {
    this.#options = options;
    this.#reply = options.reply;
    this.#totalBytes = contentLength(options.reply);
    this.#validator = rangeValidator(options.reply.response.headers);
  }

  /** Throws StartAgain, HR_INPUT_UNAVAILABLE or the signal's reason. */
  async *chunks(): AsyncGenerator<Buffer> {
    const { report, patience } = this.#options;
    try {
      await this.#requireContent();
      report(0, this.#totalBytes);
      for (;;) {
        const chunk = await this.#next();
        if (chunk === undefined) break;
        this.#receivedBytes += chunk.length;
        patience.reached(this.#receivedBytes);
        if (this.#receivedBytes - this.#reportedBytes >= REPORT_BYTES) this.#report();
        yield chunk;
      }
      this.#report();
    } finally {
      this.#reply.response.destroy();
    }
  }

  /** Nobody asked for a part, or named what is known: a server that answers as if cannot be talked to. */
  async #requireContent(): Promise<void> {
    const { response, status } = this.#reply;
    if (status !== 200) await this.#options.patience.afterFailure(failureOfStatus(response, 0));
  }

  #report(): void {
    this.#reportedBytes = this.#receivedBytes;
    this.#options.report(this.#receivedBytes, this.#totalBytes);
  }

  /** The next bytes; `undefined` at the end of the whole content. */
  async #next(): Promise<Buffer | undefined> {
    for (;;) {
      try {
        return await this.#read();
      } catch (error) {
        this.#options.signal.throwIfAborted();
        this.#reply.response.destroy();
        const failure = error instanceof HttpFailure ? error : brokeOff(this.#receivedBytes, this.#totalBytes, error);
        await this.#options.patience.afterFailure(failure);
        if (await this.#resume()) return undefined;
      }
    }
  }

  async #read(): Promise<Buffer | undefined> {
    const chunk = await this.#reply.body.read(this.#options.policy.stallTimeoutMs);
    if (chunk !== undefined) return chunk;
    if (this.#totalBytes !== undefined && this.#receivedBytes < this.#totalBytes)
      throw brokeOff(this.#receivedBytes, this.#totalBytes);
    return undefined;
  }

  /** Asks for the rest. True when it turns out that there is none. */
  async #resume(): Promise<boolean> {
    if (this.#validator === undefined || this.#receivedBytes === 0) throw new StartAgain();
    const reply = await this.#options.open({ range: `bytes=${this.#receivedBytes}-`, "if-range": this.#validator });
    if (reply.status === 200) throw new StartAgain(reply);
    const range = parseContentRange(reply.response.headers["content-range"]);
    if (reply.status === 416) {
      reply.response.destroy();
      if (range?.totalBytes === this.#receivedBytes) return true;
      throw new StartAgain();
    }
    if (!this.#continues(reply, range)) {
      reply.response.destroy();
      throw new StartAgain();
    }
    this.#reply = reply;
    return false;
  }

  #continues(reply: Reply, range: ContentRange | undefined): boolean {
    if (reply.status !== 206 || range?.start !== this.#receivedBytes) return false;
    if (this.#totalBytes !== undefined && range.totalBytes !== undefined && range.totalBytes !== this.#totalBytes)
      return false;
    // A server that honours ranges but not If-Range is found out here; a part may leave out what stood in the whole.
    const first = validatorsOf(this.#options.reply.response.headers);
    return sameValidators(first, { ...first, ...validatorsOf(reply.response.headers) });
  }
}

interface ContentRange {
  readonly start: number | undefined;
  readonly totalBytes: number | undefined;
}

function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^bytes\s+(?:(\d+)-\d+|\*)\/(?:(\d+)|\*)$/i.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, start, total] = match;
  return {
    start: start === undefined ? undefined : Number(start),
    totalBytes: total === undefined ? undefined : Number(total),
  };
}

function contentLength({ response: { headers } }: Reply): number | undefined {
  const length = headers["transfer-encoding"] === undefined ? headers["content-length"] : undefined;
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}
