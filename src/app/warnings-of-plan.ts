import { readFileSync } from "node:fs";
import { type Diagnostic, definitionsOf } from "../config/index.ts";
import type { Plan } from "../planning/index.ts";
import type { ProjectResources } from "./project-resources.ts";

const UNPINNED = "unpinned-packages";

/** Those of the configuration's warnings that concern what is to run; `headrace lint` shows all. */
export function warningsOfPlan({ configFile }: ProjectResources, plan: Plan, found: readonly Diagnostic[]): readonly string[] {
  if (found.length === 0) return [];
  const definitionAt = definitionsOf(readFileSync(configFile));
  const steps = new Set(plan.nodes.map(({ step }) => step.name));
  const concerns = ({ path }: Diagnostic): boolean => {
    const definition = definitionAt(path);
    if (definition === undefined) return true;
    return definition.kind === "step" ? steps.has(definition.name) : definition.name === plan.name;
  };
  return shownOnce(found.filter(concerns)).map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
}

/** Most steps of a project install something in the same way: of all that is said the first time it is, and how many more there are. */
function shownOnce(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const [first, ...others] = found.filter(({ code }) => code === UNPINNED);
  if (first === undefined || others.length === 0) return found;
  const message = `${first.message}; ${others.length} more like it: see \`headrace lint\``;
  return found.flatMap((one) => (one === first ? { ...one, message } : one.code === UNPINNED ? [] : [one]));
}
