import { MAX_DEPTH } from "./limits.ts";
import { type LineCursor, NotPlainBlockStyle } from "./line-cursor.ts";
import { isBlank, type LineValue, readQuoted, scalarOf } from "./line-scalars.ts";
import type { Places } from "./places.ts";
import { setKey } from "./yaml-document.ts";

const PLAIN_END = new Set([",", "]", "}"]);

/** Reads a flow list or mapping; its scalars end on their line. */
export class LineFlow {
  readonly #cursor: LineCursor;
  readonly #places: Places | undefined;
  #depth = 0;

  constructor(cursor: LineCursor, places: Places | undefined) {
    this.#cursor = cursor;
    this.#places = places;
  }

  /** `depth`: levels around the value. */
  read(at: number, depth: number): LineValue {
    this.#depth = depth;
    return this.#value(at);
  }

  #value(at: number): LineValue {
    const char = this.#cursor.text.charAt(at);
    if (char === "'" || char === '"') return readQuoted(this.#cursor, at);
    if (char !== "[" && char !== "{") return this.#plain(at);
    if (++this.#depth > MAX_DEPTH) throw new NotPlainBlockStyle(at, "deep nesting", true);
    const result = char === "[" ? this.#list(at) : this.#mapping(at);
    this.#depth--;
    return result;
  }

  #list(start: number): LineValue {
    const value: unknown[] = [];
    let at = this.#skip(start + 1);
    while (this.#cursor.text.charAt(at) !== "]") {
      const item = this.#value(at);
      this.#places?.add(value, value.length, at, at, at, item.end);
      value.push(item.value);
      at = this.#afterEntry(this.#skip(item.end), "]");
    }
    return { value, end: at + 1 };
  }

  #mapping(start: number): LineValue {
    const value: Record<string, unknown> = {};
    let at = this.#skip(start + 1);
    while (this.#cursor.text.charAt(at) !== "}") {
      const keyAt = at;
      const key = this.#key(at);
      at = this.#skip(key.end);
      if (this.#cursor.text.charAt(at) !== ":" || !isBlank(this.#cursor.text, at + 1))
        throw new NotPlainBlockStyle(at, "a flow mapping without `: `");
      const valueAt = this.#skip(at + 1);
      const name = String(key.value);
      if (name === "<<" || Object.hasOwn(value, name))
        throw new NotPlainBlockStyle(keyAt, "a merge key or a key that stands twice");
      const entry = this.#value(valueAt);
      this.#places?.add(value, name, keyAt, key.end, valueAt, entry.end);
      setKey(value, name, entry.value);
      at = this.#afterEntry(this.#skip(entry.end), "}");
    }
    return { value, end: at + 1 };
  }

  #key(at: number): LineValue {
    const char = this.#cursor.text.charAt(at);
    if (char === '"' || char === "'") return readQuoted(this.#cursor, at);
    const end = this.#plainEnd(at);
    return { value: this.#cursor.text.slice(at, end), end };
  }

  #plain(at: number): LineValue {
    const end = this.#plainEnd(at);
    return { value: scalarOf(this.#cursor.text.slice(at, end), at), end };
  }

  #plainEnd(at: number): number {
    const { text, lineEnd } = this.#cursor;
    if (!/[\w./$~^+=<;()\\]/.test(text.charAt(at)) && !(text.charAt(at) === "-" && !isBlank(text, at + 1))) {
      throw new NotPlainBlockStyle(at, "a flow collection with special characters");
    }
    let i = at;
    for (; i < lineEnd; i++) {
      const char = text.charAt(i);
      if (PLAIN_END.has(char) || (char === ":" && isBlank(text, i + 1))) break;
      if (
        char === "[" ||
        char === "{" ||
        char === "?" ||
        char === "#" ||
        char === "\t" ||
        (char === ":" && ",[]{}".includes(text.charAt(i + 1)))
      ) {
        throw new NotPlainBlockStyle(i, "a flow collection with special characters");
      }
    }
    while (text.charAt(i - 1) === " ") i--;
    return i;
  }

  /** Behind an entry stands a comma or the end; a comma may stand before the end, too. */
  #afterEntry(at: number, close: string): number {
    const { text } = this.#cursor;
    if (text.charAt(at) === close) return at;
    if (text.charAt(at) !== ",") throw new NotPlainBlockStyle(at, "a flow collection with a text of several lines");
    return this.#skip(at + 1);
  }

  /** Passes white space, comments and line breaks: inside brackets indentation does not count, as PyYAML has it. */
  #skip(from: number): number {
    const cursor = this.#cursor;
    let at = from;
    while (true) {
      while (at < cursor.lineEnd && cursor.text.charAt(at) === " ") at++;
      const isComment =
        cursor.text.charAt(at) === "#" && (at === cursor.lineStart || cursor.text.charAt(at - 1) === " ");
      if (at < cursor.lineEnd && !isComment) return at;
      if (!cursor.openNextLine()) throw new NotPlainBlockStyle(from, "a flow collection without end");
      at = cursor.lineStart;
    }
  }
}
