import type { Parameter, VariantParameter } from "../model.ts";

/** The values that a user typed for a varied parameter, or the reason why they are wrong. */
export type VariantResult =
  | { readonly ok: true; readonly variant: VariantParameter }
  | { readonly ok: false; readonly message: string };

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const RANGE = new RegExp(String.raw`^(${NUMBER})\.\.(${NUMBER})(?::(log|${NUMBER}))?$`);

/**
 * Reads the values of a sweep: `2,4,8`, `0.1..0.9` (any number between), `1e-4..1e-1:log` (each order of magnitude
 * alike), `1..10` of whole numbers, `0..1:0.25` (in steps).
 */
export function readSweepText(name: string, text: string, parameter: Parameter | undefined): VariantResult {
  const trimmed = text.trim();
  const range = RANGE.exec(trimmed);
  if (range !== null) return { ok: true, variant: rangeOf(name, range, parameter) };
  if (/^[^,]*\.\.[^,]*$/.test(trimmed) && /\d\.\.|\.\.[+-]?\d/.test(trimmed))
    return {
      ok: false,
      message: `${JSON.stringify(text)} is no range: write \`LOW..HIGH\`, \`LOW..HIGH:log\` or \`LOW..HIGH:STEP\``,
    };
  const items = trimmed.split(",").map((item) => item.trim());
  if (items.some((item) => item === ""))
    return { ok: false, message: `${JSON.stringify(text)} has an empty value: write \`a,b,c\` or \`LOW..HIGH\`` };
  return { ok: true, variant: { name, style: "multiple", rules: { items } } };
}

function rangeOf(
  name: string,
  [, low, high, how]: RegExpExecArray,
  parameter: Parameter | undefined,
): VariantParameter {
  const [start, end] = [Number(low), Number(high)];
  if (how === "log") return { name, style: "random", rules: { min: start, max: end, distribution: "log-uniform" } };
  if (how !== undefined) return { name, style: "linear", rules: { start, end, step: Number(how) } };
  if (parameter?.type === "integer")
    return { name, style: "linear", rules: { start, end, step: start <= end ? 1 : -1 } };
  return { name, style: "random", rules: { min: start, max: end } };
}
