import { type DrawnEdge, type Layout, layOut } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, textWidth } from "../terminal/width.ts";
import { Canvas } from "./canvas.ts";
import { drawGap, drawLine } from "./draw-gap.ts";
import { routeGap } from "./route.ts";

/** A drawing and the columns it takes. */
export interface Drawing {
  readonly lines: readonly string[];
  readonly width: number;
}

const BOX_HEIGHT = 3;

/** From top to bottom, each node in a box. For graphs that are not too wide. */
export function drawBoxes(nodes: readonly string[], edges: readonly DrawnEdge[], style: Style): Drawing {
  const half = (name: string): number => (boxWidth(oneLine(name)) - 1) / 2;
  const layout = layOut({ nodes, edges, halfSize: half, gap: 2 });
  const gaps = layout.gaps.map(routeGap);
  const canvas = new Canvas();
  const targets = new Set(edges.map((edge) => edge.to));
  const sources = new Set(edges.map((edge) => edge.from));
  let top = 0;
  for (const [index, layer] of layout.layers.entries()) {
    for (const { name, source, centre } of layer) {
      if (name === undefined) drawLine(canvas, "down", source, [top, centre], [top + BOX_HEIGHT - 1, centre]);
      else
        drawBox(
          canvas,
          { left: centre - half(name), top, label: oneLine(name), hasIn: targets.has(name), hasOut: sources.has(name) },
          style,
        );
    }
    const gap = gaps[index];
    if (gap === undefined) break;
    const start = top + BOX_HEIGHT - 1;
    top += BOX_HEIGHT + gap.trackCount;
    drawGap(canvas, gap, { start, end: top, track: (track) => start + 1 + track, orientation: "down" });
  }
  return { lines: canvas.render(style.dim), width: extent(layout, half) };
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly label: string;
  readonly hasIn: boolean;
  readonly hasOut: boolean;
}

/** Odd, so that the middle is a column. */
function boxWidth(label: string): number {
  const width = textWidth(label) + 4;
  return width % 2 === 1 ? width : width + 1;
}

function drawBox(canvas: Canvas, { left, top, label, hasIn, hasOut }: Box, style: Style): void {
  const side = "─".repeat((boxWidth(label) - 3) / 2);
  const padding = boxWidth(label) - 3 - textWidth(label);
  canvas.text(left, top, `┌${side}${hasIn ? "▼" : "─"}${side}┐`);
  canvas.text(left, top + 1, "│ ");
  canvas.text(left + 2, top + 1, label, style.bold);
  canvas.text(left + 2 + textWidth(label), top + 1, `${" ".repeat(padding)}│`);
  canvas.text(left, top + 2, `└${side}${hasOut ? "┬" : "─"}${side}┘`);
}

/** Columns from the left edge to the last box or line. */
function extent(layout: Layout, half: (name: string) => number): number {
  const ends = layout.layers.flat().map(({ name, centre }) => centre + (name === undefined ? 0 : half(name)) + 1);
  return Math.max(0, ...ends);
}
