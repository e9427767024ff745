import type { Step } from "../config/index.ts";
import type { DraftNode } from "./draft.ts";
import { showEdge, showSocket } from "./edges.ts";
import { nodeLabel } from "./node-label.ts";
import type { PlannedNode } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";
import type { StepFacts } from "./step-facts.ts";

type NodeVariables = Pick<PlannedNode, "environmentVariables" | "secretVariables" | "environmentVariableEdges">;

const NO_EDGES: NodeVariables["environmentVariableEdges"] = [];

/**
 * The environment variables of a node: step defaults, over them what the project and the groups of the step set, over
 * those what an edge brings, over all what the request sets.
 */
export function planVariables(
  node: DraftNode,
  kind: "step" | "pipeline",
  facts: StepFacts,
  requested: Readonly<Record<string, string>> | undefined,
  report: PlanReport,
): NodeVariables {
  const edges = variableEdges(node, requested, report);
  for (const name of facts.openVariables) {
    if (requested !== undefined && Object.hasOwn(requested, name)) continue;
    if (
      edges.some((edge) => edge.name === name) ||
      node.unsound.has(showSocket({ node: node.name, type: "environment-variable", key: name }))
    )
      continue;
    report.problem("request", `${nodeLabel(node, kind)}: environment variable "${name}" is required and has no value`, [
      "give it with ",
      { do: "set", option: "variable", value: `${name}=…` },
      ", or a default in the step",
    ]);
  }
  const environmentVariables =
    requested === undefined ? facts.defaultVariables : { ...facts.defaultVariables, ...requested };
  const secretVariables = facts.secretVariables.filter(
    (name) => !Object.hasOwn(environmentVariables, name) && !edges.some((edge) => edge.name === name),
  );
  return {
    environmentVariables,
    ...(secretVariables.length > 0 && { secretVariables }),
    environmentVariableEdges: edges,
  };
}

/**
 * Says which groups of a step are not there. The step itself says which group it cannot do without, by `optional:
 * false`.
 */
export function reviewGroups(step: Step, { missingGroups }: StepFacts, report: PlanReport): void {
  for (const name of missingGroups)
    report.warn(`step ${step.name}: there is no group of variables "${name}", and the step gets none of it`);
}

function variableEdges(
  node: DraftNode,
  requested: Readonly<Record<string, string>> | undefined,
  report: PlanReport,
): NodeVariables["environmentVariableEdges"] {
  let edges: { name: string; node: string; source: string }[] | undefined;
  for (const edge of node.incoming) {
    if (edge.target.type !== "environment-variable") continue;
    if (requested !== undefined && Object.hasOwn(requested, edge.target.key)) {
      report.warn(`edge ${showEdge(edge)}: the value given for this run takes its place`);
      continue;
    }
    edges ??= [];
    edges.push({ name: edge.target.key, node: edge.source.node, source: edge.source.key });
  }
  return edges ?? NO_EDGES;
}
