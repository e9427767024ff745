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
  return [...new Set(dueAt(actions, when, names).flatMap((action) => action.then))];
}

/** The answer that the file gives to a request for approval, so many ms after it, unless a person has answered. */
export interface ApprovalRule {
  readonly afterMs: number;
  readonly decision: "approved" | "rejected";
}

/**
 * Returns undefined where no action asks for an approval at the moment. Where several ask, the one that waits shortest
 * decides; where two wait equally long, the one that rejects.
 */
export function dueApproval(
  actions: readonly NodeAction[],
  when: string,
  names: Names,
): { readonly rule?: ApprovalRule } | undefined {
  const asking = dueAt(actions, when, names).filter(({ then }) => then.includes("require-approval"));
  if (asking.length === 0) return undefined;
  const rules = asking.flatMap(({ timeoutS, onTimeout }): readonly ApprovalRule[] =>
    timeoutS === undefined
      ? []
      : [{ afterMs: timeoutS * 1000, decision: onTimeout === "approve" ? "approved" : "rejected" }],
  );
  const [rule] = rules.toSorted((a, b) => a.afterMs - b.afterMs || (a.decision === "rejected" ? -1 : 1));
  return rule === undefined ? {} : { rule };
}

/**
 * Returns the time after which it is said again that nobody has approved: the shortest of those that ask at the moment.
 */
export function reminderOf(actions: readonly NodeAction[], isStart: boolean): number | undefined {
  const times = actions.flatMap(({ when, then, remindS }) =>
    remindS !== undefined &&
    then.includes("require-approval") &&
    when.some((moment) => (moment === "node-starting") === isStart)
      ? [remindS * 1000]
      : [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

function dueAt(actions: readonly NodeAction[], when: string, names: Names): readonly NodeAction[] {
  return actions.filter(
    (action) => action.when.includes(when) && action.if.every((condition) => checkCondition(condition, names).holds),
  );
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
