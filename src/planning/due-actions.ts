import type { NodeAction, ParameterValue } from "../config/index.ts";
import { evaluate, type Names, namesOf, parseExpression } from "../expressions/index.ts";

/** Says if a condition holds; `problem` says why it could not be decided (it then does not hold). */
export interface ConditionResult {
  readonly holds: boolean;
  readonly problem?: string;
}

/** The values that a condition can name. */
export interface ConditionFacts {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Last value per metadata key. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The names of a condition: `metadata.KEY`, `parameter.NAME` and `parameters.NAME`. */
export function conditionNames({ parameters, metadata }: ConditionFacts): Names {
  return { metadata, parameter: parameters, parameters };
}

/** The metadata keys that conditions may mean. A text that does not parse means none. */
export function metadataKeysOf(conditions: readonly string[]): ReadonlySet<string> {
  const names = conditions.flatMap((condition) => {
    const parsed = parseExpression(condition);
    return parsed.ok ? namesOf(parsed.expression).map(({ name }) => name) : [];
  });
  return new Set(
    names.flatMap((name) => (name.startsWith("metadata.") ? [name, name.slice("metadata.".length)] : [name])),
  );
}

/**
 * Returns the deeds that the actions of a node ask for at a moment (`node-starting`, `node-complete`, `node-error`), in
 * declaration order, each deed once. If an action has several conditions, all must hold; one on a value
 * that does not exist (yet) does not hold. An action without conditions is always due.
 *
 * @example dueActions(node.actions, "node-complete", conditionNames({ parameters, metadata })) // ["stop-pipeline"]
 */
export function dueActions(actions: readonly NodeAction[], when: string, names: Names): readonly string[] {
  const due = actions.filter(
    (action) => action.when.includes(when) && action.if.every((condition) => checkCondition(condition, names).holds),
  );
  return [...new Set(due.flatMap((action) => action.then))];
}

/**
 * Evaluates an action's `if` or a `stop-condition`. Metadata keys may be written with or without `metadata.` before
 * them. A name without a value is no problem: metrics appear as the step goes on.
 */
export function checkCondition(condition: string, names: Names): ConditionResult {
  const parsed = parseExpression(condition);
  if (!parsed.ok) return { holds: false, problem: parsed.message };
  const result = evaluate(parsed.expression, withBareMetadata(names));
  if (result.ok) return { holds: result.truthy };
  return result.missingName === undefined ? { holds: false, problem: result.message } : { holds: false };
}

function withBareMetadata(names: Names): Names {
  const metadata = Object.hasOwn(names, "metadata") ? names.metadata : undefined;
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return names;
  return { ...metadata, ...names };
}
