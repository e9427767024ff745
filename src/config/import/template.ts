import { shellQuote } from "../shell-quote.ts";
import { isMapping, type Mapping, own } from "./dvc-document.ts";

/** The values that `${…}` can mean; later contexts outrank earlier ones. */
export type TemplateContext = readonly Mapping[];

const PLACEHOLDER = /(\\?)\$\{\s*([\w./[\]-]+?)\s*\}/g;

/**
 * Fills DVC's `${name.key[0]}` in a text. A mapping in a command becomes command-line options, as DVC unpacks it. A
 * name that cannot be found stays and is reported; `\${…}` is an escaped one.
 */
export function fillTemplate(
  text: string,
  context: TemplateContext,
  options: { readonly inCommand: boolean; missing(name: string): void },
): string {
  return text.replace(PLACEHOLDER, (match, backslash: string, name: string) => {
    if (backslash !== "") return match.slice(1);
    const value = lookUpTemplate(name, context);
    const shown = value === undefined ? undefined : showValue(value, options.inCommand);
    if (shown === undefined) options.missing(name);
    return shown ?? match;
  });
}

/**
 * The value of a text that is one placeholder and nothing else: it keeps its type (a list to go through, a mapping).
 */
export function wholeTemplate(text: string, context: TemplateContext): { readonly value: unknown } | undefined {
  const match = /^\$\{\s*([\w./[\]-]+?)\s*\}$/.exec(text.trim());
  if (match === null) return undefined;
  return { value: lookUpTemplate(match[1] ?? "", context) };
}

function lookUpTemplate(name: string, context: TemplateContext): unknown {
  const keys = name.replaceAll(/\[(\w+)\]/g, ".$1").split(".");
  for (const mapping of context.toReversed()) {
    const found = keys.reduce<unknown>((value, key) => step(value, key), mapping);
    if (found !== undefined) return found;
  }
  return undefined;
}

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isMapping(value) ? own(value, key) : undefined;
}

/** DVC's spelling of values: booleans in lower case, nothing for null. */
export function templateText(value: unknown): string | undefined {
  if (value === null) return "";
  if (typeof value === "boolean" || typeof value === "string") return String(value);
  if (typeof value !== "number") return undefined;
  return String(value);
}

function showValue(value: unknown, inCommand: boolean): string | undefined {
  if (isMapping(value)) return inCommand ? unpack(value).join(" ") : undefined;
  return templateText(value);
}

/**
 * `{lr: 0.1, nested: {a: x}, flag: true, list: [1, 2]}` → `--lr 0.1 --nested.a x --flag --list 1 2`; false flags are
 * left out.
 */
function unpack(mapping: Mapping, prefix = ""): readonly string[] {
  return Object.entries(mapping).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    if (isMapping(value)) return unpack(value, `${name}.`);
    if (value === false) return [];
    if (value === true) return [`--${name}`];
    const items = Array.isArray(value) ? value : [value];
    return [`--${name}`, ...items.map((item) => shellQuote(templateText(item) ?? JSON.stringify(item)))];
  });
}
