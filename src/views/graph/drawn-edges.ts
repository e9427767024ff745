import type { PipelineGraph } from "../../api/index.ts";
import type { Edge } from "../../config/index.ts";

type GraphEdge = PipelineGraph["edges"][number];

/** Edges between the same two nodes drawn as one line; what flows along each stands in `flows`. */
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly flows: readonly string[];
}

export function drawnEdges(graph: PipelineGraph): readonly DrawnEdge[] {
  const edges = new Map<string, { from: string; to: string; flows: string[] }>();
  for (const edge of graph.edges) {
    const key = JSON.stringify([edge.source.node, edge.target.node]);
    const drawn = edges.get(key) ?? { from: edge.source.node, to: edge.target.node, flows: [] };
    drawn.flows.push(flowText(edge));
    edges.set(key, drawn);
  }
  return [...edges.values()];
}

/** `*.parquet → data` for files, `metadata auc → auc` for what is no file. */
export function flowText({ source, target }: GraphEdge): string {
  if (source.type === "dependency" || target.type === "dependency") return "only the order";
  return `${socketText(source, "output")} → ${socketText(target, "input")}`;
}

function socketText(socket: Edge["source"], silentType: string): string {
  return socket.type === silentType ? socket.key : `${socket.type} ${socket.key}`;
}
