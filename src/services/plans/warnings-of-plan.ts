import { type Diagnostic, definitionsOf } from "../../config/index.ts";
import type { Plan } from "../../planning/index.ts";

const UNPINNED = "unpinned-packages";

/** Those of the configuration's warnings that concern what is to run; `headrace lint` shows all. */
export function warningsOfPlan(text: Buffer, plan: Plan, found: readonly Diagnostic[]): readonly string[] {
  if (found.length === 0) return [];
  const definitionAt = definitionsOf(text);
  const steps = new Set(plan.nodes.map(({ step }) => step.name));
  const concerns = ({ path }: Diagnostic): boolean => {
    const definition = definitionAt(path);
    if (definition === undefined) return true;
    return definition.kind === "step" ? steps.has(definition.name) : definition.name === plan.name;
  };
  return shownOnce(found.filter(concerns)).map(
    ({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
}

/**
 * Most steps of a project install something in the same way: the first warning is shown, and the number of the others.
 */
function shownOnce(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const [first, ...others] = found.filter(({ code }) => code === UNPINNED);
  if (first === undefined || others.length === 0) return found;
  const message = `${first.message}; ${others.length} more like it, which lint shows`;
  return found.flatMap((one) => (one === first ? { ...one, message } : one.code === UNPINNED ? [] : [one]));
}
