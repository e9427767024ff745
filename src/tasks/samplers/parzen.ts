import { normalShare } from "../../statistics/index.ts";
import type { ParameterChoice, ParameterDomain } from "../space/parameter-space.ts";
import type { RandomNumbers } from "./random-numbers.ts";

/**
 * One kernel for each observation and a broad one for the prior, in one dimension. The formulas are those of Optuna's
 * tree-structured Parzen estimator (Bergstra et al., 2011; Watanabe, "Tree-structured Parzen estimator: understanding
 * its algorithm components", 2023).
 */
export interface Kernels {
  /** A value drawn from the kernel of this index. */
  readonly draw: (kernel: number, random: RandomNumbers) => ParameterChoice;
  /** Adds the logarithm of each kernel's density at the value. */
  readonly addLogDensity: (value: ParameterChoice, sums: Float64Array) => void;
}

/** The last kernel is the prior. */
export function kernelsOf(domain: ParameterDomain, observed: readonly ParameterChoice[]): Kernels {
  return domain.kind === "categorical"
    ? choiceKernels(domain.choices, observed)
    : numberKernels(scaleOf(domain), observed as readonly number[]);
}

/** A numeric domain in the space in which its kernels stand. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly inner: (value: number) => number;
  /** The nearest value of the domain. */
  readonly outer: (inner: number) => number;
  /** The ends of the values that become this one; absent where each value stands for itself. */
  readonly bin?: (value: number) => readonly [number, number];
}

function scaleOf(domain: Exclude<ParameterDomain, { readonly kind: "categorical" }>): Scale {
  const { low, high } = domain;
  const inner = domain.log === true ? Math.log : (value: number) => value;
  const back = domain.log === true ? Math.exp : (value: number) => value;
  const step = domain.step ?? (domain.kind === "integer" ? 1 : undefined);
  if (step === undefined) {
    const outer = (value: number): number => Math.min(high, Math.max(low, back(value)));
    return { low: inner(low), high: inner(high), inner, outer };
  }
  const last = Math.floor((high - low) / step + 1e-9);
  const outer = (value: number): number =>
    low + step * Math.min(last, Math.max(0, Math.round((back(value) - low) / step)));
  const bin = (value: number): readonly [number, number] => [inner(value - step / 2), inner(value + step / 2)];
  const ends: readonly [number, number] = [bin(low)[0], bin(low + step * last)[1]];
  return { low: ends[0], high: ends[1], inner, outer, bin };
}

function numberKernels(scale: Scale, observed: readonly number[]): Kernels {
  const range = scale.high - scale.low;
  const centres = Float64Array.from([...observed.map(scale.inner), (scale.low + scale.high) / 2]);
  const widths = Float64Array.from([...widthsOf(centres.slice(0, -1), scale), range]);
  if (range === 0) return { draw: () => scale.outer(scale.low), addLogDensity: () => undefined };
  // Once for all candidates: with a thousand trials the logarithms took half of the time.
  const logWidths = widths.map(Math.log);
  const logMass = centres.map((centre, index) => {
    const width = widths[index] as number;
    return Math.log(normalShare((scale.high - centre) / width) - normalShare((scale.low - centre) / width));
  });
  return {
    draw: (kernel, random) => {
      const [centre, width] = [centres[kernel] as number, widths[kernel] as number];
      // The centre lies within the range, which is at least as wide as the kernel: every third draw falls into it.
      for (;;) {
        const value = centre + width * random.normal();
        if (value >= scale.low && value <= scale.high) return scale.outer(value);
      }
    },
    addLogDensity: (value, sums) => {
      const bin = scale.bin?.(value as number);
      const at = scale.inner(value as number);
      for (let kernel = 0; kernel < sums.length; kernel++) {
        const [centre, width] = [centres[kernel] as number, widths[kernel] as number];
        const density =
          bin === undefined
            ? -(((at - centre) / width) ** 2) / 2 - (logWidths[kernel] as number) - LOG_ROOT_TWO_PI
            : Math.log(Math.max(SMALLEST, shareBetween((bin[0] - centre) / width, (bin[1] - centre) / width)));
        sums[kernel] = (sums[kernel] as number) + density - (logMass[kernel] as number);
      }
    },
  };
}

const LOG_ROOT_TWO_PI = Math.log(2 * Math.PI) / 2;
const SMALLEST = 1e-300;

/** Measured on the side where both shares are small, so that their difference keeps its digits. */
function shareBetween(low: number, high: number): number {
  return low > 0 ? normalShare(-low) - normalShare(-high) : normalShare(high) - normalShare(low);
}

/**
 * As wide as the distance to the farther neighbour, the ends of the range and the prior's centre being neighbours too;
 * not narrower than a share of the range that sinks with their number (the "magic clip").
 */
function widthsOf(centres: Float64Array, { low, high }: Scale): Float64Array {
  const middle = (low + high) / 2;
  const order = [...centres.keys(), -1].sort((a, b) => at(a) - at(b));
  const widths = new Float64Array(centres.length);
  const narrowest = (high - low) / Math.min(100, 1 + centres.length + 1);
  order.forEach((index, place) => {
    if (index === -1) return;
    const [before, after] = [order[place - 1], order[place + 1]];
    const left = before === undefined ? undefined : at(index) - at(before);
    const right = after === undefined ? undefined : at(after) - at(index);
    const width = Math.max(left ?? 0, right ?? 0);
    widths[index] = Math.min(high - low, Math.max(narrowest, width));
  });
  return widths;

  function at(index: number): number {
    return index === -1 ? middle : (centres[index] as number);
  }
}

function choiceKernels(choices: readonly ParameterChoice[], observed: readonly ParameterChoice[]): Kernels {
  const kernels = observed.length + 1;
  const base = 1 / kernels;
  const total = 1 + base * choices.length;
  const own = observed.map((value) => choices.indexOf(value));
  return {
    draw: (kernel, random) => {
      const chosen = own[kernel];
      // The prior, and of a kernel the part that is spread over all choices.
      if (chosen === undefined || random.uniform() * total < base * choices.length)
        return choices[random.below(choices.length)] as ParameterChoice;
      return choices[chosen] as ParameterChoice;
    },
    addLogDensity: (value, sums) => {
      const chosen = choices.indexOf(value);
      for (let kernel = 0; kernel < sums.length; kernel++) {
        const share =
          own[kernel] === undefined ? 1 / choices.length : (base + (own[kernel] === chosen ? 1 : 0)) / total;
        sums[kernel] = (sums[kernel] as number) + Math.log(share);
      }
    },
  };
}
