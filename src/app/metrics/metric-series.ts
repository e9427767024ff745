import type { MetricExtremeView, MetricPointView, MetricSeriesView } from "../../api/index.ts";

/** Keys that count points, by the names that libraries print, the most telling first. */
const AXES = ["epoch", "step", "global_step", "iteration", "iter", "batch", "round"] as const;

export interface SeriesRequest {
  /** These keys only, with their points; empty: a summary of all keys. */
  readonly keys: readonly string[];
  /** The key to count by, instead of the first known one that the points have. */
  readonly axis?: string;
}

/**
 * Folds points into one series per execution and key, in the order of their first appearance. The axis of a series is decided by the
 * first point that has the key; a point that lacks the axis' value counts by its position.
 */
export async function collectSeries(points: AsyncIterable<MetricPointView>, request: SeriesRequest): Promise<MetricSeriesView[]> {
  const wanted = new Set(request.keys);
  const series = new Map<string, Series>();
  for await (const point of points) {
    const keys = wanted.size === 0 ? Object.keys(point.values) : request.keys.filter((key) => Object.hasOwn(point.values, key));
    for (const key of keys) {
      const id = `${point.execution} ${key}`;
      let one = series.get(id);
      if (one === undefined) {
        one = new Series(point, key, axisOf(point, request.axis), wanted.size > 0);
        series.set(id, one);
      }
      one.add(point);
    }
  }
  return [...series.values()].map((each) => each.view());
}

function axisOf({ values }: MetricPointView, asked: string | undefined): string | null {
  if (asked !== undefined) return asked;
  return AXES.find((axis) => typeof values[axis] === "number") ?? null;
}

class Series {
  readonly #facts: Pick<MetricSeriesView, "execution" | "node" | "key" | "axis">;
  readonly #first: unknown;
  readonly #points: { x: number; at: string; value: unknown }[] | undefined;
  #last: unknown;
  #count = 0;
  #min: MetricExtremeView | null = null;
  #max: MetricExtremeView | null = null;

  constructor({ execution, node, values }: MetricPointView, key: string, axis: string | null, keepsPoints: boolean) {
    this.#facts = { execution, node, key, axis };
    this.#first = values[key];
    this.#points = keepsPoints ? [] : undefined;
  }

  add({ index, at, values }: MetricPointView): void {
    const { key, axis } = this.#facts;
    const value = values[key];
    const counted = axis === null ? undefined : values[axis];
    const x = typeof counted === "number" ? counted : index;
    this.#count += 1;
    this.#last = value;
    this.#points?.push({ x, at, value });
    if (typeof value !== "number") return;
    if (this.#min === null || value < this.#min.value) this.#min = { value, x };
    if (this.#max === null || value > this.#max.value) this.#max = { value, x };
  }

  view(): MetricSeriesView {
    const view = { ...this.#facts, count: this.#count, first: this.#first, last: this.#last, min: this.#min, max: this.#max };
    return this.#points === undefined ? view : { ...view, points: this.#points };
  }
}
