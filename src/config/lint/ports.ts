import type { PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import { socketText } from "../build/socket.ts";
import { suggestionHint } from "../schema/suggest.ts";
import { lintEnd } from "./edge.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintNodeName, type NodesByName } from "./node-name.ts";
import { lintSubPipelineEnd } from "./sub-pipeline-node.ts";

/** The inputs, outputs and labels of a pipeline that name what it does not have. */
export function lintPorts(placed: PlacedPipeline, nodes: NodesByName, index: LintIndex, report: Report): void {
  const { inputs = [], outputs = [] } = placed.pipeline;
  for (const [position, { name, targets }] of inputs.entries()) {
    if (targets.length === 0)
      report(
        "no-targets",
        [...placed.path, "inputs", position],
        `the pipeline input \`${name}\` has no targets, so that its files go nowhere`,
        { mark: "key" },
      );
    for (const target of targets) {
      const path = placed.targetPaths.get(target) ?? placed.path;
      if (!lintNodeName(target.node, nodes, path, report)) continue;
      lintSubPipelineEnd(target, "target", nodes, { index, path, report });
      lintEnd(target, "target", { nodes, index, path, report });
    }
  }
  for (const { source } of outputs) {
    const path = placed.targetPaths.get(source) ?? placed.path;
    if (!lintNodeName(source.node, nodes, path, report)) continue;
    if (source.best === true && nodes.get(source.node)?.type !== "task") {
      const message = `only a task has a best execution, and \`${source.node}\` is no task`;
      const hint = `write \`${socketText({ node: source.node, type: source.type, key: source.key })}\``;
      report("unusual-edge", path, message, { hint });
    }
    lintSubPipelineEnd(source, "source", nodes, { index, path, report });
    lintEnd(source, "source", { nodes, index, path, report });
  }
  lintLabels(placed, report);
}

/** Placeholders of the title and the tags stand for parameters of the pipeline. */
function lintLabels({ pipeline, path }: PlacedPipeline, report: Report): void {
  const known = new Set(pipeline.parameters.map(({ name }) => name));
  const check = (text: string, place: PlacedPipeline["path"]): void => {
    for (const [whole, name = ""] of text.matchAll(/\{parameter-value:([^{}]*)\}/g)) {
      if (known.has(name)) continue;
      const message = `\`${whole}\` names no parameter of the pipeline, so that it is left as it is`;
      report("unknown-placeholder", place, message, { hint: () => suggestionHint(name, known, "parameters") });
    }
  };
  check(pipeline.title ?? "", [...path, "title"]);
  for (const tag of pipeline.tags ?? []) check(tag, [...path, "tags"]);
}
