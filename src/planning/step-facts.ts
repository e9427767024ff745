import { type Parameter, type ParameterValue, type Step, typedDefault } from "../config/index.ts";
import { type KnownVariables, layeredVariables, NO_VARIABLES } from "./known-variables.ts";
import type { PlannedInput } from "./plan.ts";

/** The facts of a step that planning needs again and again; made once per step, shared by all its nodes. */
export interface StepFacts {
  readonly inputNames: ReadonlySet<string>;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly variableNames: ReadonlySet<string>;
  /** Defaults, those of flags included. */
  readonly defaultParameters: Readonly<Record<string, ParameterValue>>;
  readonly defaultInputs: readonly PlannedInput[];
  /** The defaults, and what the project and the groups of the step set. */
  readonly defaultVariables: Readonly<Record<string, string>>;
  /** Names of the secrets that the project and the groups set. */
  readonly secretVariables: readonly string[];
  readonly missingGroups: readonly string[];
  /** Names that need a value from elsewhere. */
  readonly openParameters: readonly string[];
  readonly openInputs: readonly string[];
  readonly openVariables: readonly string[];
}

/** Keeps the facts of the steps of one plan, so that 100,000 nodes of one step share one copy of its defaults. */
export class StepFactsCache {
  readonly #facts = new Map<Step, StepFacts>();
  readonly #known: KnownVariables;

  constructor(known: KnownVariables = NO_VARIABLES) {
    this.#known = known;
  }

  of(step: Step): StepFacts {
    let facts = this.#facts.get(step);
    if (facts === undefined) {
      facts = collectFacts(step, this.#known);
      this.#facts.set(step, facts);
    }
    return facts;
  }
}

function collectFacts(step: Step, known: KnownVariables): StepFacts {
  const defaults = step.parameters.flatMap((parameter) => {
    const value = typedDefault(parameter);
    return value === undefined ? [] : [[parameter.name, value] as const];
  });
  const valued = new Set(defaults.map(([name]) => name));
  const variables = layeredVariables(step, known);
  const set = new Set([...Object.keys(variables.values), ...variables.secrets]);
  const inputs = step.inputs.map(
    (input): PlannedInput => ({
      name: input.name,
      optional: input.optional,
      keepDirectories: input.keepDirectories,
      ...(input.filename === undefined ? {} : { filename: input.filename }),
      sources: input.default.map((uri) => ({ kind: "uri", uri })),
    }),
  );
  return {
    inputNames: new Set(step.inputs.map((input) => input.name)),
    parameters: new Map(step.parameters.map((parameter) => [parameter.name, parameter])),
    variableNames: new Set([...step.environmentVariables.map((variable) => variable.name), ...set]),
    // fromEntries, here and everywhere: it makes an own property even of a name such as __proto__.
    defaultParameters: Object.fromEntries(defaults),
    defaultInputs: inputs,
    defaultVariables: variables.values,
    secretVariables: variables.secrets,
    missingGroups: variables.missingGroups,
    openParameters: step.parameters
      .filter((item) => !item.optional && item.type !== "flag" && !valued.has(item.name))
      .map((item) => item.name),
    openInputs: inputs.filter((input) => !input.optional && input.sources.length === 0).map((input) => input.name),
    openVariables: step.environmentVariables
      .filter((item) => !item.optional && !set.has(item.name))
      .map((item) => item.name),
  };
}
