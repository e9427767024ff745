import { StringDecoder } from "node:string_decoder";

/** A message of a stream of server-sent events. */
export interface StreamMessage {
  /** `message` unless the stream names it. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has given so far. */
  readonly id: string | undefined;
}

/** Longer than any event of ours: a log gives 256 KiB at once. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/**
 * Reads a stream of server-sent events as the HTML standard has it: lines end in CR, LF or both, fields of one name are
 * joined, an event ends with an empty line. An event that has no such end when the stream breaks off is dropped.
 */
export class EventText {
  /** The time that the stream asks a client to wait before it connects again. */
  retryMs: number | undefined;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #isBegun = false;
  #event = "";
  #data: string[] = [];
  #size = 0;
  #id: string | undefined;

  /** The messages that end within these bytes. Throws for one that has no end. */
  push(bytes: Buffer): readonly StreamMessage[] {
    let text = this.#rest + this.#decoder.write(bytes);
    if (!this.#isBegun && text.startsWith("\uFEFF")) text = text.slice(1);
    if (text !== "") this.#isBegun = true;
    // A CR at the end may be the first half of a line end.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    this.#size += bytes.length;
    if (this.#size > MOST_CHARACTERS) throw new Error("an event of the stream has no end");
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): StreamMessage | undefined {
    if (line === "") return this.#end();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d{1,7}$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  #end(): StreamMessage | undefined {
    const [data, event] = [this.#data, this.#event];
    this.#data = [];
    this.#event = "";
    this.#size = 0;
    if (data.length === 0) return undefined;
    return { event: event === "" ? "message" : event, data: data.join("\n"), id: this.#id };
  }
}
