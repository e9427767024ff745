import { MAX_DEPTH } from "./limits.ts";
import { LineCursor, NotPlainBlockStyle } from "./line-cursor.ts";
import { LineFlow } from "./line-flow.ts";
import {
  checkLineEnd,
  checkStart,
  isBlank,
  type LineValue,
  readPlain,
  readQuoted,
  skipToValue,
} from "./line-scalars.ts";
import type { Places } from "./places.ts";
import { setKey } from "./yaml-document.ts";

/**
 * Reads the plain block style that nearly every configuration is written in: block lists and mappings, scalars that end
 * on their line, flow collections of such scalars, literal block scalars, comments. For such a file it yields what the
 * general reader yields, 20 times as fast and in a fifth of the memory, which is what keeps `lint` below 300 ms;
 * anything else, mistakes included, throws `NotPlainBlockStyle` and is left to the general reader. Lines end with `\n`
 * or `\r\n`; decode.ts has seen to it.
 */
export function readBlockStyle(text: string, wanted?: WantedPlaces): unknown {
  return new BlockReader(text, wanted).read();
}

/** The store for noted places, and the last entry of the document's list that they are wanted of. */
export interface WantedPlaces {
  readonly places: Places;
  readonly lastIndex: number;
}

class BlockReader {
  readonly #cursor: LineCursor;
  readonly #flow: LineFlow;
  readonly #places: Places | undefined;
  readonly #lastIndex: number;
  #depth = 0;

  constructor(text: string, wanted: WantedPlaces | undefined) {
    this.#cursor = new LineCursor(text);
    this.#flow = new LineFlow(this.#cursor, wanted?.places);
    this.#places = wanted?.places;
    this.#lastIndex = wanted?.lastIndex ?? Number.POSITIVE_INFINITY;
  }

  read(): unknown {
    const cursor = this.#cursor;
    if (cursor.column === 0 && cursor.text.slice(cursor.lineStart, cursor.lineEnd).trimEnd() === "---")
      cursor.advance();
    if (cursor.isDone) return null;
    const value = this.#isDash() ? this.#sequence(cursor.column) : this.#mapping(cursor.column);
    if (!cursor.isDone && this.#lastIndex === Number.POSITIVE_INFINITY)
      throw new NotPlainBlockStyle(cursor.at, "a line that is indented differently");
    return value;
  }

  #isDash(): boolean {
    const { text, at } = this.#cursor;
    return text.charCodeAt(at) === 0x2d && isBlank(text, at + 1);
  }

  #sequence(column: number): unknown[] {
    this.#enter();
    const cursor = this.#cursor;
    const value: unknown[] = [];
    while (!cursor.isDone && cursor.column === column && this.#isDash()) {
      const at = skipToValue(cursor, cursor.at + 1);
      const start = at >= cursor.lineEnd ? cursor.at : at;
      cursor.moveTo(at);
      const end = cursor.lineEnd;
      const item = at >= cursor.lineEnd ? this.#below(column, false) : this.#itemOnLine(column);
      this.#places?.add(value, value.length, start, start, item.start ?? start, item.end ?? end);
      value.push(item.value);
      if (this.#depth === 1 && value.length > this.#lastIndex) break;
    }
    this.#depth--;
    return value;
  }

