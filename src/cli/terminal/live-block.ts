import type { Screen } from "./screen.ts";
import { textWidth } from "./width.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
// Terminals that know synchronised output show the frame at once; the others ignore the sequence.
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";
const ERASE_LINE_END = "\u001b[K";
const ERASE_BELOW = "\u001b[J";

/**
 * Lines at the bottom of a terminal that are rewritten in place. Other lines can be printed above them.
 * Each frame is one write, lines are overwritten and not erased first: nothing flickers.
 */
export class LiveBlock implements Disposable {
  readonly #screen: Screen;
  #shown: readonly string[] = [];
  #isActive = false;
  readonly #onExit = (): void => this.#release();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Replaces what is shown. */
  update(lines: readonly string[]): void {
    this.#activate();
    this.#draw([], lines);
  }

  /** Prints lines that stay, above what is shown. */
  print(lines: readonly string[]): void {
    if (this.#isActive) this.#draw(lines, this.#shown);
    else this.#screen.lines(lines);
  }

  /** Leaves the last frame standing and gives the terminal back. */
  [Symbol.dispose](): void {
    this.#shown = [];
    this.#release();
    process.off("exit", this.#onExit);
  }

  /** Replaces what is shown and prints lines that stay above it, which may be longer than the window is wide. */
  scroll(above: readonly string[], lines: readonly string[]): void {
    this.#activate();
    this.#draw(above, lines);
  }

  #draw(above: readonly string[], lines: readonly string[]): void {
    const body = lines.map((line) => `${line}${ERASE_LINE_END}\n`).join("");
    // Lines that wrap would leave the old frame in the rest of their rows; erasing behind a full row would take its
    // last character.
    const stays = above.length === 0 ? "" : `${ERASE_BELOW}${above.join("\n")}\n`;
    this.#screen.write(`${BEGIN_FRAME}${this.#toTop()}${stays}${body}${ERASE_BELOW}${END_FRAME}`);
    this.#shown = lines;
  }

  /** A window made narrower since has wrapped the lines: they take more rows now than they did when written. */
  #toTop(): string {
    const { width } = this.#screen.size();
    const rows = this.#shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / Math.max(1, width))),
      0,
    );
    return rows === 0 ? "\r" : `\u001b[${rows}A\r`;
  }

  #activate(): void {
    if (this.#isActive) return;
    this.#isActive = true;
    process.on("exit", this.#onExit);
    this.#screen.write(HIDE_CURSOR);
  }

  #release(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    this.#screen.write(SHOW_CURSOR);
  }
}
