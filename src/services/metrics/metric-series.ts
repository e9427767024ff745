import type { MetricExtremeView, MetricSeriesView } from "../../api/index.ts";
import { isoTime } from "../records/view-of.ts";
import { MovingAverage } from "./moving-average.ts";
import { type SeriesPoint, ThinnedPoints } from "./thinned-points.ts";

/** Keys that count points, by the names that libraries print, the most telling first. */
const AXES = ["epoch", "step", "global_step", "iteration", "iter", "batch", "round"] as const;

/** The content of a line of JSON. */
export interface PrintedPoint {
  readonly execution: number;
  readonly node: string;
  /** Position among the points of the execution, from 0. */
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A stretch of the axis, or of time in milliseconds, with both of its ends. */
export interface PointRange {
  readonly from?: number;
  readonly to?: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface SeriesRequest {
  /** These keys only, with their points; empty: a summary of all keys. */
  readonly keys: readonly string[];
  /** The key to count by, instead of the first known one that the points have. */
  readonly axis?: string;
  /** The weight of what came before in a moving average over all points. */
  readonly smoothing?: number;
  /** The points of each series are thinned to so many. */
  readonly most?: number;
  /** Only the points there; all others count for what sums the series up. */
  readonly range?: PointRange;
}

/**
 * Folds points into one series per execution and key, in the order of their first appearance. The axis of a series is
 * decided by the first point that has the key; a point that lacks the axis' value counts by its position.
 */
export async function collectSeries(
  points: AsyncIterable<PrintedPoint>,
  request: SeriesRequest,
): Promise<MetricSeriesView[]> {
  const wanted = new Set(request.keys);
  const series = new Map<string, Series>();
  for await (const point of points) {
    const keys =
      wanted.size === 0 ? Object.keys(point.values) : request.keys.filter((key) => Object.hasOwn(point.values, key));
    for (const key of keys) {
      const id = `${point.execution} ${key}`;
      let one = series.get(id);
      if (one === undefined) {
        one = new Series(point, key, { axis: axisOf(point, request.axis), request });
        series.set(id, one);
      }
      one.add(point);
    }
  }
  return [...series.values()].map((each) => each.view());
}

function axisOf({ values }: PrintedPoint, asked: string | undefined): string | null {
  if (asked !== undefined) return asked;
  return AXES.find((axis) => typeof values[axis] === "number") ?? null;
}

class Series {
  readonly #facts: Pick<MetricSeriesView, "execution" | "node" | "key" | "axis">;
  readonly #first: unknown;
  readonly #points: { add(point: SeriesPoint): void; readonly points: readonly SeriesPoint[] } | undefined;
  readonly #range: PointRange | undefined;
  readonly #average: MovingAverage | undefined;
  #last: unknown;
  #count = 0;
  #min: MetricExtremeView | null = null;
  #max: MetricExtremeView | null = null;

  constructor(
    { execution, node, values }: PrintedPoint,
    key: string,
    { axis, request }: { readonly axis: string | null; readonly request: SeriesRequest },
  ) {
    this.#facts = { execution, node, key, axis };
    this.#first = values[key];
    if (request.keys.length > 0)
      this.#points = request.most === undefined ? new AllPoints() : new ThinnedPoints(request.most);
    this.#range = request.range;
    if (request.smoothing !== undefined) this.#average = new MovingAverage(request.smoothing);
  }

  add({ index, at, values }: PrintedPoint): void {
    const { key, axis } = this.#facts;
    const value = values[key];
    const counted = axis === null ? undefined : values[axis];
    const x = typeof counted === "number" ? counted : index;
    this.#count += 1;
    this.#last = value;
    // Points that are left out count for the average as well.
    const smoothed = this.#average?.add(value);
    if (isWithin(this.#range, { x, at })) this.#points?.add({ x, at, value, smoothed });
    if (typeof value !== "number") return;
    if (this.#min === null || value < this.#min.value) this.#min = { value, x };
    if (this.#max === null || value > this.#max.value) this.#max = { value, x };
  }

  view(): MetricSeriesView {
    const view = {
      ...this.#facts,
      count: this.#count,
      first: this.#first,
      last: this.#last,
      min: this.#min,
      max: this.#max,
    };
    if (this.#points === undefined) return view;
    const points = this.#points.points.map(({ x, at, value, smoothed }) => ({
      ...{ x, at: isoTime(at), value },
      ...(smoothed === undefined ? {} : { smoothed }),
    }));
    return { ...view, points };
  }
}

class AllPoints {
  readonly points: SeriesPoint[] = [];

  add(point: SeriesPoint): void {
    this.points.push(point);
  }
}

function isWithin(range: PointRange | undefined, { x, at }: Pick<SeriesPoint, "x" | "at">): boolean {
  if (range === undefined) return true;
  const { from = -Infinity, to = Infinity, sinceMs = -Infinity, untilMs = Infinity } = range;
  return x >= from && x <= to && at >= sinceMs && at <= untilMs;
}
