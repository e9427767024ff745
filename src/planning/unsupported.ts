import { IGNORED_STEP_KEYS, type NodeAction, type Step } from "../config/index.ts";
import { parseExpression } from "../expressions/index.ts";
import type { DraftNode } from "./draft.ts";
import type { PlanReport } from "./plan-report.ts";

/** Says plainly what of a step is read but not acted upon, and what in it cannot work. */
export function reviewStep(step: Step, report: PlanReport): void {
  for (const [key, isUsed] of IGNORED_STEP_KEYS) {
    if (isUsed(step)) report.warn(`step ${step.name}: ${key} is not supported by this version and is ignored`);
  }
  for (const input of step.inputs) {
    if (input.download !== "on-demand") continue;
    report.warn(
      `step ${step.name}, input "${input.name}": download: on-demand is not supported by this version; the files are fetched before the step starts`,
    );
  }
  if (step.stopCondition !== undefined)
    reviewCondition(`step ${step.name}, stop-condition`, step.stopCondition, report);
}

const MOMENTS: ReadonlySet<string> = new Set(["node-starting", "node-complete", "node-error"]);
const DEEDS: ReadonlySet<string> = new Set(["stop-pipeline", "error-pipeline", "noop", "require-approval"]);

/** The same for the actions of a node. An action that would be left out makes the run wrong, hence a problem. */
export function reviewActions(node: DraftNode, report: PlanReport): void {
  for (const action of node.actions) reviewAction(node, action, report);
}

function reviewAction(node: DraftNode, action: NodeAction, report: PlanReport): void {
  for (const moment of action.when) {
    if (MOMENTS.has(moment)) continue;
    report.problem(
      "configuration",
      `node ${node.name}: an action is due when "${moment}", which never comes`,
      `use ${[...MOMENTS].join(", ")}`,
    );
  }
  for (const deed of action.then) {
    if (DEEDS.has(deed)) continue;
    report.problem("configuration", `node ${node.name}: there is no action "${deed}"`, `use ${[...DEEDS].join(", ")}`);
  }
  for (const condition of action.if) reviewCondition(`node ${node.name}, condition of an action`, condition, report);
}

function reviewCondition(place: string, text: string, report: PlanReport): void {
  const parsed = parseExpression(text);
  if (!parsed.ok)
    report.problem(
      "configuration",
      `${place}: ${parsed.message}, at character ${parsed.offset + 1} of ${JSON.stringify(text)}`,
    );
}
