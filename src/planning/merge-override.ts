import type { NodeOverride, Step } from "../config/index.ts";

/**
 * The step as a node with an override sees it. Items of the same name are replaced whole: an input that the override
 * only names loses its default (so that an edge supplies it), a parameter that it only names is a string without a
 * default.
 */
export function mergeOverride(step: Step, override: NodeOverride | undefined): Step {
  if (override === undefined) return step;
  const { command, environment, image, mounts, runtimeConfigPreset, autorestart } = override;
  return {
    ...step,
    ...(command === undefined ? {} : { command }),
    ...(environment === undefined ? {} : { environment }),
    ...(image === undefined ? {} : { image }),
    ...(mounts === undefined ? {} : { mounts }),
    ...(runtimeConfigPreset === undefined ? {} : { runtimeConfigPreset }),
    ...(autorestart === undefined ? {} : { autorestart }),
    inputs: mergeNamed(step.inputs, override.inputs),
    parameters: mergeNamed(step.parameters, override.parameters),
    environmentVariables: mergeNamed(step.environmentVariables, override.environmentVariables),
  };
}

/**
 * Replaced items keep the step's place in the order, new ones follow: order decides the order of command-line
 * arguments.
 */
function mergeNamed<T extends { readonly name: string }>(
  base: readonly T[],
  overriding: readonly T[] | undefined,
): readonly T[] {
  if (overriding === undefined || overriding.length === 0) return base;
  const merged = new Map(base.map((item) => [item.name, item]));
  for (const item of overriding) merged.set(item.name, item);
  return [...merged.values()];
}
