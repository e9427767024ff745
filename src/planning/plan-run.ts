import type { Config, Pipeline } from "../config/index.ts";
import { type AssignedRequest, assignRequest } from "./assign-request.ts";
import { type Draft, type DraftNode, draftPipeline, draftStep } from "./draft.ts";
import { attachEdges } from "./edges.ts";
import { findTarget, type Target } from "./find-target.ts";
import { didYouMean } from "./nearest-name.ts";
import { orderNodes } from "./order-nodes.ts";
import type { Plan, PlannedNode, RunRequest } from "./plan.ts";
import { planInputs } from "./plan-inputs.ts";
import { assignPipelineParameters, NO_PIPELINE_VALUES, type PipelineValues, planParameters } from "./plan-parameters.ts";
import { type PlanProblem, PlanReport } from "./plan-report.ts";
import { planVariables } from "./plan-variables.ts";
import { withProjectDefaults } from "./project-defaults.ts";
import { StepFactsCache } from "./step-facts.ts";
import { reviewActions, reviewStep } from "./unsupported.ts";

/** A plan with what the user should know before it runs, or everything that keeps it from running. */
export type PlanResult =
  | { readonly ok: true; readonly plan: Plan; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly PlanProblem[]; readonly warnings: readonly string[] };

/**
 * Makes a plan of a configuration and a request: which nodes run in which order, what flows between them, and every value that is
 * known before the run. Pure; reports all problems at once. Work and memory grow with nodes + edges (and a logarithm for the order).
 */
export function planRun(fileConfig: Config, request: RunRequest): PlanResult {
  const config = withProjectDefaults(fileConfig);
  const report = new PlanReport();
  const target = findTarget(config, request, report);
  const plan = target === undefined ? undefined : planTarget(config, target, request, report);
  if (plan === undefined || report.problems.length > 0) return { ok: false, problems: report.problems, warnings: report.warnings };
  return { ok: true, plan, warnings: report.warnings };
}

function planTarget(config: Config, target: Target, request: RunRequest, report: PlanReport): Plan | undefined {
  const facts = new StepFactsCache();
  const pipeline = target.kind === "pipeline" ? target.pipeline : undefined;
  const draft = target.kind === "step" ? draftStep(target.step) : draftPipeline(config, target.pipeline, report);
  if (pipeline !== undefined) attachEdges(pipeline, draft, facts, new Set(Object.keys(request.environmentVariables)), report);
  const assigned = assignRequest(request, draft, pipeline, facts, report);
  const values = pipeline === undefined ? NO_PIPELINE_VALUES : assignPipelineParameters(pipeline, draft, assigned, facts, report);
  const alwaysRuns = freshness(request, draft, pipeline, report);
  for (const step of new Set(draft.nodes.map((node) => node.step))) reviewStep(step, report);
  const nodes = draft.nodes.map((node) => planNode(node, target.kind, { facts, assigned, values, request, report, alwaysRuns }));
  const order = orderDraft(draft, nodes, report);
  if (order === undefined) return undefined;
  const name = target.kind === "step" ? target.step.name : target.pipeline.name;
  return { kind: target.kind, name, nodes: order, parameters: values.values };
}

interface Context {
  readonly facts: StepFactsCache;
  readonly assigned: AssignedRequest;
  readonly values: PipelineValues;
  readonly request: RunRequest;
  readonly report: PlanReport;
  readonly alwaysRuns: (node: string) => PlannedNode["alwaysRuns"];
}

function planNode(node: DraftNode, kind: "step" | "pipeline", context: Context): PlannedNode {
  const { assigned, values, request, report } = context;
  const facts = context.facts.of(node.step);
  const variables = Object.keys(request.environmentVariables).length === 0 ? undefined : request.environmentVariables;
  reviewActions(node, report);
  const alwaysRuns = context.alwaysRuns(node.name);
  return {
    name: node.name,
    step: node.step,
    ...planParameters(node, kind, facts, assigned, values, report),
    inputs: planInputs(node, kind, facts, assigned, report),
    ...planVariables(node, kind, facts, variables, report),
    dependsOn: sourcesOf(node),
    ...(node.onError === undefined ? {} : { onError: node.onError }),
    ...(node.retry === undefined ? {} : { retry: node.retry }),
    edgeMergeMode: node.edgeMergeMode,
    actions: node.actions,
    ...(alwaysRuns === undefined ? {} : { alwaysRuns }),
  };
}

/** Says of a node why it runs in any case. A name of no node is a problem: the user would wait for a step that does not run. */
function freshness(
  { fresh }: RunRequest,
  draft: Draft,
  pipeline: Pipeline | undefined,
  report: PlanReport,
): (node: string) => PlannedNode["alwaysRuns"] {
  const names = new Set(fresh === true ? [] : fresh);
  for (const name of names) {
    if (draft.byName.has(name)) continue;
    report.problem("request", `--fresh=${name}: there is no node "${name}"`, didYouMean(name, draft.byName.keys()));
  }
  const off = pipeline?.reuseExecutions === false ? "pipeline" : undefined;
  return (node) => (fresh === true || names.has(node) ? "forced" : off);
}

const NONE: readonly string[] = [];

function sourcesOf(node: DraftNode): readonly string[] {
  if (node.incoming.length === 0) return NONE;
  const [only] = node.incoming;
  if (node.incoming.length === 1 && only !== undefined) return [only.source.node];
  return [...new Set(node.incoming.map((edge) => edge.source.node))];
}

function orderDraft(draft: Draft, nodes: readonly PlannedNode[], report: PlanReport): readonly PlannedNode[] | undefined {
  const result = orderNodes(nodes.map((node) => node.dependsOn.map((name) => draft.byName.get(name)?.index ?? 0)));
  if (result.ok) return result.order.flatMap((index) => nodes[index] ?? []);
  for (const cycle of result.cycles) {
    const names = cycle.map((index) => nodes[index]?.name ?? "");
    report.problem("configuration", `the edges run in a cycle: ${showCycle(names)}`, "take one of these edges out");
  }
  return undefined;
}

/** Nodes of a cycle that a message shows; the rest is counted. */
const SHOWN_CYCLE_NODES = 20;

function showCycle(names: readonly string[]): string {
  const [first = ""] = names;
  if (names.length <= SHOWN_CYCLE_NODES) return [...names, first].join(" → ");
  return [...names.slice(0, SHOWN_CYCLE_NODES), `… ${names.length - SHOWN_CYCLE_NODES} more …`, first].join(" → ");
}
