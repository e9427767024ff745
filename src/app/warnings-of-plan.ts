import { readFileSync } from "node:fs";
import { type Diagnostic, definitionsOf } from "../config/index.ts";
import type { Plan } from "../planning/index.ts";
import type { ProjectLocation } from "./project.ts";

/** Those of the configuration's warnings that concern what is to run; `headrace lint` shows all. */
export function warningsOfPlan({ configFile }: ProjectLocation, plan: Plan, found: readonly Diagnostic[]): readonly string[] {
  if (found.length === 0) return [];
  const definitionAt = definitionsOf(readFileSync(configFile));
  const steps = new Set(plan.nodes.map(({ step }) => step.name));
  const concerns = ({ path }: Diagnostic): boolean => {
    const definition = definitionAt(path);
    if (definition === undefined) return true;
    return definition.kind === "step" ? steps.has(definition.name) : definition.name === plan.name;
  };
  return found.filter(concerns).map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
}
