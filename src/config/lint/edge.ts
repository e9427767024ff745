import type { PlacedEdge } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import { socketText } from "../build/socket.ts";
import type { Socket, SocketType, Step } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintNodeName, type NodesByName } from "./node-name.ts";
import { patternsMeet } from "./patterns-meet.ts";
import { lintSubPipelineEnd } from "./sub-pipeline-node.ts";

/** The kinds of source that each kind of target takes. */
const CARRIES: Readonly<Partial<Record<SocketType, readonly SocketType[]>>> = {
  input: ["output", "input"],
  file: ["output"],
  parameter: ["parameter", "metadata", "deployment"],
  "environment-variable": ["environment-variable"],
  dependency: ["dependency", "output", "input", "parameter", "metadata", "environment-variable", "deployment"],
};

/**
 * Ends of an edge that lead nowhere. A name that a step does not have is only a warning: Valohai's tools accept it, its
 * own examples hold such edges, and the rest of the file can be used. Planning a run of that pipeline refuses it.
 */
export function lintEdge(placed: PlacedEdge, nodes: NodesByName, index: LintIndex, report: Report): void {
  const { source, target } = placed.edge;
  const sourcePath = [...placed.path, placed.ends[0]];
  const targetPath = [...placed.path, placed.ends[1]];
  const sourceKnown = lintNodeName(source.node, nodes, sourcePath, report);
  const targetKnown = lintNodeName(target.node, nodes, targetPath, report);
  if (CARRIES[target.type]?.includes(source.type) !== true) {
    report("unusual-edge", placed.path, `an edge from \`${source.type}\` to \`${target.type}\` carries nothing`, {
      mark: "value",
      hint: takes(target.type),
    });
    return;
  }
  const sourceNode = nodes.get(source.node);
  if (source.best === true && sourceNode !== undefined && sourceNode.type !== "task") {
    const message = `only a task has a best execution, and \`${source.node}\` is no task`;
    report("unusual-edge", sourcePath, message, {
      mark: "value",
      hint: `write \`${socketText({ node: source.node, type: source.type, key: source.key })}\``,
    });
  }
  if (sourceKnown) lintSubPipelineEnd(source, "source", nodes, { index, path: sourcePath, report });
  if (targetKnown) lintSubPipelineEnd(target, "target", nodes, { index, path: targetPath, report });
  if (sourceKnown) lintEnd(source, "source", { nodes, index, path: sourcePath, report });
  if (targetKnown) lintEnd(target, "target", { nodes, index, path: targetPath, report });
}

function takes(type: SocketType): string | undefined {
  const sources = CARRIES[type];
  return sources === undefined
    ? "edges end in an input, a parameter, a file, an environment-variable or a dependency"
    : `\`${type}\` takes: ${sources.join(", ")}`;
}

export interface End {
  readonly nodes: NodesByName;
  readonly index: LintIndex;
  readonly path: Path;
  readonly report: Report;
}

/** Checks that the step of a node has what an end of an edge names. */
export function lintEnd(socket: Socket, side: "source" | "target", end: End): void {
  const node = end.nodes.get(socket.node);
  const step = node === undefined ? undefined : end.index.stepOf(node);
  if (step === undefined) return;
  if (socket.type === "parameter") lintParameterName(socket, side, step, end);
  if (socket.type === "input") lintInputName(socket, side, step, end);
  if (socket.type === "output" && side === "source") lintOutput(socket, step, end);
}

/** A source may also be a pattern, or one file of an input: `input.NAME/FILE`. */
function lintInputName({ key }: Socket, side: "source" | "target", step: Step, { index, path, report }: End): void {
  const names = index.names(step, "inputs");
  if (names.has(key) || (side === "source" && (/[*?[]/.test(key) || names.has(key.split("/", 1)[0] ?? "")))) return;
  report("unknown-input", path, `the step \`${step.name}\` has no input \`${key}\``, {
    hint: () => suggestionHint(key, names, "inputs"),
  });
}

function lintParameterName({ key }: Socket, side: "source" | "target", step: Step, { index, path, report }: End): void {
  const names = index.names(step, "parameters");
  if (names.has(key)) return;
  const consequence = side === "source" ? ", so that the edge brings nothing" : "";
  report("unknown-parameter", path, `the step \`${step.name}\` has no parameter \`${key}\`${consequence}`, {
    hint: () => suggestionHint(key, names, "parameters"),
  });
}

/** More declared outputs than these are not compared with every edge. */
const MAX_OUTPUTS = 100;

/** Declaring outputs is optional; only a step that declares some can be held to them. */
function lintOutput(socket: Socket, step: Step, { path, report }: End): void {
  const { outputs } = step;
  if (
    outputs.length === 0 ||
    outputs.length > MAX_OUTPUTS ||
    outputs.some(({ name }) => patternsMeet(socket.key, name))
  )
    return;
  const message = `no declared output of the step \`${step.name}\` can match \`${socketText(socket)}\``;
  report("unknown-output", path, message, { hint: () => suggestionHint(socket.key, namesOf(outputs), "outputs") });
}

function namesOf(outputs: Step["outputs"]): readonly string[] {
  return outputs.map(({ name }) => name);
}
