import type { PlanRequest } from "../../../api/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { executionOf, type PlannedExecution, type PlannedNode } from "../../../planning/index.ts";
import type { ExecutionRecord, ProjectStore, RunRecord } from "../../../store/index.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import { type PlanCode, recordedCode } from "../../plans/plan-code.ts";
import { type PlacedPlan, placePlan } from "../../plans/plan-request.ts";
import { findSubject } from "../../records/refs.ts";
import { recordedPlan } from "../reproduce.ts";

/** In whose place a shell stands: a recorded execution's, or that of a step as `headrace run` would run it. */
export type ShellSubject =
  | { readonly kind: "recorded"; readonly ref: string; readonly environment?: string }
  | { readonly kind: "step"; readonly request: PlanRequest };

/** A node to stand in for, with its code. */
export interface ShellPlan {
  readonly node: PlannedExecution;
  readonly label: string;
  readonly code: PlanCode;
  readonly recorded?: { readonly run: RunRecord; readonly execution: ExecutionRecord };
  readonly warnings: readonly string[];
}

interface Planner {
  readonly project: ProjectResources;
  readonly store: ProjectStore;
  readonly plan: (request: PlanRequest) => Promise<PlacedPlan>;
}

export async function planShell(subject: ShellSubject, planner: Planner): Promise<ShellPlan> {
  if (subject.kind === "recorded") return await planRecorded(subject, planner);
  const { plan, warnings, code } = await planner.plan(subject.request);
  const [node] = plan.nodes;
  if (plan.kind !== "step" || node === undefined) {
    throw new HeadraceError("HR_USAGE", `${plan.name} is a ${plan.kind}; a shell stands in the place of one step`, {
      hint: "name a step, or a node of a run such as 12.train",
    });
  }
  return { node: executionOf(node), label: node.step.name, code, warnings };
}

async function planRecorded(
  { ref, environment }: Extract<ShellSubject, { kind: "recorded" }>,
  { project, store }: Planner,
): Promise<ShellPlan> {
  const { run, execution } = await recordedExecution(store, ref);
  const { plan, commit } = await recordedPlan(store, String(execution.number));
  const request = { target: execution.step, parameters: [], inputs: [], environmentVariables: {} };
  const placed =
    environment === undefined ? { plan, warnings: [] } : await placePlan(project, plan, { ...request, environment });
  const [node] = placed.plan.nodes;
  if (node === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `the plan of execution ${execution.number} is missing`);
  const label = `${run.number}.${execution.node}`;
  const code = await recordedCode(store, await project.blobs(), placed.plan, commit);
  return { node: byItself(node), label, code, recorded: { run, execution }, warnings: placed.warnings };
}

/** Nobody else of a distributed task is there to wait for. */
function byItself(node: PlannedNode): PlannedExecution {
  const { members: _, ...rest } = executionOf(node);
  return rest;
}

async function recordedExecution(
  store: ProjectStore,
  ref: string,
): Promise<{ readonly run: RunRecord; readonly execution: ExecutionRecord }> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "execution") {
    const run = await store.runs.get(subject.execution.runId);
    if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", `the run of ${ref} is missing`);
    return { run, execution: subject.execution };
  }
  const { run } = subject;
  const nodes = await store.nodes.list(run.id);
  const [only] = nodes;
  if (only === undefined || nodes.length > 1) {
    const names = nodes.slice(0, NODES_SHOWN).map(({ name }) => `${run.number}.${name}`);
    throw new HeadraceError(
      "HR_USAGE",
      `run ${run.number} has ${nodes.length} nodes; a shell stands in the place of one`,
      {
        hint: `name it: ${names.join(", ")}${nodes.length > NODES_SHOWN ? " …" : ""}`,
      },
    );
  }
  return await recordedExecution(store, `${run.number}.${only.name}`);
}

const NODES_SHOWN = 5;
