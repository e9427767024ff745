/** A log line that waits for the next frame. */
export interface WaitingLine {
  readonly node: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/**
 * Most lines that a frame prints: ten frames a second make more than anybody reads, and a terminal takes them without
 * delay.
 */
const FRAME_LINES = 500;
/** Beyond this the terminal cannot keep up, and all but the newest lines are left out. */
const WAITING_MAXIMUM = 5000;
/** The same for lines of many kilobytes each, which would fill the memory long before there are so many of them. */
const WAITING_CHARACTERS = 4 * 1024 * 1024;

/**
 * The lines that were printed and are not yet on the terminal. Bounded: a flood leaves a count of what was left out.
 */
export class Backlog {
  #lines: WaitingLine[] = [];
  #characters = 0;
  #leftOut = 0;
  #leftOutEver = false;

  /** True if some lines never came to the terminal. */
  get isIncomplete(): boolean {
    return this.#leftOutEver;
  }

  push(line: WaitingLine): void {
    this.#lines.push(line);
    this.#characters += line.text.length;
    if (this.#lines.length <= WAITING_MAXIMUM && this.#characters <= WAITING_CHARACTERS) return;
    const newest = newestWithin(this.#lines, FRAME_LINES, WAITING_CHARACTERS / 2);
    this.#leftOut += this.#lines.length - newest.length;
    this.#leftOutEver = true;
    this.#lines = newest;
    this.#characters = charactersOf(newest);
  }

  /** Takes what the next frame prints: how many lines are left out, then the lines. */
  take(count = FRAME_LINES): { readonly leftOut: number; readonly lines: readonly WaitingLine[] } {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    const lines = this.#lines.splice(0, count);
    this.#characters -= charactersOf(lines);
    return { leftOut, lines };
  }

  takeAll(): { readonly leftOut: number; readonly lines: readonly WaitingLine[] } {
    return this.take(this.#lines.length);
  }
}

function newestWithin(lines: readonly WaitingLine[], count: number, characters: number): WaitingLine[] {
  let rest = characters;
  const first = lines.findLastIndex(({ text }, index) => {
    rest -= text.length;
    return index < lines.length - count || rest < 0;
  });
  return lines.slice(first + 1);
}

function charactersOf(lines: readonly WaitingLine[]): number {
  return lines.reduce((sum, { text }) => sum + text.length, 0);
}
