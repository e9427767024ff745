/** An argument that a Python script takes on its command line, as a parameter of its step. Literal values are JSON. */
export interface ScriptOption {
  readonly name: string;
  readonly type: "string" | "integer" | "float" | "flag";
  readonly default?: string | number | boolean;
  readonly choices?: readonly (string | number)[];
  readonly optional: boolean;
  readonly isMultiple: boolean;
  /** As the format has it, where the usual form does not do. */
  readonly passAs?: string;
  /** The same for a flag: what stands for true and for false. */
  readonly passFalseAs?: string;
}

/** Options that were found, and what the reader has to look at; each a sentence part without a full stop. */
export interface ScriptOptions {
  readonly options: readonly ScriptOption[];
  readonly notes: readonly string[];
}

const ADD_ARGUMENT =
  /\badd_argument\(\s*(?<names>(?:["']-?-?[A-Za-z][\w-]*["']\s*,?\s*)+)(?<rest>[^()]*(?:\((?:[^()]|\([^()]*\))*\)[^()]*)*)\)/g;

const OTHER_READERS = /^\s*(?:import|from)\s+(click|typer|fire|docopt|hydra|absl|tyro|jsonargparse)\b/m;

/** Arguments declared with literals: good enough for a starting point, which the user reads and mends. */
export function readArgparse(text: string): ScriptOptions {
  const options = new Map<string, ScriptOption>();
  const notes: string[] = [];
  for (const { groups } of text.matchAll(ADD_ARGUMENT)) {
    const names = [...(groups?.names ?? "").matchAll(/["']([^"']+)["']/g)].map(([, name]) => name ?? "");
    const option = readOption(names, groups?.rest ?? "");
    if (typeof option === "string") notes.push(option);
    else options.set(option.name, option);
  }
  const reader = OTHER_READERS.exec(text)?.[1];
  if (reader !== undefined) notes.push(`its options are read by ${reader}, which this list does not know`);
  return { options: [...options.values()], notes };
}

function readOption(names: readonly string[], rest: string): ScriptOption | string {
  const long = names.find((name) => name.startsWith("--"));
  const [first = ""] = names;
  const written = long ?? first;
  const name = written.replace(/^-+/, "");
  const action = /\baction\s*=\s*(?:["'](\w+)["']|argparse\.(\w+)|(\w+))/
    .exec(rest)
    ?.slice(1)
    .find((found) => found !== undefined);
  const nargs = /\bnargs\s*=\s*["']?([?*+]|\d+|[\w.]+)/.exec(rest)?.[1];
  if (action === "version" || action === "help") return `\`${written}\` is no parameter`;
  if (action === "store_true" || action === "store_false")
    return { name, type: "flag", optional: false, isMultiple: false, ...passed(written) };
  if (action === "BooleanOptionalAction")
    return { name, type: "flag", optional: false, isMultiple: false, passAs: written, passFalseAs: `--no-${name}` };
  if (action !== undefined && action !== "store" && action !== "append")
    return `\`${written}\` (${action}) has no counterpart among parameters`;
  const isPositional = !first.startsWith("-");
  if (nargs !== undefined && nargs !== "?" && !isPositional)
    return `\`${written}\` takes several values behind one another: pass them in the command, \`${written} {parameter:${name}}\`, with a parameter of \`multiple: repeat\` and \`pass-as: "{v}"\``;
  const value = literalAt(rest, "default");
  const choices = choicesIn(rest);
  return {
    name,
    type: typeIn(rest),
    ...(value === undefined ? {} : { default: value }),
    ...(choices === undefined ? {} : { choices }),
    optional:
      value === undefined && (isPositional ? nargs === "?" || nargs === "*" : !/\brequired\s*=\s*True\b/.test(rest)),
    isMultiple: action === "append" || (nargs !== undefined && nargs !== "?"),
    ...(isPositional ? { passAs: "{v}" } : passed(written)),
  };
}

/** `-n` alone has no long form; the usual `--{name}={value}` would be another option. */
function passed(written: string): { readonly passAs?: string } {
  return written.startsWith("--") ? {} : { passAs: written.startsWith("-") ? `${written} {v}` : "{v}" };
}

function typeIn(rest: string): ScriptOption["type"] {
  if (/\btype\s*=\s*int\b/.test(rest)) return "integer";
  return /\btype\s*=\s*float\b/.test(rest) ? "float" : "string";
}

const LITERAL = String.raw`(?:-?\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?|"[^"\\]*"|'[^'\\]*')`;

function literalAt(rest: string, key: string): string | number | undefined {
  const found = new RegExp(String.raw`\b${key}\s*=\s*(${LITERAL})\s*(?:,|$)`).exec(rest.trim())?.[1];
  return found === undefined ? undefined : literal(found);
}

function choicesIn(rest: string): readonly (string | number)[] | undefined {
  const list = new RegExp(String.raw`\bchoices\s*=\s*[[({]\s*(${LITERAL}(?:\s*,\s*${LITERAL})*)\s*,?\s*[\])}]`).exec(
    rest,
  )?.[1];
  return list?.match(new RegExp(LITERAL, "g"))?.map(literal);
}

function literal(text: string): string | number {
  return /^["']/.test(text) ? text.slice(1, -1) : Number(text.replaceAll("_", ""));
}
