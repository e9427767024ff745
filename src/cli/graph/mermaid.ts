import type { PipelineGraph } from "../../api/index.ts";
import { drawnEdges, nodeCaption } from "../../views/index.ts";

/** A Mermaid flowchart, for READMEs and pull requests: GitHub and GitLab draw it. */
export function renderMermaid(graph: PipelineGraph): string[] {
  // Names may hold anything; ids may not, so nodes are numbered.
  const ids = new Map(graph.nodes.map((node, index) => [node.name, `n${index}`] as const));
  const nodes = graph.nodes.map((node) => {
    const caption = nodeCaption(node);
    const below = caption === "" ? "" : `<br/><small>${escaped(caption)}</small>`;
    const [open, close] = SHAPES[node.type];
    return `  ${ids.get(node.name)}${open}"${escaped(node.name)}${below}"${close}`;
  });
  const edges = drawnEdges(graph).flatMap(({ from, to, flows }) => {
    const source = ids.get(from);
    const target = ids.get(to);
    if (source === undefined || target === undefined) return [];
    return [`  ${source} -->|"${flows.map(escaped).join("<br/>")}"| ${target}`];
  });
  return ["flowchart LR", ...nodes, ...edges];
}

const SHAPES = {
  execution: ["[", "]"],
  task: ["[[", "]]"],
  pipeline: ["[/", "/]"],
  deployment: ["([", "])"],
} as const;

/**
 * Mermaid's own escapes: numeric entities. Signs of `%%{init: …}%%` as well: Mermaid looks for that anywhere, also in
 * quotes.
 */
function escaped(text: string): string {
  return text.replace(/["<>&#;`|%{}\r\n]/g, (character) => `#${character.codePointAt(0)};`);
}
