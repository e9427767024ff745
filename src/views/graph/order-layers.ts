import type { Place } from "./layout.ts";

const SWEEPS = 8;

/** Orders each layer so that few lines cross: barycentre sweeps down and up, keeping the best order seen. */
export function orderLayers(layers: readonly Place[][]): Place[][] {
  let best = layers.map((layer) => [...layer]);
  let bestCrossings = countCrossings(best);
  const current = best.map((layer) => [...layer]);
  for (let sweep = 0; sweep < SWEEPS && bestCrossings > 0; sweep++) {
    const isDown = sweep % 2 === 0;
    for (let step = 1; step < current.length; step++) {
      const index = isDown ? step : current.length - 1 - step;
      const fixed = current[isDown ? index - 1 : index + 1] ?? [];
      current[index] = sortByBarycentre(current[index] ?? [], fixed, isDown);
    }
    const crossings = countCrossings(current);
    if (crossings < bestCrossings) {
      bestCrossings = crossings;
      best = current.map((layer) => [...layer]);
    }
  }
  return best;
}

/** Pairs of lines that cross, over all gaps: inversions of the order of their ends. */
export function countCrossings(layers: readonly (readonly Place[])[]): number {
  let crossings = 0;
  for (const [index, layer] of layers.slice(0, -1).entries()) {
    const below = layers[index + 1] ?? [];
    const positions = new Map(below.map((place, position) => [place, position] as const));
    const ends = layer.flatMap((place) => place.next.map((next) => positions.get(next) ?? 0).sort((a, b) => a - b));
    crossings += inversions(ends, below.length);
  }
  return crossings;
}

/** With a Fenwick tree: a fan-out of thousands must not take a quadratic number of steps. */
function inversions(values: readonly number[], size: number): number {
  const tree = new Array<number>(size + 1).fill(0);
  let total = 0;
  values.forEach((value, seen) => {
    let notGreater = 0;
    for (let at = value + 1; at > 0; at -= at & -at) notGreater += tree[at] ?? 0;
    total += seen - notGreater;
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  });
  return total;
}

function sortByBarycentre(layer: readonly Place[], fixed: readonly Place[], isDown: boolean): Place[] {
  const positions = new Map(fixed.map((place, position) => [place, position] as const));
  const keyed = layer.map((place, index) => {
    const neighbours = isDown ? place.previous : place.next;
    const sum = neighbours.reduce((total, other) => total + (positions.get(other) ?? 0), 0);
    // A place that has no neighbour on that side keeps its relative place.
    return {
      place,
      key: neighbours.length === 0 ? (index * fixed.length) / Math.max(1, layer.length) : sum / neighbours.length,
    };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ place }) => place);
}
