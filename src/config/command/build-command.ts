import type { Parameter, ParameterValue } from "../model.ts";
import { shellQuote } from "../shell-quote.ts";
import { parameterArguments, parameterValueText } from "./parameter-arguments.ts";
import { pythonStrip } from "./python-whitespace.ts";

export interface BuildCommandOptions {
  /** Value of `{source-path}`; without it the placeholder stays as it is written. */
  readonly sourcePath?: string;
}

/**
 * Fills the placeholders of a step's command lines; every inserted text is quoted for a POSIX shell. Known are
 * `{parameters}` (or `{params}`), `{parameter:NAME}`, `{parameter-value:NAME}` and `{source-path}`; any other text in
 * braces, an unknown name among them, and everything in `${…}` stays as it is.
 *
 * A parameter without a value takes its default, save for flags: an unset flag emits nothing even with `default: true`.
 * To run a step, the flags' defaults have to be passed as values (planning does so).
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
  return lines.map((line) => pythonStrip(replacePlaceholders(line, replacement)));
}

/**
 * Replaces what Python's `re` finds as `{(.+?)}`: from a brace to the next closing one after at least one character, on
 * one line. By hand, because as a regular expression it takes quadratic time on a long run of opening braces. A brace
 * after `$` is found as well, so that its closing one is taken, but stays: it is the shell's.
 */
function replacePlaceholders(line: string, replacement: (inner: string) => string | undefined): string {
  let built = "";
  let done = 0;
  let close = -1;
  let newline = -1;
  for (let open = line.indexOf("{"); open !== -1; open = line.indexOf("{", open + 1)) {
    if (close < open + 2) close = line.indexOf("}", open + 2);
    if (close === -1) break;
    if (newline < open && newline !== line.length) newline = indexOrEnd(line, "\n", open);
    if (newline < close) continue;
    const text = line[open - 1] === "$" ? undefined : replacement(line.slice(open + 1, close));
    built += line.slice(done, open) + (text ?? line.slice(open, close + 1));
    done = close + 1;
    open = close;
  }
  return built + line.slice(done);
}

function indexOrEnd(text: string, searched: string, from: number): number {
  const index = text.indexOf(searched, from);
  return index === -1 ? text.length : index;
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
