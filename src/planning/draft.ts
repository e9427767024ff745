import {
  type Config,
  type Edge,
  type EdgeMergeMode,
  type ExecutionNode,
  type NodeAction,
  type OnError,
  REFUSED_NODE_HINTS,
  type Step,
  type TaskBlueprint,
  type TaskNode,
} from "../config/index.ts";
import type { FlatPipeline } from "./expand-pipeline.ts";
import { mergeOverride } from "./merge-override.ts";
import { nearestName } from "./nearest-name.ts";
import { isLibrary, type NodeCommit, type NodeCommits } from "./node-commits.ts";
import type { PlanReport } from "./plan-report.ts";
import { withProjectDefaults } from "./project-defaults.ts";
import { type RetryPolicy, retryPolicyOf } from "./retry.ts";

/** A node on its way to being planned. */
export interface DraftNode {
  readonly name: string;
  readonly step: Step;
  /** The version of the code that it names; absent: the pipeline's own. */
  readonly commit?: string;
  /** Place among the draft's nodes, in the order of declaration; decides ties of the order. */
  readonly index: number;
  readonly onError?: OnError;
  readonly retry?: RetryPolicy;
  readonly edgeMergeMode: EdgeMergeMode;
  readonly actions: readonly NodeAction[];
  /** Edges that end here and are sound, in declaration order. */
  readonly incoming: Edge[];
  /**
   * Sockets of the whole draft whose edges were reported: what those would have brought is not reported as missing as
   * well.
   */
  readonly unsound: ReadonlySet<string>;
  /** It is many executions of the step. */
  readonly task?: DraftTask;
}

export interface DraftTask {
  /** Name of the task in the file; absent where the node names a step, or the request asks for a sweep. */
  readonly name?: string;
  readonly blueprint: TaskBlueprint;
}

export interface Draft {
  readonly nodes: readonly DraftNode[];
  readonly byName: ReadonlyMap<string, DraftNode>;
  /** See `DraftNode.unsound`; one set for all nodes. */
  readonly unsound: Set<string>;
  /** Nodes that were declared but cannot run; edges to them are not reported once more. */
  readonly refused: ReadonlySet<string>;
}

/** The draft of a run of one step or task: a graph of one node that is named like it. */
export function draftStep(step: Step, task?: DraftTask): Draft {
  const unsound = new Set<string>();
  const retry = retryPolicyOf(undefined, step.retry);
  const node: DraftNode = {
    name: task?.name ?? step.name,
    ...(task === undefined ? {} : { task }),
    step,
    index: 0,
    ...(retry === undefined ? {} : { retry }),
    edgeMergeMode: "replace",
    actions: [],
    incoming: [],
    unsound,
  };
  return { nodes: [node], byName: new Map([[node.name, node]]), refused: new Set(), unsound };
}

/** Looks up every node's step and merges its override; says what cannot run. */
export function draftPipeline(sources: StepSources, pipeline: FlatPipeline, report: PlanReport): Draft {
  const stepsOf = stepFinder(sources);
  const byName = new Map<string, DraftNode>();
  const refused = new Set<string>();
  const unsound = new Set<string>(pipeline.unsound);
  for (const node of pipeline.nodes) {
    if (byName.has(node.name) || refused.has(node.name)) {
      report.problem(
        "configuration",
        `pipeline ${pipeline.name} has two nodes named "${node.name}"`,
        "node names must differ",
      );
      continue;
    }
    if (node.type === "deployment") {
      const message = `node ${node.name}: deployment nodes are not supported by this version`;
      report.problem("not-supported", message, REFUSED_NODE_HINTS.deployment);
      refused.add(node.name);
      continue;
    }
    const found = findStep(node, stepsOf, report);
    if (found === undefined) refused.add(node.name);
    else byName.set(node.name, draftNode(node, found, { index: byName.size, unsound }));
  }
  return { nodes: [...byName.values()], byName, refused, unsound };
}

/** The sources of the nodes' steps: the file at hand, or those of the commits that they name. */
export interface StepSources {
  readonly config: Config;
  readonly commits: NodeCommits;
}

interface Items {
  readonly steps: ReadonlyMap<string, Step>;
  readonly tasks: ReadonlyMap<string, TaskBlueprint>;
}
type StepFinder = (commit: string | undefined) => (Items & { readonly commit?: string }) | Refusal;
type Refusal = Extract<NodeCommit, { readonly ok: false }>;

