/** A group as records have it. */
interface Group {
  readonly name: string;
  readonly pipeline: string;
  readonly parent: string | null;
}

/** A row of a list of nodes: a group, or a node, with the number of groups around it. */
export type GroupRow<Node> =
  | { readonly kind: "group"; readonly group: Group; readonly members: readonly Node[]; readonly depth: number }
  | { readonly kind: "node"; readonly node: Node; readonly depth: number };

/**
 * Nodes with the groups that they are parts of: a group stands where its first node does, and all its nodes below it.
 * `isClosed` tells of a group if it stands for its nodes.
 */
export function groupRows<Node extends { readonly group: string | null }>(
  nodes: readonly Node[],
  groups: readonly Group[],
  isClosed: (members: readonly Node[]) => boolean,
): readonly GroupRow<Node>[] {
  const known = new Map(groups.map((group) => [group.name, group]));
  /** The groups around a node, the outermost first. A group that is not known is none. */
  const around = ({ group }: Node): readonly Group[] => {
    const chain: Group[] = [];
    for (let each = known.get(group ?? ""); each !== undefined; each = known.get(each.parent ?? "")) chain.push(each);
    return chain.reverse();
  };
  const below = (members: readonly Node[], depth: number): readonly GroupRow<Node>[] => {
    const parts = Map.groupBy(members, (node) => around(node)[depth] ?? node);
    return [...parts].flatMap(([part, own]): readonly GroupRow<Node>[] => {
      if (!isGroup(part, known)) return [{ kind: "node", node: part, depth }];
      const row: GroupRow<Node> = { kind: "group", group: part, members: own, depth };
      return isClosed(own) ? [row] : [row, ...below(own, depth + 1)];
    });
  };
  return below(nodes, 0);
}

function isGroup<Node>(part: Node | Group, known: ReadonlyMap<string, Group>): part is Group {
  return typeof part === "object" && part !== null && "pipeline" in part && known.get(part.name) === part;
}

/** The first of these that a node is in tells the state of its group; then what most nodes are in. */
const FIRST = ["error", "approval", "stopping", "started", "preparing", "queued", "stopped"];

/** The state that stands for a group, and how many of its nodes are in which state, the most first. */
export function groupState(states: readonly string[]): {
  readonly state: string;
  readonly counts: readonly (readonly [state: string, count: number])[];
} {
  const known = new Map<string, number>();
  for (const state of states) known.set(state, (known.get(state) ?? 0) + 1);
  const counts = [...known].sort(([, a], [, b]) => b - a);
  return { state: FIRST.find((each) => known.has(each)) ?? counts[0]?.[0] ?? "waiting", counts };
}
