import type { PlacedEdge, PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";

/**
 * Nodes that wait for each other can never start. Each knot of them is reported once, with a shortest way round, at the
 * edge that closes it.
 */
export function lintCycles(placed: PlacedPipeline, report: Report): void {
  const edgesFrom = Map.groupBy(placed.edges, ({ edge }) => edge.source.node);
  const order = new Map([...edgesFrom.keys()].map((name, index) => [name, index]));
  for (const knot of knots(edgesFrom)) {
    const start = [...knot].reduce((first, name) => ((order.get(name) ?? 0) < (order.get(first) ?? 0) ? name : first));
    const { names, closing } = wayRound(start, knot, edgesFrom);
    report("cycle", closing.path, `these nodes wait for each other and can never start: ${way(names)}`, {
      hint: "remove one of these edges",
    });
  }
}

type EdgesFrom = ReadonlyMap<string, readonly PlacedEdge[]>;

interface Visit {
  readonly name: string;
  readonly order: number;
  low: number;
  next: number;
}

/** Strongly connected nodes, by Tarjan's algorithm, without recursion since a chain may have 100,000 nodes. */
function knots(edgesFrom: EdgesFrom): readonly ReadonlySet<string>[] {
  const found: ReadonlySet<string>[] = [];
  const visits = new Map<string, Visit>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const open: Visit[] = [];
  const enter = (name: string): void => {
    const visit: Visit = { name, order: visits.size, low: visits.size, next: 0 };
    visits.set(name, visit);
    onStack.add(name);
    stack.push(name);
    open.push(visit);
  };
  const leave = (visit: Visit): void => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.low = Math.min(parent.low, visit.low);
    if (visit.low !== visit.order) return;
    const members = new Set<string>();
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      members.add(name);
      onStack.delete(name);
      if (name === visit.name) break;
    }
    if (members.size > 1 || pointsToItself(visit.name, edgesFrom)) found.push(members);
  };
  for (const start of edgesFrom.keys()) {
    if (!visits.has(start)) enter(start);
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      const target = edgesFrom.get(visit.name)?.[visit.next++]?.edge.target.node;
      if (target === undefined) {
        open.pop();
        leave(visit);
      } else if (!visits.has(target)) enter(target);
      else if (onStack.has(target)) visit.low = Math.min(visit.low, visits.get(target)?.order ?? 0);
    }
  }
  return found;
}

function pointsToItself(name: string, edgesFrom: EdgesFrom): boolean {
  return (edgesFrom.get(name) ?? []).some(({ edge }) => edge.target.node === name);
}

/** A long way is shown by its ends. */
function way(names: readonly string[]): string {
  const shown =
    names.length <= 12 ? names : [...names.slice(0, 6), `… ${names.length - 11} more …`, ...names.slice(-5)];
  return shown.join(" → ");
}

/** A shortest way from one of the knot's nodes back to it. */
function wayRound(
  start: string,
  knot: ReadonlySet<string>,
  edgesFrom: EdgesFrom,
): { names: readonly string[]; closing: PlacedEdge } {
  const cameBy = new Map<string, PlacedEdge>();
  const queue = [start];
  for (const name of queue) {
    for (const placed of edgesFrom.get(name) ?? []) {
      const target = placed.edge.target.node;
      if (target === start) return { names: [...backTo(start, name, cameBy), start], closing: placed };
      if (!knot.has(target) || cameBy.has(target)) continue;
      cameBy.set(target, placed);
      queue.push(target);
    }
  }
  throw new Error(`no way round ${start}`);
}

function backTo(start: string, end: string, cameBy: ReadonlyMap<string, PlacedEdge>): readonly string[] {
  const names = [end];
  for (let name = end; name !== start; ) {
    name = cameBy.get(name)?.edge.source.node ?? start;
    names.push(name);
  }
  return names.reverse();
}
