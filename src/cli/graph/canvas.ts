import { textWidth } from "../terminal/width.ts";

/** The neighbours of a cell that a line connects it with, as bits. */
export const UP = 1;
export const RIGHT = 2;
export const DOWN = 4;
export const LEFT = 8;

/** Corners are round, as lines are no boxes. */
const LINE_GLYPHS: Readonly<Record<number, string>> = {
  0: " ",
  [UP]: "│",
  [DOWN]: "│",
  [UP | DOWN]: "│",
  [LEFT]: "─",
  [RIGHT]: "─",
  [LEFT | RIGHT]: "─",
  [UP | RIGHT]: "╰",
  [UP | LEFT]: "╯",
  [DOWN | RIGHT]: "╭",
  [DOWN | LEFT]: "╮",
  [UP | DOWN | RIGHT]: "├",
  [UP | DOWN | LEFT]: "┤",
  [LEFT | RIGHT | DOWN]: "┬",
  [LEFT | RIGHT | UP]: "┴",
  [UP | RIGHT | DOWN | LEFT]: "┼",
};

/**
 * A grid of characters on which lines and texts are laid. Lines have owners: where lines of different owners merely
 * cross, the one that goes up and down is drawn through, so that a crossing never looks like a junction.
 */
export class Canvas {
  readonly #lines = new Map<number, Map<number, Map<string, number>>>();
  readonly #texts = new Map<
    number,
    { readonly x: number; readonly text: string; readonly width: number; readonly paint: (text: string) => string }[]
  >();
  #height = 0;

  /** Connects two cells of one column or one row. */
  line(owner: string, x1: number, y1: number, x2: number, y2: number): void {
    const [left, right] = x1 <= x2 ? [x1, x2] : [x2, x1];
    const [top, bottom] = y1 <= y2 ? [y1, y2] : [y2, y1];
    for (let x = left; x <= right; x++) {
      if (x > left) this.#add(owner, x, top, LEFT);
      if (x < right) this.#add(owner, x, top, RIGHT);
    }
    for (let y = top; y <= bottom; y++) {
      if (y > top) this.#add(owner, left, y, UP);
      if (y < bottom) this.#add(owner, left, y, DOWN);
    }
  }

  /** Adds half a connection, e.g. where a line leaves a box. */
  stub(owner: string, x: number, y: number, direction: number): void {
    this.#add(owner, x, y, direction);
  }

  /** Writes over whatever lines are there; a text that begins at the same cell is replaced. */
  text(x: number, y: number, text: string, paint: (text: string) => string = (plain) => plain): void {
    const row = (this.#texts.get(y) ?? []).filter((piece) => piece.x !== x);
    row.push({ x, text, width: textWidth(text), paint });
    this.#texts.set(y, row);
    this.#height = Math.max(this.#height, y + 1);
  }

  /** The rows, each without trailing spaces. `paintLine` colours the lines. */
  render(paintLine: (text: string) => string): string[] {
    return Array.from({ length: this.#height }, (_, y) => this.#renderRow(y, paintLine));
  }

  #renderRow(y: number, paintLine: (text: string) => string): string {
    const lines = this.#lines.get(y) ?? new Map<number, Map<string, number>>();
    const texts = (this.#texts.get(y) ?? []).toSorted((a, b) => a.x - b.x);
    let row = "";
    let x = 0;
    for (const piece of texts) {
      row += drawLines(lines, x, piece.x, paintLine) + piece.paint(piece.text);
      x = Math.max(x, piece.x) + piece.width;
    }
    return (row + drawLines(lines, x, Math.max(x, ...[...lines.keys()].map((at) => at + 1)), paintLine)).trimEnd();
  }

  #add(owner: string, x: number, y: number, direction: number): void {
    const row = this.#lines.get(y) ?? new Map<number, Map<string, number>>();
    const cell = row.get(x) ?? new Map<string, number>();
    cell.set(owner, (cell.get(owner) ?? 0) | direction);
    row.set(x, cell);
    this.#lines.set(y, row);
    this.#height = Math.max(this.#height, y + 1);
  }
}

function drawLines(
  row: ReadonlyMap<number, ReadonlyMap<string, number>>,
  from: number,
  to: number,
  paint: (text: string) => string,
): string {
  let drawn = "";
  for (let x = from; x < to; x++) drawn += glyphOf(row.get(x));
  return drawn.trim() === "" ? drawn : paint(drawn);
}

function glyphOf(cell: ReadonlyMap<string, number> | undefined): string {
  if (cell === undefined) return " ";
  const bits = [...cell.values()];
  const all = bits.reduce((sum, value) => sum | value, 0);
  const isCrossing =
    all === (UP | DOWN | LEFT | RIGHT) && bits.every((value) => value === (UP | DOWN) || value === (LEFT | RIGHT));
  return LINE_GLYPHS[isCrossing ? UP | DOWN : all] ?? " ";
}
