/** The place of a stretch of text, for people: 1-based line and column, in characters (not UTF-16 units). */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Characters on the first line; at least 1. */
  readonly length: number;
}

/** Translates offsets into lines and columns. Building it costs one pass over the text. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  position(offset: number, length: number): Position {
    const start = Math.max(0, Math.min(offset, this.#text.length));
    const line = this.#lineAt(start);
    const lineStart = this.#starts[line] ?? 0;
    const lineEnd = lineStart + this.lineText(line + 1).length;
    const end = Math.max(start, Math.min(start + length, lineEnd));
    return {
      line: line + 1,
      column: characters(this.#text.slice(lineStart, start)) + 1,
      length: Math.max(1, characters(this.#text.slice(start, end).trimEnd())),
    };
  }

  /** The text of a 1-based line without its line break. */
  lineText(line: number): string {
    const start = this.#starts[line - 1] ?? this.#text.length;
    const next = this.#starts[line];
    return this.#text.slice(start, next === undefined ? undefined : next - 1).replace(/\r$/, "");
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Length in characters as people count them: a surrogate pair is one. */
export function characters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a pair was counted with the first.
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}
