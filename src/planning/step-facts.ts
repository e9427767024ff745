import { type Parameter, type ParameterValue, type Step, typedDefault } from "../config/index.ts";
import type { PlannedInput } from "./plan.ts";

/** What planning asks of a step again and again; made once per step, shared by all its nodes. */
export interface StepFacts {
  readonly inputNames: ReadonlySet<string>;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly variableNames: ReadonlySet<string>;
  /** Defaults, those of flags included. */
  readonly defaultParameters: Readonly<Record<string, ParameterValue>>;
  readonly defaultInputs: readonly PlannedInput[];
  readonly defaultVariables: Readonly<Record<string, string>>;
  /** Names that need a value from elsewhere. */
  readonly openParameters: readonly string[];
  readonly openInputs: readonly string[];
  readonly openVariables: readonly string[];
}

/** Keeps the facts of the steps of one plan, so that 100,000 nodes of one step share one copy of its defaults. */
export class StepFactsCache {
  readonly #facts = new Map<Step, StepFacts>();

  of(step: Step): StepFacts {
    let facts = this.#facts.get(step);
    if (facts === undefined) {
      facts = collectFacts(step);
      this.#facts.set(step, facts);
    }
    return facts;
  }
}

function collectFacts(step: Step): StepFacts {
  const defaults = step.parameters.flatMap((parameter) => {
    const value = typedDefault(parameter);
    return value === undefined ? [] : [[parameter.name, value] as const];
  });
  const valued = new Set(defaults.map(([name]) => name));
  const variables = step.environmentVariables.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value] as const]));
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
    variableNames: new Set(step.environmentVariables.map((variable) => variable.name)),
    // fromEntries, here and everywhere: it makes an own property even of a name such as __proto__.
    defaultParameters: Object.fromEntries(defaults),
    defaultInputs: inputs,
    defaultVariables: Object.fromEntries(variables),
    openParameters: step.parameters
      .filter((item) => !item.optional && item.type !== "flag" && !valued.has(item.name))
      .map((item) => item.name),
    openInputs: inputs.filter((input) => !input.optional && input.sources.length === 0).map((input) => input.name),
    openVariables: step.environmentVariables.filter((item) => !item.optional && item.default === undefined).map((item) => item.name),
  };
}
