import type { PlacedEdge } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import { socketText } from "../build/socket.ts";
import type { PipelineNode, Socket, SocketType, Step } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintNodeName, type NodesByName } from "./node-name.ts";
import { patternsMeet } from "./patterns-meet.ts";

/** What each kind of target takes. */
const CARRIES: Readonly<Partial<Record<SocketType, readonly SocketType[]>>> = {
  input: ["output", "input"],
  file: ["output"],
  parameter: ["parameter", "metadata", "deployment"],
  "environment-variable": ["environment-variable"],
  dependency: ["dependency", "output", "input", "parameter", "metadata", "environment-variable", "deployment"],
};

/**
 * Ends of an edge that lead nowhere. A name that a step does not have is only a warning, since Valohai accepts it and the run is
 * possible: the files simply arrive in an input of that name.
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
  if (sourceKnown) lintSource(source, stepOf(nodes.get(source.node), index), sourcePath, report);
  if (targetKnown) lintTarget(target, stepOf(nodes.get(target.node), index), targetPath, report);
}

function takes(type: SocketType): string | undefined {
  const sources = CARRIES[type];
  return sources === undefined
    ? "edges end in an input, a parameter, a file, an environment-variable or a dependency"
    : `\`${type}\` takes: ${sources.join(", ")}`;
}

function stepOf(node: PipelineNode | undefined, index: LintIndex): Step | undefined {
  return node === undefined ? undefined : index.stepOf(node);
}

function lintSource(socket: Socket, step: Step | undefined, path: Path, report: Report): void {
  if (step === undefined) return;
  if (socket.type === "output") lintOutput(socket, step, path, report);
  if (socket.type === "input" && !/[*?[]/.test(socket.key)) lintInputName(socket, step, path, report);
  if (socket.type === "parameter") lintParameterName(socket, step, path, report);
}

function lintTarget(socket: Socket, step: Step | undefined, path: Path, report: Report): void {
  if (step === undefined) return;
  if (socket.type === "input") lintInputName(socket, step, path, report);
  if (socket.type === "parameter") lintParameterName(socket, step, path, report);
}

function lintInputName(socket: Socket, step: Step, path: Path, report: Report): void {
  const names = step.inputs.map(({ name }) => name);
  // A file of an input may be meant: `input.NAME/FILE`.
  if (names.some((name) => socket.key === name || socket.key.startsWith(`${name}/`))) return;
  report("unknown-input", path, `the step \`${step.name}\` has no input \`${socket.key}\``, {
    hint: suggestionHint(socket.key, names, "inputs"),
  });
}

function lintParameterName(socket: Socket, step: Step, path: Path, report: Report): void {
  const names = step.parameters.map(({ name }) => name);
  if (names.includes(socket.key)) return;
  report("unknown-parameter", path, `the step \`${step.name}\` has no parameter \`${socket.key}\``, {
    hint: suggestionHint(socket.key, names, "parameters"),
  });
}

/** Declaring outputs is optional; only a step that declares some can be held to them. */
function lintOutput(socket: Socket, step: Step, path: Path, report: Report): void {
  const names = step.outputs.map(({ name }) => name);
  if (names.length === 0 || names.some((name) => patternsMeet(socket.key, name))) return;
  const message = `no declared output of the step \`${step.name}\` can match \`${socketText(socket)}\``;
  report("unknown-output", path, message, { hint: suggestionHint(socket.key, names, "outputs") });
}
