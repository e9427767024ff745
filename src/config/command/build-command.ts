import type { Parameter, ParameterValue } from "../model.ts";
import { shellQuote } from "../shell-quote.ts";
import { parameterArguments, parameterValueText } from "./parameter-arguments.ts";
import { pythonStrip } from "./python-whitespace.ts";

export interface BuildCommandOptions {
  /** Value of `{source-path}`; without it the placeholder stays as it is written. */
  readonly sourcePath?: string;
}

/** A `$` before the brace is taken along, so that a shell's own `${NAME}` can be left alone. */
const PLACEHOLDER = /\$?\{([^\n]+?)\}/g;

/**
 * Fills the placeholders of a step's command lines; every inserted text is quoted for a POSIX shell.
 * Known are `{parameters}` (or `{params}`), `{parameter:NAME}`, `{parameter-value:NAME}` and `{source-path}`; any other text in braces,
 * an unknown name among them, and everything in `${…}` stays as it is.
 *
 * A parameter without a value takes its default, save for flags: an unset flag emits nothing even with `default: true`.
 * Whoever runs a step sends the flags' defaults as values (planning does).
 *
 * @example
 * buildCommand(["python train.py {parameters}"], step.parameters, { epochs: 5 }) // ["python train.py --epochs=5"]
 */
export function buildCommand(
  lines: readonly string[],
  parameters: readonly Parameter[],
  values: Readonly<Record<string, ParameterValue>>,
  options: BuildCommandOptions = {},
): string[] {
  const declared = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const known = knownValues(declared, values);
  const quoted = (parameter: Parameter) => parameterArguments(parameter, known.get(parameter.name)).map(shellQuote);

  const replacement = (inner: string): string | undefined => {
    if (inner === "source-path") return options.sourcePath === undefined ? undefined : shellQuote(options.sourcePath);
    if (inner === "parameters" || inner === "params") return [...declared.values()].flatMap(quoted).join(" ");
    const { kind, name } = splitPlaceholder(inner);
    const parameter = declared.get(name);
    if (kind === "parameter") return parameter === undefined ? undefined : quoted(parameter).join(" ");
    const value = kind === "parameter-value" ? known.get(name) : undefined;
    return value === undefined ? undefined : shellQuote(parameterValueText(parameter, value));
  };
  return lines.map((line) =>
    pythonStrip(line.replace(PLACEHOLDER, (match, inner: string) => (match.startsWith("$") ? match : (replacement(inner) ?? match)))),
  );
}

function splitPlaceholder(inner: string): { readonly kind: string; readonly name: string } {
  const colon = inner.indexOf(":");
  return { kind: inner.slice(0, Math.max(colon, 0)), name: inner.slice(colon + 1) };
}

function knownValues(
  declared: ReadonlyMap<string, Parameter>,
  values: Readonly<Record<string, ParameterValue>>,
): ReadonlyMap<string, ParameterValue> {
  const known = new Map<string, ParameterValue>();
  for (const parameter of declared.values()) {
    if (parameter.type !== "flag" && parameter.default !== undefined && parameter.default !== null)
      known.set(parameter.name, parameter.default);
  }
  for (const [name, value] of Object.entries(values)) known.set(name, value);
  return known;
}
