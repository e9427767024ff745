import type { ExecutionView, RunView } from "../../api/index.ts";
import type { NodeValues } from "../../store/index.ts";

/** A row of a list: a run or an execution, with every value that a column, a filter or an order may name. */
export interface ListRow {
  /** Names the row; the order of equal values. */
  readonly number: number;
  /** The facts that every row has, by name. */
  readonly facts: ReadonlyMap<string, unknown>;
  /** The values of all nodes of a run, in the order of the plan; an execution has its own. */
  readonly nodes: readonly NodeValues[];
}

/** Names that are no values of a node. */
export const RUN_FACTS = ["number", "name", "state", "title", "duration"] as const;
export const EXECUTION_FACTS = ["number", "name", "state", "duration"] as const;

export function runRow(run: RunView, nodes: readonly NodeValues[]): ListRow {
  const { number, name, state, title, durationS } = run;
  return { number, facts: factsOf({ number, name, state, title: title ?? "", duration: durationS }), nodes };
}

/** `runName`: the step or pipeline that was run. */
export function executionRow(execution: ExecutionView, runName: string): ListRow {
  const { number, state, durationS, node, parameters, metadata } = execution;
  return {
    number,
    facts: factsOf({ number, name: runName, state, duration: durationS }),
    nodes: [{ node, execution: number, reused: false, parameters, metadata }],
  };
}

function factsOf(facts: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(facts).map(([name, value]) => [name, value ?? undefined]));
}

/**
 * Finds a value by the name that a user gives it: `auc`, `train.auc`, `parameter.depth`, `metadata.loss`,
 * `train.metadata.loss`, or a fact of the row (`number`, `name`, `state` …). A bare name means a parameter first, then
 * metadata, of the last node (in the order of the plan) that has one: what comes out at the end of a pipeline is what
 * it is judged by. Undefined where there is none.
 */
export function valueNamed(row: ListRow, name: string): unknown {
  const fact = row.facts.get(name);
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

/** Every name for which `valueNamed` may have a value. */
export function* everyName({ facts, nodes }: ListRow): Generator<string> {
  yield* facts.keys();
  for (const { node, parameters, metadata } of nodes)
    for (const [origin, values] of [
      ["parameter", parameters],
      ["metadata", metadata],
    ] as const)
      for (const key of Object.keys(values))
        for (const name of [key, `${origin}.${key}`]) {
          yield name;
          yield `${node}.${name}`;
        }
}

/**
 * Every name under which a row has a value that fits into a cell, bare where only one node has it; of one origin alone,
 * it says so itself: `metadata.auc`.
 */
export function namesOf(row: ListRow, origin?: "parameter" | "metadata"): readonly string[] {
  const owners = new Map<string, Set<string>>();
  const note = (node: string, values: Readonly<Record<string, unknown>>): void => {
    for (const [key, value] of Object.entries(values)) {
      if (typeof value === "object" || key.startsWith("_")) continue;
      owners.set(key, (owners.get(key) ?? new Set()).add(node));
    }
  };
  for (const { node, parameters, metadata } of row.nodes) {
    if (origin !== "metadata") note(node, parameters);
    if (origin !== "parameter") note(node, metadata);
  }
  const own = origin === undefined ? "" : `${origin}.`;
  return [...owners].flatMap(([key, nodes]) =>
    nodes.size === 1 ? [own + key] : [...nodes].map((node) => `${node}.${own}${key}`),
  );
}

/** A name that says itself whether a parameter or metadata is meant. */
export function originOf(name: string): { readonly name: string; readonly origin?: "parameter" | "metadata" } {
  for (const origin of ["parameter", "metadata"] as const)
    if (name.startsWith(`${origin}.`)) return { name: name.slice(origin.length + 1), origin };
  return { name };
}

function ofNode({ parameters, metadata }: NodeValues, text: string): unknown {
  const { name, origin } = originOf(text);
  if (origin === undefined) return own(parameters, name) ?? own(metadata, name);
  return own(origin === "parameter" ? parameters : metadata, name);
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
