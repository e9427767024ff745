import type { PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import { socketText } from "../build/socket.ts";
import type { Parameter, PipelineParameter, Socket } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintNodeName, type NodesByName } from "./node-name.ts";
import { handedProblems } from "./parameter.ts";
import { lintSubPipelineEnd } from "./sub-pipeline-node.ts";

/** Pipeline parameters that go nowhere, or to a node or parameter that is not there. */
export function lintPipelineParameters(
  placed: PlacedPipeline,
  nodes: NodesByName,
  index: LintIndex,
  report: Report,
): void {
  for (const [position, parameter] of placed.pipeline.parameters.entries()) {
    if (parameter.targets.length === 0) {
      const message = `the pipeline parameter \`${parameter.name}\` has no targets, so that it changes nothing`;
      report("no-targets", [...placed.path, "parameters", position], message, { mark: "key" });
    }
    for (const target of parameter.targets) {
      const path = placed.targetPaths.get(target) ?? placed.path;
      if (!lintNodeName(target.node, nodes, path, report)) continue;
      lintSubPipelineEnd(target, "target", nodes, { index, path, report });
      const found = lintTarget(target, nodes, index, path, report);
      if (found !== undefined) lintDefault(parameter, found, [...placed.path, "parameters", position], report);
    }
  }
}

/** Valohai looks at execution nodes only; for a task node, whose step may vary, it is a warning. */
function lintTarget(
  target: Socket,
  nodes: NodesByName,
  index: LintIndex,
  path: Path,
  report: Report,
): Parameter | undefined {
  const node = nodes.get(target.node);
  const step = node === undefined ? undefined : index.stepOf(node);
  if (node === undefined || step === undefined) return undefined;
  const names = index.names(step, "parameters");
  if (names.has(target.key)) {
    // The executions of a task may each get one value of a list.
    if (node.type !== "execution") return undefined;
    const isTarget = ({ name }: Parameter): boolean => name === target.key;
    return node.override?.parameters?.find(isTarget) ?? step.parameters.find(isTarget);
  }
  const code = node.type === "execution" ? "unknown-target" : "unknown-parameter";
  const message = `the step \`${step.name}\` has no parameter \`${target.key}\` for \`${socketText(target)}\``;
  report(code, path, message, { hint: () => suggestionHint(target.key, names, "parameters") });
  return undefined;
}

/** A default that the parameter which it reaches does not take. */
function lintDefault({ name, default: value }: PipelineParameter, target: Parameter, path: Path, report: Report): void {
  if (value === undefined || value === null) return;
  for (const message of handedProblems(target, value)) {
    report(
      "default-not-valid",
      [...path, "default"],
      `the default of \`${name}\` does not fit \`${target.name}\`: ${message}`,
    );
  }
}
