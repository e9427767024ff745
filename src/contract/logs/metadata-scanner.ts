import type { MetadataRecord } from "../../store/index.ts";
import { flattenValues } from "./flatten-values.ts";
import { parseJsonObject, splitObjects } from "./lenient-json.ts";

/** A longer line is never metadata. It is also how much of an unfinished line is held in memory. */
export const MAX_METADATA_LINE_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const QUOTE = 0x22;

/**
 * Finds the lines of a stdout that are JSON objects, whichever way it is cut into chunks.
 *
 * It hops from `{` to `{` instead of from line to line: most output holds no braces, and then a chunk of 256 KiB costs
 * two searches in native code. An unfinished line is held only while it can still become metadata:
 *
 *     open ──{ or blanks──► held ──newline──► open
 *       │                    └─ over 1 MiB ─┐
 *       └──anything else──► skipped ◄───────┘ ──newline──► open
 */
export class MetadataScanner {
  #state: "open" | "held" | "skipped" = "open";
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The held bytes are more than blanks. */
  #sawBrace = false;
  /** The offset in the whole stream at which the unfinished line starts. */
  #lineStart: number;
  /** Bytes of the stream that were pushed. */
  #offset: number;
  readonly #onLongLine: () => void;

  /**
   * `lineStart` is where a line of the stream begins, with everything before it scanned already. `onLongLine` is called
   * for each line that begins like an object and is too long to be read as one.
   */
  constructor(lineStart = 0, onLongLine: () => void = () => undefined) {
    this.#lineStart = lineStart;
    this.#offset = lineStart;
    this.#onLongLine = onLongLine;
  }

  /** A scanner in the midst of a line that is too long to matter. */
  static insideLongLine(offset: number, onLongLine?: () => void): MetadataScanner {
    const scanner = new MetadataScanner(offset, onLongLine);
    scanner.#state = "skipped";
    return scanner;
  }

  /** The metadata of every line that this chunk completes. The chunk may be overwritten afterwards. */
  push(chunk: Buffer, at: number): readonly MetadataRecord[] {
    const points: MetadataRecord[] = [];
    const start = this.#finishLine(chunk, at, points);
    if (start !== undefined) this.#scanLines(chunk, start, at, points);
    this.#offset += chunk.length;
    return points;
  }

  /** The last line, where it lacks its newline. To be called once, when the stream has ended. */
  end(at: number): readonly MetadataRecord[] {
    const points: MetadataRecord[] = [];
    if (this.#state === "held") this.#emitHeld(at, points);
    return points;
  }

  /**
   * Completes the line that earlier chunks began. Returns where the next line starts, undefined when the chunk has
   * none.
   */
  #finishLine(chunk: Buffer, at: number, points: MetadataRecord[]): number | undefined {
    if (this.#state === "open") return 0;
    const newline = chunk.indexOf(NEWLINE);
    if (this.#state === "held") {
      this.#hold(newline < 0 ? chunk : chunk.subarray(0, newline));
      if (newline >= 0) this.#emitHeld(at, points);
    }
    if (newline < 0) return undefined;
    this.#state = "open";
    return newline + 1;
  }

  #scanLines(chunk: Buffer, start: number, at: number, points: MetadataRecord[]): void {
    let position = start;
    for (;;) {
      const brace = chunk.indexOf(OPEN_BRACE, position);
      const lineStart = Math.max(position, chunk.lastIndexOf(NEWLINE, brace < 0 ? chunk.length : brace) + 1);
      const newline = brace < 0 ? -1 : chunk.indexOf(NEWLINE, brace);
      const promising = isBlank(chunk, lineStart, brace < 0 ? chunk.length : brace);
      if (newline < 0) {
        this.#keepUnfinished(chunk, lineStart, promising);
        return;
      }
      if (promising) this.#emit(chunk.subarray(lineStart, newline), this.#offset + lineStart, at, points);
      position = newline + 1;
    }
  }

  #keepUnfinished(chunk: Buffer, lineStart: number, promising: boolean): void {
    this.#lineStart = this.#offset + lineStart;
    if (lineStart === chunk.length) this.#state = "open";
    else if (promising) {
      this.#state = "held";
      this.#hold(chunk.subarray(lineStart));
    } else this.#state = "skipped";
  }

  #hold(bytes: Buffer): void {
    const isTooLong = this.#heldBytes + bytes.length > MAX_METADATA_LINE_BYTES;
    let isText = false;
    if (!this.#sawBrace) {
      const brace = bytes.indexOf(OPEN_BRACE);
      isText = !isBlank(bytes, 0, brace < 0 ? bytes.length : brace);
      this.#sawBrace = brace >= 0;
    }
    if (isTooLong || isText) {
      if (!isText && mayBeObject(Buffer.concat([...this.#held, bytes]))) this.#onLongLine();
      this.#drop();
      this.#state = "skipped";
      return;
    }
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
  }

  #emitHeld(at: number, points: MetadataRecord[]): void {
    if (this.#state === "held") this.#emit(Buffer.concat(this.#held, this.#heldBytes), this.#lineStart, at, points);
    this.#drop();
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#sawBrace = false;
  }

  #emit(line: Buffer, offset: number, at: number, points: MetadataRecord[]): void {
    if (line.length <= MAX_METADATA_LINE_BYTES) emit(line, offset, at, points);
    else if (mayBeObject(line)) this.#onLongLine();
  }
}

function emit(line: Buffer, offset: number, at: number, points: MetadataRecord[]): void {
  let end = line.length;
  while (end > 0 && isBlankByte(line[end - 1])) end -= 1;
  if (line[end - 1] !== CLOSE_BRACE || !mayBeObject(line)) return;
  const text = line.toString("utf8", 0, end);
  const values = parseJsonObject(text);
  if (values === undefined) emitGlued(text, offset, at, points);
  // An empty object says nothing.
  else if (Object.keys(values).length > 0) points.push({ offset, at, values: flattenValues(values) });
}

/**
 * Processes that print at the same time, each its text and then its newline, leave several objects on a line. All of
 * them count, or none.
 */
function emitGlued(text: string, offset: number, at: number, points: MetadataRecord[]): void {
  const parts = splitObjects(text) ?? [];
  if (parts.length < 2) return;
  const objects = parts.map((part) => ({ start: part.start, values: parseJsonObject(part.text) }));
  if (objects.some(({ values }) => values === undefined)) return;
  for (const { start, values } of objects) {
    if (values === undefined || Object.keys(values).length === 0) continue;
    points.push({ offset: offset + Buffer.byteLength(text.slice(0, start)), at, values: flattenValues(values) });
  }
}

/**
 * The bytes behind the brace identify most lines that only look like JSON (`{'a': 1}`, `{epoch} …`) at a fraction of
 * the cost of parsing them.
 */
function mayBeObject(line: Buffer): boolean {
  let position = line.indexOf(OPEN_BRACE) + 1;
  while (isBlankByte(line[position])) position += 1;
  return line[position] === QUOTE || line[position] === CLOSE_BRACE;
}

function isBlank(chunk: Buffer, start: number, end: number): boolean {
  for (let position = start; position < end; position += 1) if (!isBlankByte(chunk[position])) return false;
  return true;
}

/** Space, tab, carriage return: what JSON allows around an object on one line. */
function isBlankByte(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
