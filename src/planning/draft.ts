import {
  type Config,
  type Edge,
  type EdgeMergeMode,
  type ExecutionNode,
  type NodeAction,
  type OnError,
  type Pipeline,
  REFUSED_NODE_HINTS,
  type Step,
} from "../config/index.ts";
import { mergeOverride } from "./merge-override.ts";
import { nearestName } from "./nearest-name.ts";
import type { PlanReport } from "./plan-report.ts";
import { type RetryPolicy, retryPolicyOf } from "./retry.ts";

/** A node on its way to being planned. */
export interface DraftNode {
  readonly name: string;
  readonly step: Step;
  /** Place among the draft's nodes, in the order of declaration; decides ties of the order. */
  readonly index: number;
  readonly onError?: OnError;
  readonly retry?: RetryPolicy;
  readonly edgeMergeMode: EdgeMergeMode;
  readonly actions: readonly NodeAction[];
  /** Edges that end here and are sound, in declaration order. */
  readonly incoming: Edge[];
  /** Sockets of the whole draft whose edges were reported: what those would have brought is not reported as missing as well. */
  readonly unsound: ReadonlySet<string>;
}

export interface Draft {
  readonly nodes: readonly DraftNode[];
  readonly byName: ReadonlyMap<string, DraftNode>;
  /** See `DraftNode.unsound`; one set for all nodes. */
  readonly unsound: Set<string>;
  /** Nodes that were declared but cannot run; edges to them are not reported once more. */
  readonly refused: ReadonlySet<string>;
}

/** The draft of a run of one step: a graph of one node that is named like the step. */
export function draftStep(step: Step): Draft {
  const unsound = new Set<string>();
  const retry = retryPolicyOf(undefined, step.retry);
  const node: DraftNode = {
    name: step.name,
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
export function draftPipeline(config: Config, pipeline: Pipeline, report: PlanReport): Draft {
  const steps = new Map(config.steps.map((step) => [step.name, step]));
  const byName = new Map<string, DraftNode>();
  const refused = new Set<string>();
  const unsound = new Set<string>();
  if (pipeline.nodes.length === 0) report.problem("configuration", `pipeline ${pipeline.name} has no nodes`);
  for (const node of pipeline.nodes) {
    if (byName.has(node.name) || refused.has(node.name)) {
      report.problem("configuration", `pipeline ${pipeline.name} has two nodes named "${node.name}"`, "node names must differ");
      continue;
    }
    if (node.type !== "execution") {
      const message = `node ${node.name}: ${node.type} nodes are not supported by this version`;
      report.problem("not-supported", message, REFUSED_NODE_HINTS[node.type]);
      refused.add(node.name);
      continue;
    }
    const step = steps.get(node.step);
    if (step === undefined) {
      const nearest = nearestName(node.step, steps.keys());
      report.problem(
        "configuration",
        `node ${node.name}: there is no step named "${node.step}"`,
        nearest === undefined ? undefined : `did you mean "${nearest}"?`,
      );
      refused.add(node.name);
      continue;
    }
    byName.set(node.name, draftNode(node, step, { index: byName.size, unsound }, report));
  }
  return { nodes: [...byName.values()], byName, refused, unsound };
}

function draftNode(node: ExecutionNode, step: Step, place: Pick<DraftNode, "index" | "unsound">, report: PlanReport): DraftNode {
  if (node.commit !== undefined) {
    report.problem(
      "not-supported",
      `node ${node.name}: running the code of another commit (${node.commit}) is not supported by this version`,
      "remove `commit` from the node to run it with the code at hand",
    );
  }
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
  };
}
