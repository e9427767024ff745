import type { Config, TaskBlueprint } from "../config/index.ts";
import { type AssignedRequest, assignRequest } from "./assign-request.ts";
import { type Draft, type DraftNode, draftPipeline, draftStep, type StepSources } from "./draft.ts";
import { attachEdges } from "./edges.ts";
import { expandPipeline, type FlatPipeline } from "./expand-pipeline.ts";
import { findTarget, type Target } from "./find-target.ts";
import { type KnownVariables, NO_VARIABLES } from "./known-variables.ts";
import { didYouMean } from "./nearest-name.ts";
import type { NodeCommits } from "./node-commits.ts";
import { nodeLabel } from "./node-label.ts";
import { orderNodes } from "./order-nodes.ts";
import type { Plan, PlannedNode, RunRequest, SweepRequest } from "./plan.ts";
import { planInputs } from "./plan-inputs.ts";
import { planLabels } from "./plan-labels.ts";
import { checkOutputs } from "./plan-outputs.ts";
import {
  assignPipelineParameters,
  NO_PIPELINE_VALUES,
  type PipelineValues,
  planParameters,
} from "./plan-parameters.ts";
import { type PlanProblem, PlanReport } from "./plan-report.ts";
import { factsOfTask, planTask, variedNames } from "./plan-task.ts";
import { planVariables, reviewGroups } from "./plan-variables.ts";
import { withProjectDefaults } from "./project-defaults.ts";
import { type StepFacts, StepFactsCache } from "./step-facts.ts";
import { reviewActions, reviewStep } from "./unsupported.ts";

/** A plan with what the user should know before it runs, or everything that keeps it from running. */
export type PlanResult =
  | { readonly ok: true; readonly plan: Plan; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly PlanProblem[]; readonly warnings: readonly string[] };

/**
 * Makes a plan of a configuration and a request: which nodes run in which order, what flows between them, and every
 * value that is known before the run. Pure; reports all problems at once. Work and memory grow with nodes + edges (and
 * a logarithm for the order).
 */
export function planRun(
  fileConfig: Config,
  request: RunRequest,
  { commits = NO_COMMITS, variables = NO_VARIABLES }: PlanSurroundings = {},
): PlanResult {
  const config = withProjectDefaults(fileConfig);
  const report = new PlanReport();
  const target = findTarget(config, request, report);
  const plan =
    target === undefined ? undefined : planTarget({ config, commits }, target, { request, variables }, report);
  if (plan === undefined || report.problems.length > 0)
    return { ok: false, problems: report.problems, warnings: report.warnings };
  return { ok: true, plan, warnings: report.warnings };
}

/** Everything that a plan depends on besides the configuration and the request. */
export interface PlanSurroundings {
  readonly commits?: NodeCommits;
  readonly variables?: KnownVariables;
}

const NO_COMMITS: NodeCommits = new Map();

function planTarget(
  sources: StepSources,
  target: Target,
  { request, variables }: { readonly request: RunRequest; readonly variables: KnownVariables },
  report: PlanReport,
): Plan | undefined {
  const facts = new StepFactsCache(variables);
  const pipeline = target.kind === "pipeline" ? expandPipeline(sources, target.pipeline, report) : undefined;
  const draft =
    target.kind !== "pipeline"
      ? draftStep(target.step, target.kind === "task" ? target.task : undefined)
      : draftPipeline(sources, pipeline ?? expandPipeline(sources, target.pipeline, report), report);
  if (pipeline !== undefined)
    attachEdges(pipeline, draft, facts, new Set(Object.keys(request.environmentVariables)), report);
  const assigned = assignRequest(request, draft, pipeline, facts, report);
  const values =
    pipeline === undefined ? NO_PIPELINE_VALUES : assignPipelineParameters(pipeline, draft, assigned, facts, report);
  const alwaysRuns = freshness(request, draft, pipeline, report);
  for (const step of new Set(draft.nodes.map((node) => node.step))) {
    reviewStep(step, report);
    reviewGroups(step, facts.of(step), report);
  }
  const context = { facts, assigned, values, request, report, alwaysRuns, groupOf: pipeline?.groupOf };
  const nodes = draft.nodes.map((node) => planNode(node, target.kind === "pipeline" ? "pipeline" : "step", context));
  if (pipeline !== undefined) checkOutputs(pipeline, draft, report);
  const order = orderDraft(draft, nodes, report);
  if (order === undefined) return undefined;
  const name = target.kind === "pipeline" ? target.pipeline.name : (draft.nodes[0]?.name ?? target.step.name);
  const { groups = [], results = [] } = pipeline ?? {};
  return {
    ...{ kind: target.kind, name, nodes: order, parameters: values.values },
    ...(groups.length === 0 ? {} : { groups }),
    ...(results.length === 0 ? {} : { outputs: results }),
    ...(pipeline === undefined ? {} : planLabels(pipeline, values.values)),
  };
}

