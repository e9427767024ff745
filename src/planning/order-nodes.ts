/** Nodes by index, each with the indexes of the nodes that must come before it. */
export type Predecessors = readonly (readonly number[])[];

export type Order =
  | { readonly ok: true; readonly order: readonly number[] }
  | { readonly ok: false; readonly cycles: readonly (readonly number[])[] };

/** Cycles beyond this many are not listed; mending the first ones shows the rest. */
const MAX_CYCLES = 10;

/**
 * An order in which every node comes after its predecessors; if several could come next, the one declared first does.
 * If there is none, cycles: lists of nodes in the direction of the edges, each beginning with its node declared first.
 */
export function orderNodes(predecessors: Predecessors): Order {
  const successors: number[][] = predecessors.map(() => []);
  const pending = predecessors.map((sources) => sources.length);
  for (const [index, sources] of predecessors.entries()) for (const source of sources) successors[source]?.push(index);

  const ready = new MinHeap();
  for (const [index, count] of pending.entries()) if (count === 0) ready.push(index);
  const order: number[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    order.push(index);
    for (const next of successors[index] ?? []) {
      const left = (pending[next] ?? 0) - 1;
      pending[next] = left;
      if (left === 0) ready.push(next);
    }
  }
  if (order.length === predecessors.length) return { ok: true, order };
  return { ok: false, cycles: findCycles(successors, (index) => (pending[index] ?? 0) > 0) };
}

/** Depth-first over the nodes that could not be ordered; iterative, since a cycle may be 100,000 nodes long. */
function findCycles(
  successors: readonly (readonly number[])[],
  isStuck: (index: number) => boolean,
): readonly (readonly number[])[] {
  const cycles: (readonly number[])[] = [];
  const state = new Map<number, "on-path" | "done">();
  for (let start = 0; start < successors.length && cycles.length < MAX_CYCLES; start++) {
    if (!isStuck(start) || state.has(start)) continue;
    const path: { readonly node: number; next: number }[] = [{ node: start, next: 0 }];
    state.set(start, "on-path");
    for (let top = path.at(-1); top !== undefined && cycles.length < MAX_CYCLES; top = path.at(-1)) {
      const successor = successors[top.node]?.[top.next];
      top.next += 1;
      if (successor === undefined) {
        state.set(top.node, "done");
        path.pop();
      } else if (state.get(successor) === "on-path") {
        const from = path.findIndex((entry) => entry.node === successor);
        cycles.push(startAtSmallest(path.slice(from).map((entry) => entry.node)));
      } else if (isStuck(successor) && !state.has(successor)) {
        state.set(successor, "on-path");
        path.push({ node: successor, next: 0 });
      }
    }
  }
  return cycles;
}

function startAtSmallest(cycle: readonly number[]): readonly number[] {
  let smallest = 0;
  for (const [position, node] of cycle.entries()) if (node < (cycle[smallest] ?? 0)) smallest = position;
  return [...cycle.slice(smallest), ...cycle.slice(0, smallest)];
}

/** A binary heap of numbers: sorting the ready nodes anew for each step would be quadratic on wide graphs. */
class MinHeap {
  readonly #items: number[] = [];

  push(value: number): void {
    const items = this.#items;
    let index = items.length;
    items.push(value);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] ?? 0;
      if (above <= value) break;
      items[index] = above;
      index = parent;
    }
    items[index] = value;
  }

  pop(): number | undefined {
    const items = this.#items;
    const [top] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] ?? 0) < (items[child] ?? 0)) child += 1;
      const below = items[child] ?? 0;
      if (below >= last) break;
      items[index] = below;
      index = child;
    }
    items[index] = last;
    return top;
  }
}
