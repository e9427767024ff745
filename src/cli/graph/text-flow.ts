import { type DrawnEdge, layOut } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, textWidth } from "../terminal/width.ts";
import { Canvas } from "./canvas.ts";
import { drawGap, drawLine } from "./draw-gap.ts";
import { type RoutedGap, routeGap } from "./route.ts";
import type { Drawing } from "./text-boxes.ts";

/**
 * From left to right, one row per node: half as high as boxes, for graphs with many nodes side by side.
 * `pitch` is the distance between parallel lines: 2 reads better, 1 saves width.
 */
export function drawFlow(nodes: readonly string[], edges: readonly DrawnEdge[], style: Style, pitch: 1 | 2): Drawing {
  // Rows may touch unless lines had to be split: those need free rows between.
  const tight = routed(nodes, edges, 0);
  const { layout, gaps } = tight.gaps.some(hasSplitLine) ? routed(nodes, edges, 1) : tight;
  const canvas = new Canvas();
  const sources = new Set(edges.map((edge) => edge.from));
  const targets = new Set(edges.map((edge) => edge.to));
  let left = 0;
  for (const [index, layer] of layout.layers.entries()) {
    const isLedTo = layer.some(({ name }) => name !== undefined && targets.has(name));
    const labelWidth = Math.max(0, ...layer.map(({ name }) => (name === undefined ? 0 : textWidth(oneLine(name)))));
    const nameAt = left + (isLedTo ? 2 : 0);
    const end = nameAt + labelWidth + 1;
    for (const { name, source, centre } of layer) {
      if (name === undefined) {
        drawLine(canvas, "right", source, [left, centre], [end, centre]);
        continue;
      }
      if (targets.has(name)) canvas.text(left, centre, "▶", style.dim);
      canvas.text(nameAt, centre, oneLine(name), style.bold);
      if (sources.has(name))
        drawLine(canvas, "right", name, [nameAt + textWidth(oneLine(name)) + 1, centre], [end, centre]);
    }
    const gap = gaps[index];
    if (gap === undefined) return { lines: canvas.render(style.dim), width: end };
    left = end + 1 + pitch * Math.max(1, gap.trackCount) - (pitch - 1);
    drawGap(canvas, gap, { start: end, end: left, track: (track) => end + 1 + pitch * track, orientation: "right" });
  }
  return { lines: canvas.render(style.dim), width: left };
}

function routed(nodes: readonly string[], edges: readonly DrawnEdge[], gap: number) {
  const layout = layOut({ nodes, edges, halfSize: () => 0, gap });
  return { layout, gaps: layout.gaps.map(routeGap) };
}

function hasSplitLine(gap: RoutedGap): boolean {
  return gap.lines.some((line) => line.fromTrack !== undefined);
}
