import type { Step } from "../config/index.ts";

/** A variable that is set outside of the configuration: the value is absent where it is a secret. */
export interface KnownVariable {
  readonly name: string;
  readonly value?: string;
}

/** The variables of a project, and those of the groups that its steps may name; a later one of a name counts more. */
export interface KnownVariables {
  readonly own: readonly KnownVariable[];
  readonly groups: ReadonlyMap<string, readonly KnownVariable[]>;
}

export const NO_VARIABLES: KnownVariables = { own: [], groups: new Map() };

/** The variables that a step gets. */
export interface LayeredVariables {
  /** Its defaults, over them the project's own, over those its groups in their order. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of the secrets that it gets, whose values are read when it starts. */
  readonly secrets: readonly string[];
  readonly missingGroups: readonly string[];
}

export function layeredVariables(step: Step, known: KnownVariables): LayeredVariables {
  const values = new Map(
    step.environmentVariables.flatMap(({ name, default: value }) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
  const secrets = new Set<string>();
  const groups = step.environmentVariableGroups.map((name) => known.groups.get(name) ?? []);
  for (const { name, value } of [known.own, ...groups].flat()) {
    values.delete(name);
    secrets.delete(name);
    if (value === undefined) secrets.add(name);
    else values.set(name, value);
  }
  return {
    values: Object.fromEntries(values),
    secrets: [...secrets],
    missingGroups: step.environmentVariableGroups.filter((name) => !known.groups.has(name)),
  };
}
