import type { Style } from "../terminal/style.ts";
import { oneLine, pad, textWidth, truncate } from "../terminal/width.ts";
import { Canvas, LEFT } from "./canvas.ts";
import type { DrawnEdge } from "./pipeline-graph.ts";
import type { Drawing } from "./text-boxes.ts";

const NAME_MAXIMUM = 40;

/**
 * One row per node in the order of the flow; a line leaves each node to the right and comes back, with an arrow, to each node that reads it.
 * As high as there are nodes and hardly ever too wide, so that it serves where the layered drawings do not fit.
 */
export function drawList(nodes: readonly string[], edges: readonly DrawnEdge[], style: Style): Drawing {
  const readersOf = Map.groupBy(edges, (edge) => edge.from);
  const order = depthFirstOrder(nodes, edges);
  const rows = new Map(order.map((name, row) => [name, row] as const));
  const nameWidth = Math.min(NAME_MAXIMUM, Math.max(0, ...order.map((name) => textWidth(oneLine(name)))));
  const lanes = laneOf(order, rows, edges);
  const canvas = new Canvas();
  const laneAt = (name: string): number => nameWidth + 3 + 2 * (lanes.get(name) ?? 0);
  const arrowAt = nameWidth + 1;
  for (const name of order) canvas.text(0, rows.get(name) ?? 0, pad(truncate(oneLine(name), nameWidth, "middle"), nameWidth), style.bold);
  for (const name of order) {
    const readers = (readersOf.get(name) ?? []).filter((edge) => rows.has(edge.to)).map((edge) => rows.get(edge.to) ?? 0);
    if (readers.length === 0) continue;
    const row = rows.get(name) ?? 0;
    canvas.line(`out ${name}`, arrowAt + 1, row, laneAt(name), row);
    canvas.line(`out ${name}`, laneAt(name), row, laneAt(name), Math.max(row, ...readers));
    canvas.stub(`out ${name}`, arrowAt + 1, row, LEFT);
    for (const reader of readers) {
      canvas.line(`out ${name}`, arrowAt + 1, reader, laneAt(name), reader);
      canvas.text(arrowAt, reader, "◀", style.dim);
    }
  }
  return { lines: canvas.render(style.dim), width: nameWidth + 4 + 2 * Math.max(0, ...lanes.values()) };
}

/** An order that respects the edges and follows each branch to its end before the next, which keeps lines short. */
function depthFirstOrder(nodes: readonly string[], edges: readonly DrawnEdge[]): readonly string[] {
  const waiting = new Map(nodes.map((name) => [name, 0]));
  const targets = new Map<string, string[]>(nodes.map((name) => [name, []]));
  for (const { from, to } of edges) {
    if (!targets.has(from) || !waiting.has(to)) continue;
    targets.get(from)?.push(to);
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const ready = nodes.filter((name) => waiting.get(name) === 0).toReversed();
  const order: string[] = [];
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    order.push(name);
    for (const target of (targets.get(name) ?? []).toReversed()) {
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return order;
}

/** The innermost lane that is free over the rows from a node to its last reader. */
function laneOf(order: readonly string[], rows: ReadonlyMap<string, number>, edges: readonly DrawnEdge[]): ReadonlyMap<string, number> {
  const lastReader = new Map<string, number>();
  for (const { from, to } of edges) lastReader.set(from, Math.max(lastReader.get(from) ?? 0, rows.get(to) ?? 0));
  const freeFrom: number[] = [];
  const lanes = new Map<string, number>();
  for (const name of order) {
    const end = lastReader.get(name);
    if (end === undefined) continue;
    const row = rows.get(name) ?? 0;
    let lane = freeFrom.findIndex((free) => free <= row);
    if (lane === -1) lane = freeFrom.length;
    freeFrom[lane] = end + 1;
    lanes.set(name, lane);
  }
  return lanes;
}
