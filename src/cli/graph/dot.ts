import type { PipelineGraph } from "../../api/index.ts";
import { drawnEdges, nodeCaption } from "../../views/index.ts";

/** Graphviz. */
export function renderDot(graph: PipelineGraph): string[] {
  const nodes = graph.nodes.map((node) => {
    const caption = nodeCaption(node);
    const label = caption === "" ? node.name : `${node.name}\n(${caption})`;
    return `  ${quote(node.name)} [label=${quote(label)}${node.type === "execution" ? "" : ', style="rounded,bold"'}];`;
  });
  const edges = drawnEdges(graph).map(
    ({ from, to, flows }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(flows.join("\n"))}];`,
  );
  return [
    `digraph ${quote(graph.pipeline)} {`,
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=12];',
    '  edge [fontname="sans-serif", fontsize=9, color="#777777"];',
    ...nodes,
    ...edges,
    "}",
  ];
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
