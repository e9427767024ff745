import type { DraftNode } from "./draft.ts";

/**
 * Names a node in messages: a run of one step or task speaks of that, a pipeline of the node and, if it is another
 * word, of its step.
 */
export function nodeLabel(node: DraftNode, kind: "step" | "pipeline"): string {
  if (kind === "step") return node.task?.name === undefined ? `step ${node.name}` : `task ${node.task.name}`;
  return node.step.name === node.name ? `node ${node.name}` : `node ${node.name} (step ${node.step.name})`;
}
