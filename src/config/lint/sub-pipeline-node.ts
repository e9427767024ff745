import type { Report } from "../build/report.ts";
import type { Pipeline, PipelineNode, Socket, SubPipelineNode } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";
import type { LintIndex } from "./lint-index.ts";

/** Checks a node that runs another pipeline. One of another commit is left alone: its pipeline is in another file. */
export function lintSubPipelineNode(node: SubPipelineNode, path: Path, index: LintIndex, report: Report): void {
  if (node.actions.length > 0)
    report("wrong-pipeline-node", [...path, "actions"], "a node that runs a pipeline has no actions of its own", {
      mark: "key",
      hint: `give them to the nodes of the pipeline \`${node.pipeline}\` at which they are due`,
    });
  if (node.commit !== undefined) return;
  if (!index.hasPipeline(node.pipeline)) {
    report("unknown-pipeline", [...path, "pipeline"], `there is no pipeline \`${node.pipeline}\``, {
      hint: () => suggestionHint(node.pipeline, index.pipelineNames, "pipelines"),
    });
    return;
  }
  const pipeline = index.pipelineOf(node);
  if (pipeline === undefined) return;
  for (const list of ["inputs", "parameters"] as const) {
    const known = new Set((pipeline[list] ?? []).map(({ name }) => name));
    for (const [position, { name }] of (node.override?.[list] ?? []).entries()) {
      if (known.has(name)) continue;
      const noun = list === "inputs" ? "input" : "parameter";
      const message = `the pipeline \`${pipeline.name}\` has no ${noun} \`${name}\` to override`;
      report("unknown-pipeline-socket", [...path, "override", list, position, "name"], message, {
        hint: () => suggestionHint(name, known, list),
      });
    }
  }
}

interface End {
  readonly index: LintIndex;
  readonly path: Path;
  readonly report: Report;
}

/** Checks an end of an edge, or a target, that is a socket of a node which runs another pipeline. */
export function lintSubPipelineEnd(
  socket: Socket,
  side: "source" | "target",
  nodes: ReadonlyMap<string, PipelineNode>,
  { index, path, report }: End,
): void {
  const pipeline = index.pipelineOf(nodes.get(socket.node));
  if (pipeline === undefined || socket.type === "dependency") return;
  const [noun, names] = socketsOf(pipeline, socket, side);
  if (names === undefined) {
    const message = `a node that runs a pipeline has no \`${noun}\` to ${side === "source" ? "take from" : "give to"}`;
    report("unknown-pipeline-socket", path, message, {
      hint: "its sockets are the inputs, parameters and outputs of the pipeline",
    });
  } else if (!names.has(socket.key)) {
    const message = `the pipeline \`${pipeline.name}\` has no ${noun} \`${socket.key}\``;
    report("unknown-pipeline-socket", path, message, { hint: () => suggestionHint(socket.key, names) });
  }
}

function socketsOf(
  { inputs = [], outputs = [], parameters }: Pipeline,
  { type }: Socket,
  side: "source" | "target",
): readonly [noun: string, names: ReadonlySet<string> | undefined] {
  const named = (list: readonly { readonly name: string }[]): ReadonlySet<string> =>
    new Set(list.map(({ name }) => name));
  if (type === "input") return ["input", named(inputs)];
  if (type === "parameter") return ["parameter", named(parameters)];
  if (side === "source" && type === "output")
    return ["output of files", named(outputs.filter(({ source }) => source.type === "output"))];
  if (side === "source" && type === "metadata")
    return ["output of metadata", named(outputs.filter(({ source }) => source.type === "metadata"))];
  return [type, undefined];
}
