export interface SeriesPoint {
  readonly x: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: unknown;
  /** The number that is drawn in place of the value. */
  readonly smoothed?: number | undefined;
}

interface Placed extends SeriesPoint {
  readonly order: number;
}

interface Extreme {
  readonly place: Placed;
  readonly value: number;
}

interface Stretch {
  readonly first: Placed;
  least: Extreme | undefined;
  greatest: Extreme | undefined;
  last: Placed;
}

/**
 * Points of a series, no more than so many, that draw the same line: the first, least, greatest and last one of each
 * stretch. The number of points decides the length of a stretch; there are at least an eighth as many stretches as
 * points may be.
 */
export class ThinnedPoints {
  readonly #mostStretches: number;
  #stretches: Stretch[] = [];
  /** So many points are one stretch. */
  #length = 1;
  #count = 0;

  constructor(most: number) {
    this.#mostStretches = Math.max(1, Math.floor(most / 4));
  }

  add(point: SeriesPoint): void {
    const placed = stretchOf({ ...point, order: this.#count });
    const current = this.#stretches.at(-1);
    if (this.#count % this.#length === 0 || current === undefined) this.#stretches.push(placed);
    else extend(current, placed);
    this.#count += 1;
    if (this.#stretches.length > this.#mostStretches) this.#halve();
  }

  /** In the order in which they came. */
  get points(): readonly SeriesPoint[] {
    return this.#stretches.flatMap(({ first, least, greatest, last }) => {
      const kept = [first, least?.place, greatest?.place, last].filter((point) => point !== undefined);
      return [...new Set(kept)].sort((a, b) => a.order - b.order);
    });
  }

  #halve(): void {
    const merged: Stretch[] = [];
    for (let index = 0; index < this.#stretches.length; index += 2) {
      const [one, next] = this.#stretches.slice(index, index + 2);
      if (one === undefined) continue;
      if (next !== undefined) extend(one, next);
      merged.push(one);
    }
    this.#stretches = merged;
    this.#length *= 2;
  }
}

function stretchOf(point: Placed): Stretch {
  const drawn = point.smoothed ?? point.value;
  const extreme = typeof drawn === "number" ? { place: point, value: drawn } : undefined;
  return { first: point, least: extreme, greatest: extreme, last: point };
}

function extend(one: Stretch, { least, greatest, last }: Stretch): void {
  if (least !== undefined && (one.least === undefined || least.value < one.least.value)) one.least = least;
  if (greatest !== undefined && (one.greatest === undefined || greatest.value > one.greatest.value))
    one.greatest = greatest;
  one.last = last;
}
