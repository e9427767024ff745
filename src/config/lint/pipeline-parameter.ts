import type { PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import { socketText } from "../build/socket.ts";
import type { Socket } from "../model.ts";
import { suggestionHint } from "../schema/suggest.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintNodeName, type NodesByName } from "./node-name.ts";

/** Pipeline parameters that go nowhere, or to a node or parameter that is not there. */
export function lintPipelineParameters({ pipeline, path }: PlacedPipeline, nodes: NodesByName, index: LintIndex, report: Report): void {
  pipeline.parameters.forEach((parameter, position) => {
    const place = [...path, "parameters", position];
    if (parameter.targets.length === 0) {
      report("no-targets", place, `the pipeline parameter \`${parameter.name}\` has no targets, so that it changes nothing`, {
        mark: "key",
      });
    }
    parameter.targets.forEach((target) => {
      if (lintNodeName(target.node, nodes, [...place, "targets"], report)) lintTarget(target, nodes, index, [...place, "targets"], report);
    });
  });
}

/** Valohai looks at execution nodes only; for a task node, whose step may vary, it is a warning. */
function lintTarget(target: Socket, nodes: NodesByName, index: LintIndex, path: PlacedPipeline["path"], report: Report): void {
  const node = nodes.get(target.node);
  const step = node === undefined ? undefined : index.stepOf(node);
  if (node === undefined || step === undefined) return;
  const names = step.parameters.map(({ name }) => name);
  if (names.includes(target.key)) return;
  const code = node.type === "execution" ? "unknown-target" : "unknown-parameter";
  const message = `the step \`${step.name}\` has no parameter \`${target.key}\` for \`${socketText(target)}\``;
  report(code, path, message, { hint: suggestionHint(target.key, names, "parameters") });
}
