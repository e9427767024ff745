import type { ParameterChoice, ParameterSpace, ParameterValues } from "../space/parameter-space.ts";
import { valueAt } from "./random.ts";
import type { RandomNumbers } from "./random-numbers.ts";

/**
 * Degrees, coefficients and first direction numbers of the first dimensions, from new-joe-kuo-6 (Joe and Kuo, 2008).
 * The dimension before them is that of van der Corput.
 */
const DIRECTIONS: readonly (readonly [degree: number, coefficients: number, first: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
];

const BITS = 32;

/** Point `index` of a Sobol sequence, shifted by random bits: it covers a space more evenly than random points do. */
export function sobolPoint(space: ParameterSpace, index: number, shift: RandomNumbers): ParameterValues {
  const values: [string, ParameterChoice][] = [];
  for (const [dimension, { name, domain }] of space.entries()) {
    const bits = (coordinate(dimension, index) ^ (shift.uniform() * 2 ** BITS)) >>> 0;
    const share = (bits + 0.5) / 2 ** BITS;
    const choices = domain.kind === "categorical" ? domain.choices : undefined;
    if (domain.kind === "categorical") values.push([name, choices?.[Math.floor(share * domain.choices.length)] ?? 0]);
    else values.push([name, valueAt(domain, share)]);
  }
  return Object.fromEntries(values);
}

/** Dimensions beyond the table are scrambled copies of earlier ones: evenly spread each, less so together. */
function coordinate(dimension: number, index: number): number {
  const own = dimension % (DIRECTIONS.length + 1);
  const numbers = directionNumbers(own);
  const gray = index ^ (index >>> 1);
  let bits = 0;
  for (let bit = 0; bit < BITS; bit++) if (((gray >>> bit) & 1) === 1) bits ^= numbers[bit] ?? 0;
  return own === dimension ? bits >>> 0 : Math.imul(bits, 0x9e3779b1 + 2 * dimension) >>> 0;
}

const known = new Map<number, readonly number[]>();

function directionNumbers(dimension: number): readonly number[] {
  const memo = known.get(dimension);
  if (memo !== undefined) return memo;
  const [degree, coefficients, first] = DIRECTIONS[dimension - 1] ?? [0, 0, []];
  const numbers: number[] = [];
  for (let bit = 0; bit < BITS; bit++) {
    if (dimension === 0) numbers.push((1 << (BITS - 1 - bit)) >>> 0);
    else if (bit < degree) numbers.push(((first[bit] ?? 1) << (BITS - 1 - bit)) >>> 0);
    else {
      const before = numbers[bit - degree] ?? 0;
      let value = before ^ (before >>> degree);
      for (let place = 1; place < degree; place++)
        if (((coefficients >>> (degree - 1 - place)) & 1) === 1) value ^= numbers[bit - place] ?? 0;
      numbers.push(value >>> 0);
    }
  }
  known.set(dimension, numbers);
  return numbers;
}