interface Context {
  readonly facts: StepFactsCache;
  readonly assigned: AssignedRequest;
  readonly values: PipelineValues;
  readonly request: RunRequest;
  readonly report: PlanReport;
  readonly alwaysRuns: (node: string) => PlannedNode["alwaysRuns"];
  readonly groupOf: FlatPipeline["groupOf"] | undefined;
}

function planNode(node: DraftNode, kind: "step" | "pipeline", context: Context): PlannedNode {
  const { assigned, values, request, report } = context;
  const facts = context.facts.of(node.step);
  const variables = Object.keys(request.environmentVariables).length === 0 ? undefined : request.environmentVariables;
  reviewActions(node, report);
  const isForced = context.alwaysRuns(node.name);
  const group = context.groupOf?.get(node.name);
  const alwaysRuns = isForced ?? freshnessOfTask(node.task?.blueprint);
  const common = {
    name: node.name,
    step: node.step,
    inputs: planInputs(node, kind, facts, assigned, report),
    ...planVariables(node, kind, facts, variables, report),
    dependsOn: sourcesOf(node),
    ...(node.onError === undefined ? {} : { onError: node.onError }),
    ...(node.retry === undefined ? {} : { retry: node.retry }),
    edgeMergeMode: node.edgeMergeMode,
    actions: node.actions,
    ...(group === undefined ? {} : { group }),
    ...(node.commit === undefined ? {} : { commit: node.commit }),
    ...(alwaysRuns === undefined ? {} : { alwaysRuns }),
  };
  const parameters = planParameters(node, kind, factsOfNode(node, facts, request.sweep), assigned, values, report);
  if (node.task === undefined) return { kind: "execution", ...common, ...parameters };
  const given = new Set([
    ...(assigned.nodes.parameters(node)?.keys() ?? []),
    ...(values.byNode.get(node)?.keys() ?? []),
  ]);
  const task = { ...node, task: node.task };
  const sweep = { request: request.sweep, names: given };
  return {
    kind: "task",
    ...common,
    ...(node.task.name === undefined ? {} : { task: node.task.name }),
    ...planTask(task, nodeLabel(node, kind), sweep, parameters, report),
  };
}

function freshnessOfTask(task: TaskBlueprint | undefined): PlannedNode["alwaysRuns"] {
  if (task?.type === "distributed") return "distributed";
  return task?.reuseChildren === false ? "task" : undefined;
}

function factsOfNode({ task }: DraftNode, facts: StepFacts, sweep: SweepRequest | undefined): StepFacts {
  return task === undefined ? facts : factsOfTask(facts, variedNames(task, sweep));
}

/**
 * Says of a node why it runs in any case. A name of no node is a problem: the user would wait for a step that does not
 * run.
 */
function freshness(
  { fresh }: RunRequest,
  draft: Draft,
  pipeline: FlatPipeline | undefined,
  report: PlanReport,
): (node: string) => PlannedNode["alwaysRuns"] {
  const groups = new Set(pipeline?.groups.map(({ name }) => name));
  const names = new Set(fresh === true ? [] : fresh);
  const whole = [...names].filter((name) => groups.has(name)).map((name) => `${name}.`);
  for (const name of names) {
    if (draft.byName.has(name) || groups.has(name)) continue;
    const known = [...draft.byName.keys(), ...groups];
    report.problem("request", `there is no node "${name}" to run afresh`, didYouMean(name, known));
  }
  const isForced = (node: string): boolean =>
    fresh === true || names.has(node) || whole.some((prefix) => node.startsWith(prefix));
  return (node) => (isForced(node) ? "forced" : pipeline?.alwaysRun.has(node) === true ? "pipeline" : undefined);
}

const NONE: readonly string[] = [];

function sourcesOf(node: DraftNode): readonly string[] {
  if (node.incoming.length === 0) return NONE;
  const [only] = node.incoming;
  if (node.incoming.length === 1 && only !== undefined) return [only.source.node];
  return [...new Set(node.incoming.map((edge) => edge.source.node))];
}

function orderDraft(
  draft: Draft,
  nodes: readonly PlannedNode[],
  report: PlanReport,
): readonly PlannedNode[] | undefined {
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
