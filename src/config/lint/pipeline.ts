import type { PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import type { PipelineNode } from "../model.ts";
import { lintCycles } from "./cycles.ts";
import { lintEdge } from "./edge.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintNode } from "./node.ts";
import { lintPipelineParameters } from "./pipeline-parameter.ts";
import { lintPorts } from "./ports.ts";

/** Checks what can be said of a pipeline and of the items that it names. */
export function lintPipeline(placed: PlacedPipeline, index: LintIndex, report: Report): void {
  const nodes = new Map<string, PipelineNode>();
  for (const node of placed.nodes) {
    if (nodes.has(node.value.name)) {
      report(
        "duplicate-node",
        [...node.path, "name"],
        `the pipeline \`${placed.pipeline.name}\` has two nodes with the name \`${node.value.name}\``,
      );
    } else nodes.set(node.value.name, node.value);
    lintNode(node, index, report);
  }
  for (const edge of placed.edges) lintEdge(edge, nodes, index, report);
  lintCycles(placed, report);
  lintUnreachable(placed, report);
  lintPipelineParameters(placed, nodes, index, report);
  lintPorts(placed, nodes, index, report);
}

/** A node beside the others is allowed, but where all others are joined it is most likely an edge forgotten. */
function lintUnreachable({ pipeline, nodes }: PlacedPipeline, report: Report): void {
  if (pipeline.edges.length === 0) return;
  const joined = new Set(pipeline.edges.flatMap(({ source, target }) => [source.node, target.node]));
  for (const { value, path } of nodes) {
    if (joined.has(value.name)) continue;
    report("unreachable-node", path, `no edge joins the node \`${value.name}\` with the rest of the pipeline`, {
      mark: "key",
    });
  }
}
