/**
 * Random numbers that a seed decides, the same on every machine: a sweep that is carried on after a crash makes the
 * suggestions that it would have made. The generator is sfc32 (Chris Doty-Humphrey, PractRand).
 */
export class RandomNumbers {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Equal parts give equal numbers. */
  constructor(...parts: readonly (number | string)[]) {
    [this.#a, this.#b, this.#c] = [hash(parts, 0), hash(parts, 1), hash(parts, 2)];
    for (let round = 0; round < 16; round++) this.#bits();
  }

  /** In [0, 1), of 53 bits. */
  uniform(): number {
    const high = this.#bits() >>> 5;
    const low = this.#bits() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  #bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

/** FNV-1a over the text of the parts, once for each word of the state. */
function hash(parts: readonly (number | string)[], word: number): number {
  let value = 0x811c9dc5;
  for (const character of `${word}|${parts.join("|")}`) {
    value ^= character.codePointAt(0) ?? 0;
    value = Math.imul(value, 0x01000193);
  }
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  return value ^ (value >>> 13);
}
