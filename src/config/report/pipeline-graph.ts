import type { PipelineGraph } from "../../api/index.ts";
import type { Pipeline, PipelineNode } from "../model.ts";

/** A pipeline as it is drawn: its nodes with what is behind each, and what flows between them. */
export function pipelineGraph(pipeline: Pipeline): PipelineGraph {
  return {
    pipeline: pipeline.name,
    nodes: pipeline.nodes.map((node) => {
      return { name: node.name, type: node.type, of: behind(node), approvals: approvalsOf(node) };
    }),
    edges: pipeline.edges.map(({ source, target }) => ({ source, target })),
  };
}

function behind(node: PipelineNode): string {
  if (node.type === "deployment") return node.deployment;
  if (node.type === "pipeline") return node.pipeline;
  return node.step ?? (node.type === "task" ? node.task : undefined) ?? node.name;
}

function approvalsOf({ actions }: PipelineNode): PipelineGraph["nodes"][number]["approvals"] {
  const asking = actions.filter(({ then }) => then.includes("require-approval")).flatMap(({ when }) => when);
  return [
    ...(asking.includes("node-starting") ? (["start"] as const) : []),
    ...(asking.some((moment) => moment === "node-complete" || moment === "node-error") ? (["end"] as const) : []),
  ];
}
