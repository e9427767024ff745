import type { ConfigurationView, StepView } from "../../../../src/api/index.ts";

type Definitions = NonNullable<ConfigurationView["definitions"]>;
type StepParameter = StepView["parameters"][number];

/** A value that the form asks for. */
export interface FormField {
  /** As the API and the command line name it. */
  readonly name: string;
  readonly kind: "parameter" | "input";
  readonly type: StepParameter["type"];
  /** The texts that stand in the field at first. */
  readonly initial: readonly string[];
  readonly isList: boolean;
  readonly isOptional: boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly description?: string;
}

/** The fields of a step's parameters and inputs, or of a pipeline's parameters; undefined where there is none. */
export function fieldsOf(
  { steps, pipelines }: Definitions,
  kind: "step" | "pipeline",
  target: string,
): readonly FormField[] | undefined {
  if (kind === "pipeline") {
    const pipeline = pipelines.find(({ name }) => name === target);
    return pipeline?.parameters.map((parameter) => {
      const { node, key } = parameter.targets[0] ?? {};
      const behind = pipeline.nodes.find(({ name }) => name === node);
      const step =
        behind !== undefined && "step" in behind ? steps.find(({ name }) => name === behind.step) : undefined;
      const typed = step?.parameters.find(({ name }) => name === key);
      const value = parameter.default ?? typed?.default;
      return {
        ...(typed === undefined ? TEXT : parameterField(typed)),
        ...{ name: parameter.name, initial: textsOf(value) },
        ...(parameter.description !== undefined && { description: parameter.description }),
      };
    });
  }
  const step = steps.find(({ name }) => name === target);
  if (step === undefined) return undefined;
  const inputs = step.inputs.map((input): FormField => {
    const { name, description } = input;
    const base = { name, kind: "input", type: "string", initial: input.default, isList: true } as const;
    return { ...base, isOptional: input.optional, ...(description !== undefined && { description }) };
  });
  return [...step.parameters.map(parameterField), ...inputs];
}

const TEXT = { kind: "parameter", type: "string", isList: false, isOptional: true } as const;

function parameterField(parameter: StepParameter): FormField {
  const { name, type, optional, multiple, choices, min, max, description } = parameter;
  return {
    ...{ name, kind: "parameter", type, isOptional: optional || type === "flag", isList: multiple !== "none" },
    initial: parameter.defaultTexts ?? textsOf(parameter.default),
    ...(choices !== undefined && { choices: choices.map(String) }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(description !== undefined && { description }),
  };
}

/** Values as one would type them. */
export function textsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The values that differ from those that stand in the file: the rest need not be said. */
export function changedFields(
  fields: readonly FormField[],
  values: ReadonlyMap<string, readonly string[]>,
): readonly (FormField & { readonly texts: readonly string[] })[] {
  return fields.flatMap((field) => {
    const texts = values.get(field.name) ?? field.initial;
    return JSON.stringify(texts) === JSON.stringify(field.initial) ? [] : [{ ...field, texts }];
  });
}

/** The command that starts the same run. */
export function commandOf(target: string, changed: ReturnType<typeof changedFields>, from: string | undefined): string {
  const options = changed.flatMap(({ kind, name, texts }) =>
    texts.map((text) => `${kind === "input" ? "--input" : "--param"} ${quoted(`${name}=${text}`)}`),
  );
  const origin = from === undefined ? [] : [`--from ${from}`];
  return ["headrace run", quoted(target), ...origin, ...options].join(" ");
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
