import {
  isActive,
  type ParameterChoice,
  type ParameterDomain,
  type ParameterSpace,
  type ParameterValues,
} from "../space/parameter-space.ts";
import type { RandomNumbers } from "./random-numbers.ts";

/** Every value of each parameter is as likely as any other; for a logarithmic one, every order of magnitude is. */
export function sampleRandom(space: ParameterSpace, random: RandomNumbers): ParameterValues {
  const values: Record<string, ParameterChoice> = {};
  for (const parameter of space)
    if (isActive(parameter, values)) values[parameter.name] = randomValue(parameter.domain, random);
  return values;
}

export function randomValue(domain: ParameterDomain, random: RandomNumbers): ParameterChoice {
  if (domain.kind === "categorical") return domain.choices[random.below(domain.choices.length)] as ParameterChoice;
  return valueAt(domain, random.uniform());
}

/** The value of a numeric domain at a share of its range, in [0, 1). */
export function valueAt(
  { kind, low, high, log, step }: Exclude<ParameterDomain, { readonly kind: "categorical" }>,
  share: number,
): number {
  const width = step ?? (kind === "integer" ? 1 : undefined);
  if (width === undefined) return between(low, high, log, share);
  const last = Math.floor((high - low) / width + 1e-9);
  const drawn = between(low - width / 2, low + width * (last + 0.5), log, share);
  return low + width * Math.min(last, Math.max(0, Math.round((drawn - low) / width)));
}

function between(low: number, high: number, log: boolean | undefined, share: number): number {
  if (log !== true) return low + (high - low) * share;
  const [first, last] = [Math.log(low), Math.log(high)];
  return Math.min(high, Math.max(low, Math.exp(first + (last - first) * share)));
}
