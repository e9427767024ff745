import type { NodeAction } from "../config/index.ts";
import { evaluate, type Names, parseExpression } from "../expressions/index.ts";

/** Whether a condition holds; `problem` says why it could not be decided (it then does not hold). */
export interface ConditionResult {
  readonly holds: boolean;
  readonly problem?: string;
}

/**
 * What the actions of a node ask for at a moment (`node-starting`, `node-complete`, `node-error`), in declaration order, each deed once.
 * Of several conditions all must hold; one on a value that does not exist (yet) does not hold. An action without conditions is always due.
 *
 * @example dueActions(node.actions, "node-complete", { metadata }) // ["stop-pipeline"]
 */
export function dueActions(actions: readonly NodeAction[], when: string, names: Names): readonly string[] {
  const due = actions.filter(
    (action) => action.when.includes(when) && action.if.every((condition) => checkCondition(condition, names).holds),
  );
  return [...new Set(due.flatMap((action) => action.then))];
}

/**
 * Evaluates an action's `if` or a `stop-condition`. Metadata keys may be written with or without `metadata.` before them.
 * A name without a value is no problem: metrics appear as the step goes on.
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
