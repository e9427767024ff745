import { layOut } from "../../../../src/views/index.ts";

export const BOX = { width: 196, height: 56 } as const;
const GAP = { across: 22, along: 92 } as const;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedGraph {
  /** The upper left corner of each node. */
  readonly corners: ReadonlyMap<string, Point>;
  /** The points that a long edge goes through between its ends, by `from\nto`. */
  readonly ways: ReadonlyMap<string, readonly Point[]>;
  readonly width: number;
  readonly height: number;
}

/** The drawing of a graph from left to right; the layers are those that a terminal shows. */
export function placeGraph(
  nodes: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
): PlacedGraph {
  const known = new Set(nodes);
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const { layers } = layOut({ nodes, edges: drawn, halfSize: () => BOX.height / 2, gap: GAP.across });
  const step = BOX.width + GAP.along;
  const corners = new Map<string, Point>();
  const ranks = new Map<string, number>();
  const passages = new Map<string, number>();
  layers.forEach((layer, rank) => {
    for (const { name, source, centre } of layer) {
      if (name === undefined) passages.set(`${rank}\n${source}`, centre);
      else {
        corners.set(name, { x: rank * step, y: centre - BOX.height / 2 });
        ranks.set(name, rank);
      }
    }
  });
  const ways = new Map(
    drawn.map(({ from, to }) => {
      const between: Point[] = [];
      for (let rank = (ranks.get(from) ?? 0) + 1; rank < (ranks.get(to) ?? 0); rank++) {
        const y = passages.get(`${rank}\n${from}`);
        if (y !== undefined) between.push({ x: rank * step, y }, { x: rank * step + BOX.width, y });
      }
      return [`${from}\n${to}`, between] as const;
    }),
  );
  const bottoms = [...corners.values()].map(({ y }) => y + BOX.height);
  return { corners, ways, width: layers.length * step, height: Math.max(0, ...bottoms) };
}

/** A smooth line through the points, each piece leaving and arriving level. */
export function smoothPath(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return "";
  let before = first;
  let path = `M${first.x},${first.y}`;
  for (const point of others) {
    const middle = (before.x + point.x) / 2;
    path +=
      before.y === point.y
        ? `L${point.x},${point.y}`
        : `C${middle},${before.y} ${middle},${point.y} ${point.x},${point.y}`;
    before = point;
  }
  return path;
}
