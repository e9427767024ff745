/** The domain of one parameter of a sweep. */
export type ParameterDomain =
  | {
      readonly kind: "float";
      readonly low: number;
      readonly high: number;
      /** Sampled in the space of its logarithm; low > 0. */
      readonly log?: boolean;
      /** Only `low + k step`, as far as it does not pass `high`. */
      readonly step?: number;
    }
  | {
      readonly kind: "integer";
      readonly low: number;
      readonly high: number;
      readonly log?: boolean;
      readonly step?: number;
    }
  | { readonly kind: "categorical"; readonly choices: readonly ParameterChoice[] };

export type ParameterChoice = string | number | boolean;

export interface SpaceParameter {
  readonly name: string;
  readonly domain: ParameterDomain;
  /** The parameter has a value only where all of these have one of these values; they stand before it. */
  readonly when?: Readonly<Record<string, readonly ParameterChoice[]>>;
}

/** In the order in which values are chosen. */
export type ParameterSpace = readonly SpaceParameter[];

/** The values of one trial: only those parameters that count in it. */
export type ParameterValues = Readonly<Record<string, ParameterChoice>>;

/** Returns true if the parameter counts beside these values. */
export function isActive({ when }: SpaceParameter, values: ParameterValues): boolean {
  return when === undefined || Object.entries(when).every(([name, allowed]) => allowed.includes(values[name] as never));
}
