import { orderLayers } from "./order-layers.ts";
import { rankNodes } from "./rank-nodes.ts";

/**
 * A layered drawing (Sugiyama's way): nodes stand in layers along the flow, and every line goes from a layer to the
 * next. "Along" is the direction of the flow and "across" the other one, so that the same layout serves top-down and
 * left-right pictures.
 */
export interface Layout {
  readonly layers: readonly (readonly LayoutNode[])[];
  /** For each gap between two layers, the lines that cross it. */
  readonly gaps: readonly (readonly Line[])[];
}

export interface LayoutNode {
  /** A node's name; undefined for a place where a longer line passes through. */
  readonly name: string | undefined;
  /** The node whose line it is; for a real node, itself. */
  readonly source: string;
  /** Middle of its extent across. */
  readonly centre: number;
}

/**
 * All that a source (or the passage of its line) sends to the next layer. One line per source: a fan-out is a bus, not
 * a bundle.
 */
export interface Line {
  readonly source: string;
  readonly from: number;
  readonly to: readonly LineEnd[];
}

export interface LineEnd {
  readonly centre: number;
  /** The node reached; undefined where the line goes on to a later layer. */
  readonly name: string | undefined;
}

export interface LayoutInput {
  readonly nodes: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Half of a node's extent across, without its middle; whole numbers give whole centres. */
  readonly halfSize: (name: string) => number;
  /** Free space between neighbours. */
  readonly gap: number;
}

/** A cell of the layered graph while it is being ordered and placed. */
export interface Place {
  readonly name: string | undefined;
  readonly source: string;
  readonly next: Place[];
  readonly previous: Place[];
}

export function layOut(input: LayoutInput): Layout {
  const layers = orderLayers(makeLayers(input));
  const centres = placeAcross(layers, input);
  const centre = (place: Place): number => centres.get(place) ?? 0;
  return {
    layers: layers.map((layer) =>
      layer.map((place) => ({ name: place.name, source: place.source, centre: centre(place) })),
    ),
    gaps: layers.slice(0, -1).map((layer) =>
      layer
        .filter((place) => place.next.length > 0)
        .map((place) => ({
          source: place.source,
          from: centre(place),
          to: place.next.map((next) => ({ centre: centre(next), name: next.name })),
        })),
    ),
  };
}

/** Ranks the nodes, and gives each line that spans several layers one passage in every layer between. */
function makeLayers({ nodes, edges }: LayoutInput): Place[][] {
  const ranks = rankNodes(nodes, edges);
  const layers: Place[][] = Array.from({ length: Math.max(-1, ...ranks.values()) + 1 }, () => []);
  const places = new Map(nodes.map((name) => [name, newPlace(name, name)] as const));
  for (const [name, place] of places) layers[ranks.get(name) ?? 0]?.push(place);
  const passages = new Map<string, Place>();
  for (const { from, to } of edges) {
    let place = places.get(from);
    const end = places.get(to);
    if (place === undefined || end === undefined) continue;
    for (let rank = (ranks.get(from) ?? 0) + 1; rank < (ranks.get(to) ?? 0); rank++) {
      const key = JSON.stringify([from, rank]);
      let passage = passages.get(key);
      if (passage === undefined) {
        passage = newPlace(undefined, from);
        passages.set(key, passage);
        layers[rank]?.push(passage);
        connect(place, passage);
      }
      place = passage;
    }
    connect(place, end);
  }
  return layers;
}

function newPlace(name: string | undefined, source: string): Place {
  return { name, source, next: [], previous: [] };
}

function connect(from: Place, to: Place): void {
  if (from.next.includes(to)) return;
  from.next.push(to);
  to.previous.push(from);
}

const SWEEPS = 12;
/** If a node and a passing line want the same place, the line gives way. */
const NODE_WEIGHT = 1000;

/** Moves every place as near as its neighbours in its layer allow to the middle of what it is connected with. */
function placeAcross(layers: readonly (readonly Place[])[], { halfSize, gap }: LayoutInput): Map<Place, number> {
  const half = (place: Place): number => (place.name === undefined ? 0 : halfSize(place.name));
  const centres = new Map<Place, number>();
  for (const layer of layers)
    assign(
      layer,
      layer.map(() => 0),
      half,
      gap,
      centres,
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      const wishes = layer.map((place) => {
        const neighbours = neighboursOf(place, isDown);
        return neighbours.length === 0
          ? (centres.get(place) ?? 0)
          : median(neighbours.map((other) => centres.get(other) ?? 0));
      });
      assign(layer, wishes, half, gap, centres);
    }
  }
  const first = layers
    .flat()
    .reduce((least, place) => Math.min(least, (centres.get(place) ?? 0) - half(place)), Number.POSITIVE_INFINITY);
  for (const [place, centre] of centres) centres.set(place, centre - first);
  return centres;
}

/**
 * Those that a place wants to be near. Nodes count before passages: what follows directly stands in one column, and the
 * bypass bends.
 */
function neighboursOf(place: Place, isDown: boolean): readonly Place[] {
  const [near, far] = isDown ? [place.previous, place.next] : [place.next, place.previous];
  const around = near.length > 0 ? near : far;
  const nodes = around.filter((other) => other.name !== undefined);
  return nodes.length > 0 ? nodes : around;
}

/**
 * The centres nearest to the wishes (least squares) that keep order and distance: with the distances taken out,
 * that is isotonic regression, solved by pooling neighbours whose wishes contradict their order.
 */
function assign(
  layer: readonly Place[],
  wishes: readonly number[],
  half: (place: Place) => number,
  gap: number,
  centres: Map<Place, number>,
): void {
  const offsets: number[] = [];
  layer.forEach((place, index) => {
    const before = layer[index - 1];
    offsets.push(before === undefined ? 0 : (offsets[index - 1] ?? 0) + half(before) + half(place) + gap + 1);
  });
  const pools: { sum: number; weight: number; count: number }[] = [];
  wishes.forEach((wish, index) => {
    const weight = layer[index]?.name === undefined ? 1 : NODE_WEIGHT;
    let pool = { sum: weight * (wish - (offsets[index] ?? 0)), weight, count: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.weight >= pool.sum / pool.weight;
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const bases = pools.flatMap(({ sum, weight, count }) =>
    Array.from({ length: count }, () => Math.round(sum / weight)),
  );
  layer.forEach((place, index) => {
    centres.set(place, (bases[index] ?? 0) + (offsets[index] ?? 0));
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
