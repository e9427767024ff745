import type { PipelineGraph } from "../../api/index.ts";

type GraphNode = PipelineGraph["nodes"][number];

/** The second line of a node in a drawing: what is behind it, unless it is called so, and when a person is asked. */
export function nodeCaption(node: GraphNode): string {
  const approval = approvalText(node);
  return [...(node.of === node.name ? [] : [node.of]), ...(approval === "" ? [] : [approval])].join(" · ");
}

/** `approval before`, `approval after`, `approval before and after`, or nothing. */
export function approvalText({ approvals }: GraphNode): string {
  const words = approvals.map((moment) => (moment === "start" ? "before" : "after"));
  return words.length === 0 ? "" : `approval ${words.join(" and ")}`;
}
