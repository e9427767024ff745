/**
 * An exponential moving average as TensorBoard and Weights & Biases draw it: `weight` is that of what came before, and
 * what the average begins with, nothing, does not count (it is divided by the weight of the values so far).
 */
export class MovingAverage {
  readonly #weight: number;
  #sum = 0;
  /** The weight of the nothing in the beginning. */
  #rest = 1;

  constructor(weight: number) {
    this.#weight = weight;
  }

  /** The average up to this value; undefined for what is no finite number, which is left out. */
  add(value: unknown): number | undefined {
    if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
    this.#sum = this.#sum * this.#weight + (1 - this.#weight) * value;
    this.#rest *= this.#weight;
    return this.#sum / (1 - this.#rest);
  }
}
