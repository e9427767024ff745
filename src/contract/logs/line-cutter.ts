/** A line longer than this comes in pieces. */
export const MAX_PIECE_BYTES = 64 * 1024;

const UNFINISHED_BYTES = 4096;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/**
 * A text with no line longer than this (UTF-16 units) holds no line of more than 64 KiB: no unit takes more than three
 * bytes.
 */
const SURELY_SHORT = Math.floor(MAX_PIECE_BYTES / 3);

export interface LinePiece {
  readonly text: string;
  readonly continues: boolean;
}

/**
 * Cuts a stream of bytes into lines, the same whichever way the bytes were chunked. The newline goes, and a carriage
 * return right before it; other carriage returns (progress bars) stay. A line over 64 KiB comes in pieces that respect
 * characters. Bytes that are not UTF-8 become U+FFFD.
 */
export class LineCutter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** True if the beginning of the line that is being written was given already. */
  #isBegun = false;

  /**
   * The lines that the chunk completes, and pieces of a line too long to hold. The chunk may be overwritten afterwards.
   */
  push(chunk: Buffer): readonly LinePiece[] {
    const pieces: LinePiece[] = [];
    if (this.#isBegun && chunk.includes(NEWLINE)) this.#isBegun = false;
    let start = 0;
    if (this.#pendingBytes > 0) {
      const newline = chunk.indexOf(NEWLINE);
      this.#append(newline < 0 ? chunk : chunk.subarray(0, newline), pieces);
      if (newline < 0) return pieces;
      pieces.push({ text: lineText(this.#takePending()), continues: false });
      start = newline + 1;
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > start) cutWholeLines(chunk.subarray(start, end), pieces);
    if (Math.max(start, end) < chunk.length) this.#append(chunk.subarray(Math.max(start, end)), pieces);
    return pieces;
  }

  /** So many bytes of the line that has no end yet were not given. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The last line, where it lacks its newline. */
  end(): readonly LinePiece[] {
    if (this.#pendingBytes === 0 && !this.#isBegun) return [];
    this.#isBegun = false;
    return [{ text: lineText(this.#takePending()), continues: false }];
  }

  /** Returns the bytes so far of the line that has no end yet; the last 4 KiB of it. */
  unfinished(): string {
    if (this.#pendingBytes === 0) return "";
    const line = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [line];
    const start = line.length <= UNFINISHED_BYTES ? 0 : characterBoundary(line, line.length - UNFINISHED_BYTES);
    return line.toString("utf8", start);
  }

  /**
   * Returns what there is of the line that is being written, as a piece of it: whole characters, and no carriage return
   * that may belong to its end.
   */
  flush(): readonly LinePiece[] {
    const line = this.#takePending();
    let end = line.length;
    while (end > 0 && line[end - 1] === CARRIAGE_RETURN) end -= 1;
    end = wholeCharacters(line, end);
    if (end < line.length) {
      this.#pending = [line.subarray(end)];
      this.#pendingBytes = line.length - end;
    }
    if (end === 0) return [];
    this.#isBegun = true;
    return [{ text: line.toString("utf8", 0, end), continues: true }];
  }

  #append(bytes: Buffer, pieces: LinePiece[]): void {
    if (this.#pendingBytes + bytes.length <= MAX_PIECE_BYTES) {
      this.#pending.push(Buffer.from(bytes));
      this.#pendingBytes += bytes.length;
      return;
    }
    const rest = cutLongLine(Buffer.concat([...this.#pending, bytes]), pieces);
    this.#pending = [Buffer.from(rest)];
    this.#pendingBytes = rest.length;
  }

  #takePending(): Buffer {
    const line = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }
}

/**
 * Decoding many lines at once and splitting the text is several times faster than line by line; a newline byte is never
 * part of a character.
 */
function cutWholeLines(bytes: Buffer, pieces: LinePiece[]): void {
  const texts = bytes.toString("utf8", 0, bytes.length - 1).split("\n");
  if (texts.every((text) => text.length <= SURELY_SHORT)) {
    for (const text of texts) pieces.push({ text: text.endsWith("\r") ? text.slice(0, -1) : text, continues: false });
    return;
  }
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const line = bytes.subarray(start, newline);
    const rest = line.length > MAX_PIECE_BYTES ? cutLongLine(line, pieces) : line;
    pieces.push({ text: lineText(rest), continues: false });
    start = newline + 1;
  }
}

/** Emits full pieces until what is left fits into one; returns it. */
function cutLongLine(line: Buffer, pieces: LinePiece[]): Buffer {
  let rest = line;
  while (rest.length > MAX_PIECE_BYTES) {
    const end = characterBoundary(rest, MAX_PIECE_BYTES);
    pieces.push({ text: rest.toString("utf8", 0, end), continues: true });
    rest = rest.subarray(end);
  }
  return rest;
}

/**
 * The last place at or before `position` that does not split a character; `position` itself where the bytes are no
 * UTF-8.
 */
function characterBoundary(bytes: Buffer, position: number): number {
  for (let end = position; end > position - 4; end -= 1) {
    if (((bytes[end] ?? 0) & 0xc0) !== 0x80) return end;
  }
  return position;
}

/** Returns the start of a character that is not whole before `end`; `end` if all are whole. */
function wholeCharacters(bytes: Buffer, end: number): number {
  for (let start = end - 1; start >= Math.max(0, end - 4); start -= 1) {
    const byte = bytes[start] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return start + length > end ? start : end;
  }
  return end;
}

function lineText(line: Buffer): string {
  const end = line[line.length - 1] === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return line.toString("utf8", 0, end);
}
