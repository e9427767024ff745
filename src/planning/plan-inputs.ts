import { type Edge, inputNameProblem } from "../config/index.ts";
import type { AssignedRequest } from "./assign-request.ts";
import type { DraftNode } from "./draft.ts";
import { showEdge, showSocket } from "./edges.ts";
import { nodeLabel } from "./node-label.ts";
import type { HandedInput } from "./node-request.ts";
import type { InputSource, PlannedInput } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";
import type { StepFacts } from "./step-facts.ts";

/**
 * Finds the files of each input of a node. Edges take the place of the default (`edge-merge-mode: replace`) or follow
 * it (`append`). The files that the request names take the place of the default and, in mode `replace`, of the edges as
 * well: a file that the user names for this run must not be ignored. Such an edge still orders its nodes.
 */
export function planInputs(
  node: DraftNode,
  kind: "step" | "pipeline",
  facts: StepFacts,
  request: AssignedRequest,
  report: PlanReport,
): readonly PlannedInput[] {
  const requested = request.nodes.inputs(node);
  const handed = request.nodes.handedInputs(node);
  const edges = edgesByInput(node);
  const inputs =
    requested === undefined && edges === undefined && handed === undefined
      ? facts.defaultInputs
      : facts.defaultInputs.map((input) => {
          const sources = withDefault(input, handed?.get(input.name));
          return withSources(sources, node, requested?.get(input.name), edges?.get(input.name), report);
        });
  for (const { name } of inputs) {
    const problem = inputNameProblem(name);
    if (problem === undefined) continue;
    report.problem(
      "configuration",
      `${nodeLabel(node, kind)}: the input name ${JSON.stringify(name)} ${problem}`,
      "rename the input in the step's definition",
    );
  }
  if (facts.openInputs.length > 0 || requested !== undefined) reportEmpty(inputs, { node, kind, handed }, report);
  return inputs;
}

/** The default of a pipeline's input takes the place of that of the step. */
function withDefault(input: PlannedInput, handed: HandedInput | undefined): PlannedInput {
  if (handed === undefined || handed.uris.length === 0) return input;
  return { ...input, sources: handed.uris.map((uri) => ({ kind: "uri", uri })) };
}

function withSources(
  input: PlannedInput,
  node: DraftNode,
  uris: readonly string[] | undefined,
  edges: readonly Edge[] | undefined,
  report: PlanReport,
): PlannedInput {
  const named: readonly InputSource[] = uris === undefined ? input.sources : uris.map((uri) => ({ kind: "uri", uri }));
  if (edges === undefined) return uris === undefined ? input : { ...input, sources: named };
  const brought = edges.map(sourceOf);
  if (node.edgeMergeMode === "append") return { ...input, sources: [...named, ...brought] };
  if (uris === undefined) return { ...input, sources: brought };
  for (const edge of edges) report.warn(`edge ${showEdge(edge)}: the input given for this run takes its place`);
  return { ...input, sources: named };
}

function sourceOf({ source }: Edge): InputSource {
  const { node, key: pattern } = source;
  if (source.type === "input") return { kind: "input", node, pattern };
  return { kind: "output", node, pattern, ...(source.best === true ? { best: true } : {}) };
}

function edgesByInput(node: DraftNode): ReadonlyMap<string, readonly Edge[]> | undefined {
  let edges: Map<string, Edge[]> | undefined;
  for (const edge of node.incoming) {
    if (edge.target.type !== "input") continue;
    edges ??= new Map();
    const known = edges.get(edge.target.key);
    if (known === undefined) edges.set(edge.target.key, [edge]);
    else known.push(edge);
  }
  return edges;
}

function reportEmpty(
  inputs: readonly PlannedInput[],
  {
    node,
    kind,
    handed,
  }: {
    readonly node: DraftNode;
    readonly kind: "step" | "pipeline";
    readonly handed: ReadonlyMap<string, HandedInput> | undefined;
  },
  report: PlanReport,
): void {
  for (const input of inputs) {
    if (input.optional || input.sources.length > 0) continue;
    if (node.unsound.has(showSocket({ node: node.name, type: "input", key: input.name }))) continue;
    const name = handed?.get(input.name)?.name ?? (kind === "step" ? input.name : `${node.name}.${input.name}`);
    const value = `${name}=URI`;
    const what =
      kind === "step" ? "has no default and no file is given" : "has no edge, no default, and no file is given";
    report.problem("request", `${nodeLabel(node, kind)}: input "${input.name}" is required but ${what}`, [
      "give it with ",
      { do: "set", option: "input", value },
    ]);
  }
}