  #itemOnLine(column: number): Partial<LineValue> & { readonly start?: number } {
    const cursor = this.#cursor;
    if (this.#isDash()) return { value: this.#sequence(cursor.column) };
    if (this.#keyEnd() !== -1) return { value: this.#mapping(cursor.column) };
    return this.#scalar(cursor.at, column);
  }

  #mapping(column: number): Record<string, unknown> {
    this.#enter();
    const cursor = this.#cursor;
    const value: Record<string, unknown> = {};
    while (!cursor.isDone && cursor.column === column) {
      if (this.#isDash()) break;
      const keyStart = cursor.at;
      const keyEnd = this.#keyEnd();
      if (keyEnd === -1) throw new NotPlainBlockStyle(keyStart, "a line without a key");
      const key = this.#keyText(keyStart, keyEnd);
      if (key === "<<" || Object.hasOwn(value, key))
        throw new NotPlainBlockStyle(keyStart, "a merge key or a key that stands twice");
      const entry = this.#entryValue(column);
      this.#places?.add(value, key, keyStart, keyEnd, entry.start ?? keyStart, entry.end ?? keyEnd);
      setKey(value, key, entry.value);
    }
    this.#depth--;
    return value;
  }

  /** The value behind a key; the cursor then stands on the line that follows it. */
  #entryValue(column: number): Partial<LineValue> & { readonly start?: number } {
    const cursor = this.#cursor;
    const at = skipToValue(cursor, this.#valueAt);
    if (at >= cursor.lineEnd) return this.#below(column, true);
    const char = cursor.text.charAt(at);
    if (char === "|") return { ...this.#literal(at, column), start: at };
    return { ...this.#scalar(at, column), start: at };
  }

  /** Reads what stands on the lines below a key or dash. A list may stand at the same indentation as its key. */
  #below(
    column: number,
    sameColumnList: boolean,
  ): { readonly value: unknown; readonly start?: number; readonly end?: number } {
    const cursor = this.#cursor;
    cursor.advance();
    if (cursor.isDone || cursor.column < column) return { value: null };
    const start = cursor.at;
    const end = cursor.lineEnd;
    if (cursor.column === column)
      return sameColumnList && this.#isDash() ? { value: this.#sequence(column), start, end } : { value: null };
    if (this.#isDash()) return { value: this.#sequence(cursor.column), start, end };
    if (this.#keyEnd() !== -1) return { value: this.#mapping(cursor.column), start, end };
    throw new NotPlainBlockStyle(cursor.at, "a value on a line of its own");
  }

  #scalar(at: number, column: number): LineValue & { readonly start: number } {
    const cursor = this.#cursor;
    const result = this.#lineValue(at);
    checkLineEnd(cursor, result.end);
    cursor.advance();
    if (!cursor.isDone && cursor.column > column)
      throw new NotPlainBlockStyle(cursor.at, "a text of several lines, or a line indented too deeply");
    return { ...result, start: at };
  }

  #lineValue(at: number): LineValue {
    const char = this.#cursor.text.charAt(at);
    if (char === '"' || char === "'") return readQuoted(this.#cursor, at);
    return char === "[" || char === "{" ? this.#flow.read(at, this.#depth) : readPlain(this.#cursor, at);
  }

  /** `|`, `|-` and `|+`. */
  #literal(at: number, column: number): LineValue {
    const cursor = this.#cursor;
    const next = cursor.text.charAt(at + 1);
    const chomping = next === "-" || next === "+" ? next : "";
    const end = at + 1 + chomping.length;
    if (!isBlank(cursor.text, end)) throw new NotPlainBlockStyle(at, "a block scalar with an indentation indicator");
    checkLineEnd(cursor, end);
    const lines = cursor.literalLines(column);
    let last = lines.length;
    while (last > 0 && lines[last - 1] === "") last--;
    const body = lines.slice(0, last).join("\n");
    if (chomping === "-") return { value: body, end };
    if (chomping === "+") throw new NotPlainBlockStyle(at, "a block scalar that keeps its last line breaks");
    return { value: last === 0 ? "" : `${body}\n`, end };
  }

  /**
   * Returns the place where the key on the current line ends, or -1 if the line has none. Notes where its value begins.
   */
  #keyEnd(): number {
    const { text, at, lineEnd } = this.#cursor;
    const first = text.charAt(at);
    if (first === '"' || first === "'") return this.#quotedKeyEnd(at);
    if (first === "[" || first === "{") return -1;
    checkStart(text, at);
    for (let i = at; i < lineEnd; i++) {
      const char = text.charCodeAt(i);
      if (char === 0x23 && text.charCodeAt(i - 1) === 0x20) return -1;
      if (char !== 0x3a || !isBlank(text, i + 1)) continue;
      this.#valueAt = i + 1;
      let end = i;
      while (text.charCodeAt(end - 1) === 0x20) end--;
      if (end - at > 1000) throw new NotPlainBlockStyle(at, "a very long key");
      return end;
    }
    return -1;
  }

  #valueAt = 0;

  #quotedKeyEnd(at: number): number {
    const { text } = this.#cursor;
    const { end } = readQuoted(this.#cursor, at);
    let colon = end;
    while (text.charAt(colon) === " ") colon++;
    if (text.charAt(colon) !== ":" || !isBlank(text, colon + 1)) return -1;
    if (end - at > 1000) throw new NotPlainBlockStyle(at, "a very long key");
    this.#valueAt = colon + 1;
    return end;
  }

  #keyText(start: number, end: number): string {
    const { text } = this.#cursor;
    const first = text.charAt(start);
    if (first === '"' || first === "'") return String(readQuoted(this.#cursor, start).value);
    if (text.slice(start, end).includes("\t")) throw new NotPlainBlockStyle(start, "a tab");
    return text.slice(start, end);
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new NotPlainBlockStyle(this.#cursor.at, "deep nesting", true);
  }
}
