import { rankNodes } from "./rank-nodes.ts";

/** A node as its groups are found: by the words of its name, else by its step. */
export interface GroupedNode {
  readonly name: string;
  readonly step: string;
}

/** Nodes that stand together as one box, or did before somebody opened it. */
export interface NodeGroup {
  readonly name: string;
  /** Names of the nodes, in the order of the graph. */
  readonly members: readonly string[];
  readonly isOpen: boolean;
}

export interface FoldedGroups {
  /** The groups that are closed, and those that are open, in the order of their first nodes. */
  readonly groups: readonly NodeGroup[];
  /** Names of groups by the nodes that are hidden in them. */
  readonly groupOf: ReadonlyMap<string, string>;
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Fewer are told apart at a glance. */
const LEAST = 3;

/**
 * Puts the nodes of a graph together whose names begin alike: `load-eu-1`, `load-eu-2` … are `load-eu`, which is part
 * of `load` where there is more of it; a name without company goes with others of its step. A node is in the widest
 * group that is not open. Two groups that wait for each other would make a circle of the graph: such a group is one a
 * layer.
 */
export function foldGroups(
  nodes: readonly GroupedNode[],
  edges: readonly Edge[],
  open: ReadonlySet<string>,
): FoldedGroups {
  const chains = groupChains(nodes);
  const seen = new Map<string, string[]>();
  const groupOf = new Map<string, string>();
  for (const { name } of nodes) {
    for (const group of chains.get(name) ?? []) {
      if (open.has(group)) {
        put(seen, group, name);
        continue;
      }
      groupOf.set(name, group);
      break;
    }
  }
  splitCircles(nodes, edges, { open, groupOf, seen });
  for (const [name, group] of groupOf) put(seen, group, name);
  const order = new Map(nodes.map(({ name }, index) => [name, index]));
  const groups = [...seen].map(([name, members]) => ({ name, members, isOpen: open.has(name) }));
  const first = ({ members }: NodeGroup): number => order.get(members[0] ?? "") ?? 0;
  return { groups: groups.sort((a, b) => first(a) - first(b)), groupOf };
}

function put(members: Map<string, string[]>, group: string, name: string): void {
  const known = members.get(group);
  if (known === undefined) members.set(group, [name]);
  else known.push(name);
}

/** The groups that each node could be in, the widest first. */
function groupChains(nodes: readonly GroupedNode[]): ReadonlyMap<string, readonly string[]> {
  const isGroup = groupsAmong(nodes.map(({ name }) => prefixesOf(name)));
  const byName = new Map(nodes.map(({ name }) => [name, prefixesOf(name).filter(isGroup)] as const));
  const others = nodes.filter(({ name }) => byName.get(name)?.length === 0);
  const isStep = groupsAmong(
    others.map(({ step }) => [step]),
    nodes.length,
  );
  for (const { name, step } of others) if (isStep(step)) byName.set(name, [step]);
  return byName;
}

/** Tells of a word if enough share it, but not all, and no longer one is shared by the same. */
function groupsAmong(words: readonly (readonly string[])[], all = words.length): (word: string) => boolean {
  const counts = new Map<string, number>();
  for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const counted = (word: string): number => counts.get(word) ?? 0;
  const narrower = new Set(
    words.flatMap((chain) =>
      chain.filter((word, index) => chain.slice(index + 1).some((longer) => counted(longer) === counted(word))),
    ),
  );
  return (word) => counted(word) >= LEAST && counted(word) < all && !narrower.has(word);
}

/** `load-eu-12` → `load`, `load-eu`; `fold3` → `fold`. */
function prefixesOf(name: string): readonly string[] {
  const ends = [...name.matchAll(/[-_./: ]+|(?<=[^-_./: \d])(?=\d+$)/g)].map(({ index }) => index);
  return ends.filter((end) => end > 0).map((end) => name.slice(0, end));
}

interface Folding {
  readonly open: ReadonlySet<string>;
  readonly groupOf: Map<string, string>;
  readonly seen: Map<string, string[]>;
}

/** Takes groups apart, layer by layer, until no box waits for itself. */
function splitCircles(nodes: readonly GroupedNode[], edges: readonly Edge[], folding: Folding): void {
  const { open, groupOf, seen } = folding;
  const boxOf = (name: string): string => (groupOf.has(name) ? `group ${groupOf.get(name)}` : name);
  const layers = rankNodes(
    nodes.map(({ name }) => name),
    edges,
  );
  for (;;) {
    const circling = inCircles(
      nodes.map(({ name }) => boxOf(name)),
      edges.map(({ from, to }) => ({ from: boxOf(from), to: boxOf(to) })),
    );
    const taken = nodes.filter(({ name }) => groupOf.has(name) && circling.has(boxOf(name)));
    const parts = [...Map.groupBy(taken, ({ name }) => partName(groupOf.get(name) ?? "", layers.get(name) ?? 0))];
    // A part that is one layer is in no circle with others of its kind: the graph of layers goes one way.
    const isNew = parts.some(([part, members]) => members.some(({ name }) => groupOf.get(name) !== part));
    if (!isNew) return;
    for (const [part, members] of parts) {
      for (const { name } of members) {
        if (members.length >= LEAST && !open.has(part)) groupOf.set(name, part);
        else groupOf.delete(name);
        if (open.has(part)) put(seen, part, name);
      }
    }
  }
}

/** `train, layer 4`; a part stays itself. */
function partName(group: string, layer: number): string {
  return /, layer \d+$/.test(group) ? group : `${group}, layer ${layer + 1}`;
}

/** The boxes that stand in a circle, or between two of them. */
function inCircles(boxes: readonly string[], edges: readonly Edge[]): ReadonlySet<string> {
  const reversed = edges.map(({ from, to }) => ({ from: to, to: from }));
  const behind = leftOver(boxes, edges);
  const before = leftOver(boxes, reversed);
  return behind.intersection(before);
}

/** The boxes that never have all their sources behind them. */
function leftOver(boxes: readonly string[], edges: readonly Edge[]): Set<string> {
  const left = new Set(boxes);
  const waiting = new Map<string, Set<string>>();
  const readers = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    if (from === to || !left.has(from) || !left.has(to)) continue;
    waiting.set(to, (waiting.get(to) ?? new Set()).add(from));
    readers.set(from, (readers.get(from) ?? new Set()).add(to));
  }
  const ready = [...left].filter((box) => !waiting.has(box));
  for (let box = ready.pop(); box !== undefined; box = ready.pop()) {
    left.delete(box);
    for (const reader of readers.get(box) ?? []) {
      const sources = waiting.get(reader);
      sources?.delete(box);
      if (sources?.size === 0) ready.push(reader);
    }
  }
  return left;
}
