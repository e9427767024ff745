import type { LineageNode, LineageView } from "../../api/index.ts";

/** A file, an execution, or many of them that stand alike in the lineage. */
export interface FoldedNode {
  /** Id of the single member, or `+` and the id of the first of several. */
  readonly id: string;
  readonly kind: LineageNode["kind"];
  readonly members: readonly LineageNode[];
}

export interface FoldedEdge {
  readonly from: string;
  readonly to: string;
  /** The names of the inputs that received files on this way. */
  readonly inputs: readonly string[];
}

export interface FoldedLineage {
  readonly nodes: readonly FoldedNode[];
  readonly edges: readonly FoldedEdge[];
}

export interface FoldOptions {
  /** The ids of groups that are shown one by one. */
  readonly open: ReadonlySet<string>;
  /** The ids of nodes that stand by themselves. */
  readonly apart: ReadonlySet<string>;
}

/** Fewer stay as they are. */
const LEAST = 4;

/**
 * Puts together what stands alike: files that come from and go to the same, executions of one step that received and
 * made the same. "The same" means alike again, so that hundred trials become one box between one file and one box of
 * hundred models. Colours are refined until none splits any more (as in the comparison of graphs by Weisfeiler and
 * Leman); how many neighbours of a colour there are does not count.
 */
export function foldLineage({ nodes, edges }: LineageView, { open, apart }: FoldOptions): FoldedLineage {
  const colours = refined(
    new Map(nodes.map((node) => [node.id, apart.has(node.id) ? `apart ${node.id}` : firstColour(node)])),
    edges,
  );
  const groups = Map.groupBy(nodes, ({ id }) => colours.get(id));
  const places = new Map<string, string>();
  const folded: FoldedNode[] = [];
  for (const node of nodes) {
    const members = groups.get(colours.get(node.id)) ?? [node];
    const id = `+${members[0]?.id ?? ""}`;
    const isGroup = members.length >= LEAST && !open.has(id);
    places.set(node.id, isGroup ? id : node.id);
    if (!isGroup) folded.push({ id: node.id, kind: node.kind, members: [node] });
    else if (members[0] === node) folded.push({ id, kind: node.kind, members });
  }
  return { nodes: folded, edges: foldedEdges(edges, places) };
}

/** The group that a node would be in; undefined where it stands by itself. */
export function groupOf(lineage: LineageView, id: string, options: FoldOptions): FoldedNode | undefined {
  return foldLineage(lineage, { ...options, open: new Set() }).nodes.find(
    ({ members }) => members.length > 1 && members.some((member) => member.id === id),
  );
}

function firstColour(node: LineageNode): string {
  return node.kind === "file" ? "file" : JSON.stringify([node.step, node.state]);
}

type Colours = ReadonlyMap<string, string | number>;

function refined(first: Colours, edges: LineageView["edges"]): Colours {
  const before = Map.groupBy(edges, ({ to }) => to);
  const after = Map.groupBy(edges, ({ from }) => from);
  let colours = first;
  for (let count = new Set(colours.values()).size; ; ) {
    const names = new Map<string, number>();
    const known = colours;
    const setOf = (ids: readonly string[]) => [...new Set(ids.map((id) => known.get(id)))].sort();
    const next = new Map(
      [...known].map(([id, colour]) => {
        const from = setOf((before.get(id) ?? []).map((edge) => edge.from));
        const to = setOf((after.get(id) ?? []).map((edge) => edge.to));
        const name = JSON.stringify([colour, from, to]);
        names.set(name, names.get(name) ?? names.size);
        return [id, names.get(name) ?? 0] as const;
      }),
    );
    if (names.size === count) return colours;
    colours = next;
    count = names.size;
  }
}

function foldedEdges(edges: LineageView["edges"], places: ReadonlyMap<string, string>): readonly FoldedEdge[] {
  const found = new Map<string, { from: string; to: string; inputs: Set<string> }>();
  for (const edge of edges) {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (from === undefined || to === undefined) continue;
    const key = `${from}\n${to}`;
    const way = found.get(key) ?? { from, to, inputs: new Set<string>() };
    if (edge.input !== null) way.inputs.add(edge.input);
    found.set(key, way);
  }
  return [...found.values()].map(({ inputs, ...way }) => ({ ...way, inputs: [...inputs] }));
}

/** A node, what it was made of and what was made of it, as far as the lineage has them. */
export function relatedTo(id: string, edges: readonly FoldedEdge[]): ReadonlySet<string> {
  const related = new Set([id]);
  for (const [near, far] of [
    ["to", "from"],
    ["from", "to"],
  ] as const) {
    const ways = Map.groupBy(edges, (edge) => edge[near]);
    const reached = new Set([id]);
    // A set is walked through also where it grows.
    for (const at of reached) for (const edge of ways.get(at) ?? []) reached.add(edge[far]);
    for (const each of reached) related.add(each);
  }
  return related;
}
