/** A log line that waits for the next frame. */
export interface WaitingLine {
  readonly node: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** How many lines a frame prints: ten frames a second make more than anybody reads, and a terminal takes them without delay. */
const FRAME_LINES = 500;
/** Beyond this the terminal cannot keep up, and all but the newest lines are left out. */
const WAITING_MAXIMUM = 5000;

/** What was printed and is not yet on the terminal. Bounded: a flood leaves a count of what was left out. */
export class Backlog {
  #lines: WaitingLine[] = [];
  #leftOut = 0;
  #leftOutEver = false;

  /** Whether some lines never came to the terminal. */
  get isIncomplete(): boolean {
    return this.#leftOutEver;
  }

  push(line: WaitingLine): void {
    this.#lines.push(line);
    if (this.#lines.length <= WAITING_MAXIMUM) return;
    this.#leftOut += this.#lines.length - FRAME_LINES;
    this.#leftOutEver = true;
    this.#lines = this.#lines.slice(-FRAME_LINES);
  }

  /** What the next frame prints: how many lines are left out, then the lines. */
  take(count = FRAME_LINES): { readonly leftOut: number; readonly lines: readonly WaitingLine[] } {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return { leftOut, lines: this.#lines.splice(0, count) };
  }

  takeAll(): { readonly leftOut: number; readonly lines: readonly WaitingLine[] } {
    return this.take(this.#lines.length);
  }
}
