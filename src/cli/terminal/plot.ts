import { formatValue } from "../../views/index.ts";
import type { Paint, Style } from "./style.ts";
import { pad, textWidth } from "./width.ts";

export interface PlotSeries {
  /** In the order of x; what is no finite number leaves a gap. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PlotOptions {
  /** Columns in all, labels of the axis included. */
  readonly width: number;
  /** Lines of the drawing itself. */
  readonly height: number;
  readonly style: Style;
}

/**
 * A character holds two columns and four rows of dots (Unicode's braille patterns, U+2800 to U+28FF); bit by column and
 * row.
 */
const BRAILLE = 0x2800;
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/**
 * Curves as lines of braille dots with a labelled axis: a few characters wide or a whole terminal, two points or a
 * million. Several series share the axes; each has a colour of its own (`plotPaint`).
 */
export function renderPlot(series: readonly PlotSeries[], options: PlotOptions): string[] {
  const drawn = series.map(({ points }) => ({
    points: points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)),
  }));
  const range = rangeOf(drawn);
  if (range === undefined) return [];
  const labels = [tick(range.top), tick(range.bottom)] as const;
  const margin = Math.max(...labels.map(textWidth));
  const columns = Math.max(4, options.width - margin - 2);
  const canvas = new Canvas(columns, options.height);
  for (const [index, each] of drawn.entries()) drawLine(canvas, each.points, range, index);
  const paints = paintsOf(options.style);
  const lines = canvas.rows(paints).map((row, index, all) => {
    const label = index === 0 ? labels[0] : index === all.length - 1 ? labels[1] : "";
    return `${options.style.dim(`${pad(label, margin, "right")} ┤`)}${row}`.trimEnd();
  });
  const [from, to] = [tick(range.left), tick(range.right)];
  const gap = " ".repeat(Math.max(1, columns - textWidth(from) - textWidth(to)));
  lines.push(options.style.dim(`${" ".repeat(margin + 2)}${from}${gap}${to}`));
  return lines;
}

/** At most some ten characters, so that the drawing keeps its room. */
function tick(value: number): string {
  return Math.abs(value) >= 1e8 ? value.toExponential(3).replace(/\.?0+e/, "e") : formatValue(value, { short: true });
}

interface Range {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

function rangeOf(series: readonly PlotSeries[]): Range | undefined {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { points } of series) {
    for (const { x, y } of points) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.min(bottom, y);
      top = Math.max(top, y);
    }
  }
  return left === Infinity ? undefined : { left, right, bottom, top };
}

function drawLine(canvas: Canvas, points: PlotSeries["points"], range: Range, series: number): void {
  const column = scale(range.left, range.right, canvas.width - 1);
  const row = scale(range.bottom, range.top, canvas.height - 1);
  let before: { readonly x: number; readonly y: number } | undefined;
  for (const point of points) {
    const at = { x: Math.round(column(point.x)), y: canvas.height - 1 - Math.round(row(point.y)) };
    canvas.line(before ?? at, at, series);
    before = at;
  }
}

/** A range without extent is drawn in its middle. Halves first: the difference of two large numbers may be infinite. */
function scale(from: number, to: number, length: number): (value: number) => number {
  const extent = to / 2 - from / 2;
  return extent === 0 ? () => length / 2 : (value) => ((value / 2 - from / 2) / extent) * length;
}

/** A grid of dots; a character takes the colour of the last series that put a dot in it. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #columns: number;
  readonly #dots: Uint8Array;
  readonly #series: Uint16Array;

  constructor(columns: number, lines: number) {
    this.#columns = columns;
    this.width = columns * 2;
    this.height = lines * 4;
    this.#dots = new Uint8Array(columns * lines);
    this.#series = new Uint16Array(columns * lines);
  }

  /** Bresenham's line; both ends belong to the grid. */
  line(
    from: { readonly x: number; readonly y: number },
    to: { readonly x: number; readonly y: number },
    series: number,
  ): void {
    const [width, height] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
    const steps = Math.max(width, height);
    for (let step = 0; step <= steps; step += 1) {
      const part = steps === 0 ? 0 : step / steps;
      this.#dot(Math.round(from.x + (to.x - from.x) * part), Math.round(from.y + (to.y - from.y) * part), series);
    }
  }

  rows(paints: readonly Paint[]): string[] {
    const rows: string[] = [];
    for (let start = 0; start < this.#dots.length; start += this.#columns) rows.push(this.#row(start, paints));
    return rows;
  }

  #dot(x: number, y: number, series: number): void {
    const cell = Math.floor(y / 4) * this.#columns + Math.floor(x / 2);
    this.#dots[cell] = (this.#dots[cell] ?? 0) | (BITS[x % 2 === 0 ? 0 : 1][y % 4] ?? 0);
    this.#series[cell] = series;
  }

  #row(start: number, paints: readonly Paint[]): string {
    let text = "";
    for (let cell = start; cell < start + this.#columns; cell += 1) {
      const dots = this.#dots[cell] ?? 0;
      const paint = paints[(this.#series[cell] ?? 0) % paints.length] ?? same;
      text += dots === 0 ? " " : paint(String.fromCharCode(BRAILLE + dots));
    }
    return text;
  }
}

/** The colour of a series by its position, for a legend. */
export function plotPaint(style: Style, index: number): Paint {
  const paints = paintsOf(style);
  return paints[index % paints.length] ?? same;
}

function paintsOf(style: Style): readonly Paint[] {
  return [style.cyan, style.yellow, style.green, style.blue, style.red];
}

function same(text: string): string {
  return text;
}