function stepFinder({ config, commits }: StepSources): StepFinder {
  const byConfig = new Map<Config, Items>();
  const itemsIn = (of: Config): Items => {
    const known = byConfig.get(of) ?? {
      steps: new Map(of.steps.map((step) => [step.name, step])),
      tasks: new Map(of.tasks.map((task) => [task.name, task])),
    };
    byConfig.set(of, known);
    return known;
  };
  const completed = new Map<Config, Config>();
  return (name) => {
    if (name === undefined) return itemsIn(config);
    const found = commits.get(name);
    if (found === undefined) return { ok: false, message: `the commit ${name} was not looked up` };
    if (!found.ok) return found;
    const whole = completed.get(found.config) ?? withProjectDefaults(found.config);
    completed.set(found.config, whole);
    return { ...itemsIn(whole), commit: found.commit };
  };
}

interface FoundStep {
  readonly step: Step;
  /** The commit, if it is another version than the pipeline's own. */
  readonly commit?: string;
  readonly task?: DraftTask;
}

function findStep(node: ExecutionNode | TaskNode, stepsOf: StepFinder, report: PlanReport): FoundStep | undefined {
  if (node.commit !== undefined && isLibrary(node.commit)) {
    const message = `node ${node.name}: steps of a library (${node.commit}) are not supported by this version`;
    report.problem("not-supported", message, "copy the step into the file, and remove `commit` from the node");
    return undefined;
  }
  const found = stepsOf(node.commit);
  if ("ok" in found) {
    report.problem("configuration", `node ${node.name}: ${found.message}`, found.hint);
    return undefined;
  }
  const { steps, tasks, commit } = found;
  const where = node.commit === undefined ? "" : ` in commit ${node.commit}`;
  const task = node.type === "task" ? taskOf(node, tasks) : undefined;
  if (task !== undefined && "unknown" in task) {
    const message = `node ${node.name}: there is no task named "${task.unknown}"${where}`;
    reportUnknown(message, task.unknown, tasks, report);
    return undefined;
  }
  const name = task?.blueprint.step ?? node.step ?? "";
  const step = steps.get(name);
  if (step !== undefined)
    return { step, ...(commit === undefined ? {} : { commit }), ...(task === undefined ? {} : { task }) };
  reportUnknown(`node ${node.name}: there is no step named "${name}"${where}`, name, steps, report);
  return undefined;
}

/** A node that names a step varies what edges and pipeline parameters bring it lists of. */
function taskOf(node: TaskNode, tasks: Items["tasks"]): DraftTask | { readonly unknown: string } {
  if (node.task === undefined) {
    const grid = gridOf(node.name, node.step ?? "");
    return { blueprint: node.forEach === undefined ? grid : { ...grid, forEach: node.forEach } };
  }
  const blueprint = tasks.get(node.task);
  return blueprint === undefined ? { unknown: node.task } : { name: node.task, blueprint };
}

/** A task that varies nothing by itself. */
export function gridOf(name: string, step: string): TaskBlueprint {
  return { name, step, type: "grid_search", reuseChildren: true, goals: [], parameters: [], parameterSets: [] };
}

function reportUnknown(message: string, name: string, known: ReadonlyMap<string, unknown>, report: PlanReport): void {
  const nearest = nearestName(name, known.keys());
  report.problem("configuration", message, nearest === undefined ? undefined : `did you mean "${nearest}"?`);
}

function draftNode(
  node: ExecutionNode | TaskNode,
  { step, commit, task }: FoundStep,
  place: Pick<DraftNode, "index" | "unsound">,
): DraftNode {
  const retry = retryPolicyOf(node.onError, step.retry);
  return {
    name: node.name,
    step: mergeOverride(step, node.override),
    index: place.index,
    // The format's default; it also says what the failure of the last attempt does.
    onError: node.onError === undefined || node.onError === "retry" ? "stop-all" : node.onError,
    ...(retry === undefined ? {} : { retry }),
    edgeMergeMode: node.edgeMergeMode,
    actions: node.actions,
    incoming: [],
    unsound: place.unsound,
    ...(commit === undefined ? {} : { commit }),
    ...(task === undefined ? {} : { task }),
  };
}
