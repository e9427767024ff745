import type { NodeView, PipelineGraph } from "../../../../src/api/index.ts";
import { formatSize, plural } from "../../../../src/views/index.ts";

/** An edge of the graph, and in words what flowed along it. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** The edges of a run: what waits for what, with the files that each node had from the other. */
export function flowsOf(nodes: readonly NodeView[], graph: PipelineGraph | undefined): readonly Flow[] {
  const makers = makersOf(nodes);
  const named = namedFlows(graph);
  return nodes.flatMap(({ name: to, dependsOn, execution }) =>
    dependsOn.map((from) => {
      const files = new Map(
        (execution?.inputs ?? [])
          .filter(
            ({ datum, sha256 }) => makers.get(datum)?.has(from) === true || makers.get(sha256)?.has(from) === true,
          )
          .map((file) => [file.datum, file.sizeBytes] as const),
      );
      const size = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
      const amount = files.size === 0 ? [] : [`${plural(files.size, "file")}, ${formatSize(size)}`];
      return { from, to, label: [...amount, ...(named.get(`${from}\n${to}`) ?? [])].join(" · ") };
    }),
  );
}

/** The nodes that made a file, by its id and by its content: a reused node has that of an earlier execution. */
function makersOf(nodes: readonly NodeView[]): ReadonlyMap<string, ReadonlySet<string>> {
  const makers = new Map<string, Set<string>>();
  for (const { name, execution } of nodes)
    for (const { id, sha256 } of execution?.outputs ?? [])
      for (const key of [id, sha256]) {
        const known = makers.get(key) ?? new Set();
        makers.set(key, known.add(name));
      }
  return makers;
}

/** Parameters and metadata that flow, by name. */
function namedFlows(graph: PipelineGraph | undefined): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, string[]>();
  for (const { source, target } of graph?.edges ?? []) {
    if (source.type !== "parameter" && source.type !== "metadata") continue;
    const key = `${source.node}\n${target.node}`;
    named.set(key, [...(named.get(key) ?? []), source.key]);
  }
  return named;
}
