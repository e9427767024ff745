import type { DrawnEdge } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { renderTable } from "../terminal/table.ts";
import { oneLine, textWidth, truncate } from "../terminal/width.ts";
import { Canvas, LEFT } from "./canvas.ts";
import type { Drawing } from "./text-boxes.ts";

const NAME_MAXIMUM = 40;
/**
 * Beyond this, sources with the same readers share a lane, though a junction then no longer tells a source from a
 * reader.
 */
const OWN_LANES_MAXIMUM = 24;
/** Beyond this no eye follows a line. */
const LANES_MAXIMUM = 50;

/**
 * One row per node in the order of the flow; a line leaves each node to the right and comes back, with an arrow, to
 * each node that reads it. As high as there are nodes and hardly ever too wide, so that it serves where the layered
 * drawings do not fit.
 */
export function drawList(
  nodes: readonly string[],
  edges: readonly DrawnEdge[],
  options: { readonly style: Style; readonly width: number },
): Drawing {
  const order = depthFirstOrder(nodes, edges);
  const rows = new Map(order.map((name, row) => [name, row] as const));
  const own = wiresOf(order, rows, edges, false);
  const wires = laneCount(own) <= OWN_LANES_MAXIMUM ? own : wiresOf(order, rows, edges, true);
  const nameWidth = Math.min(NAME_MAXIMUM, Math.max(0, ...order.map((name) => textWidth(oneLine(name)))));
  const width = nameWidth + 4 + 2 * Math.max(0, laneCount(wires) - 1);
  if (laneCount(wires) > LANES_MAXIMUM || width > options.width) return drawTable(order, edges, options);
  const canvas = new Canvas();
  for (const [name, row] of rows) canvas.text(0, row, truncate(oneLine(name), nameWidth, "middle"), options.style.bold);
  for (const [index, wire] of wires.entries()) drawWire(canvas, wire, String(index), nameWidth + 1, options.style);
  return { lines: canvas.render(options.style.dim), width };
}

/** A line of the drawing: from the rows of its sources down its lane to the rows of its readers. */
interface Wire {
  readonly sources: readonly number[];
  readonly readers: readonly number[];
  readonly lane: number;
}

function drawWire(canvas: Canvas, wire: Wire, owner: string, arrowAt: number, style: Style): void {
  const laneAt = arrowAt + 2 + 2 * wire.lane;
  const rows = [...wire.sources, ...wire.readers];
  canvas.line(owner, laneAt, Math.min(...rows), laneAt, Math.max(...rows));
  for (const row of rows) canvas.line(owner, arrowAt + 1, row, laneAt, row);
  for (const row of wire.sources) canvas.stub(owner, arrowAt + 1, row, LEFT);
  for (const row of wire.readers) canvas.text(arrowAt, row, "◀", style.dim);
}

/** Each line on the innermost lane that is free over its rows. */
function wiresOf(
  order: readonly string[],
  rows: ReadonlyMap<string, number>,
  edges: readonly DrawnEdge[],
  share: boolean,
): readonly Wire[] {
  const readersOf = Map.groupBy(edges, (edge) => edge.from);
  const groups = new Map<string, { sources: number[]; readers: number[] }>();
  for (const name of order) {
    const readers = (readersOf.get(name) ?? []).flatMap((edge) => rows.get(edge.to) ?? []);
    if (readers.length === 0) continue;
    const key = share ? readers.toSorted((a, b) => a - b).join() : name;
    const group = groups.get(key) ?? { sources: [], readers };
    group.sources.push(rows.get(name) ?? 0);
    groups.set(key, group);
  }
  const freeFrom: number[] = [];
  return [...groups.values()].map(({ sources, readers }) => {
    const first = Math.min(...sources);
    let lane = freeFrom.findIndex((free) => free <= first);
    if (lane === -1) lane = freeFrom.length;
    freeFrom[lane] = readers.reduce((last, row) => Math.max(last, row), 0) + 1;
    return { sources, readers, lane };
  });
}

function laneCount(wires: readonly Wire[]): number {
  return wires.reduce((count, wire) => Math.max(count, wire.lane + 1), 0);
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

/** The last resort, for thousands of nodes in a tangle: words. */
function drawTable(
  order: readonly string[],
  edges: readonly DrawnEdge[],
  options: { readonly style: Style; readonly width: number },
): Drawing {
  const sourcesOf = Map.groupBy(edges, (edge) => edge.to);
  const columns = [
    { header: "NODE", minWidth: 12, cut: "middle" as const },
    { header: "AFTER", minWidth: 12 },
  ];
  const rows = order.map((name) => [name, (sourcesOf.get(name) ?? []).map((edge) => edge.from).join(", ") || "–"]);
  return { lines: renderTable(columns, rows, options), width: options.width };
}
