import type { RunView } from "../../api/index.ts";
import type { NodeValues } from "../../store/index.ts";

/** A row of a list: a run, or with its nodes apart one execution, and every value that a column, a filter or an order may name. */
export interface ListRow {
  readonly run: RunView;
  /** The node and its execution, where executions are listed. */
  readonly execution: { readonly number: number; readonly node: string; readonly reused: boolean } | null;
  readonly nodes: readonly NodeValues[];
}

/**
 * Finds a value by the name that a user gives it: `auc`, `train.auc`, `parameter.depth`, `metadata.loss`, `train.metadata.loss`, or a
 * fact of the run (`number`, `name`, `state`, `title`, `duration`). A bare name means a parameter first, then metadata, of the last node
 * (in the order of the plan) that has one: what comes out at the end of a pipeline is what it is judged by. Undefined where there is none.
 */
export function valueNamed(row: ListRow, name: string): unknown {
  const fact = Object.hasOwn(FACTS, name) ? FACTS[name as keyof typeof FACTS](row.run) : undefined;
  if (fact !== undefined) return fact;
  for (const node of row.nodes.toReversed()) {
    const value = ofNode(node, name);
    if (value !== undefined) return value;
  }
  for (const node of row.nodes) {
    if (!name.startsWith(`${node.node}.`)) continue;
    const value = ofNode(node, name.slice(node.node.length + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

const FACTS = {
  number: (run: RunView): unknown => run.number,
  name: (run: RunView): unknown => run.name,
  state: (run: RunView): unknown => run.state,
  title: (run: RunView): unknown => run.title ?? "",
  duration: (run: RunView): unknown => run.durationS ?? undefined,
} as const;

/** Names that are no values of a node, for suggestions. */
export const FACT_NAMES: readonly string[] = Object.keys(FACTS);

/** Every name under which a row has a value that fits into a cell, bare where only one node has it. */
export function namesOf(row: ListRow): readonly string[] {
  const owners = new Map<string, Set<string>>();
  for (const { node, parameters, metadata } of row.nodes) {
    for (const [key, value] of [...Object.entries(parameters), ...Object.entries(metadata)]) {
      if (typeof value === "object" || key.startsWith("_")) continue;
      owners.set(key, (owners.get(key) ?? new Set()).add(node));
    }
  }
  return [...owners].flatMap(([key, nodes]) => (nodes.size === 1 ? [key] : [...nodes].map((node) => `${node}.${key}`)));
}

function ofNode({ parameters, metadata }: NodeValues, name: string): unknown {
  if (name.startsWith("parameter.")) return own(parameters, name.slice("parameter.".length));
  if (name.startsWith("metadata.")) return own(metadata, name.slice("metadata.".length));
  return own(parameters, name) ?? own(metadata, name);
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
