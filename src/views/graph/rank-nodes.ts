/**
 * The layer of each node: one more than the last of its sources. Nodes without sources move down to just before their
 * first reader, which keeps their lines short. Edges to unknown nodes and back edges (there are none in a valid
 * pipeline) are passed over.
 */
export function rankNodes(
  nodes: readonly string[],
  edges: readonly { readonly from: string; readonly to: string }[],
): ReadonlyMap<string, number> {
  const targets = new Map<string, string[]>(nodes.map((name) => [name, []]));
  const waiting = new Map(nodes.map((name) => [name, 0]));
  for (const { from, to } of edges) {
    if (from === to || !waiting.has(to)) continue;
    targets.get(from)?.push(to);
    if (targets.has(from)) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const sources = nodes.filter((name) => waiting.get(name) === 0);
  const ranks = new Map(nodes.map((name) => [name, 0]));
  const ready = [...sources];
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    for (const target of targets.get(name) ?? []) {
      ranks.set(target, Math.max(ranks.get(target) ?? 0, (ranks.get(name) ?? 0) + 1));
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  for (const source of sources) {
    const first = Math.min(...(targets.get(source) ?? []).map((target) => ranks.get(target) ?? 0));
    if (Number.isFinite(first)) ranks.set(source, Math.max(0, first - 1));
  }
  return ranks;
}
