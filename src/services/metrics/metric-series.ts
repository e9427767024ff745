import type { MetricExtremeView, MetricSeriesView } from "../../api/index.ts";
import { isoTime } from "../records/view-of.ts";
import { MovingAverage } from "./moving-average.ts";
import type { PointColumn, PointColumns } from "./point-columns.ts";
import { type SeriesPoint, ThinnedPoints } from "./thinned-points.ts";

/** Keys that count points, by the names that libraries print, the most telling first. */
const AXES = ["epoch", "step", "global_step", "iteration", "iter", "batch", "round"] as const;

/** Points of an execution that follow one another. */
export interface PointPage {
  readonly execution: number;
  readonly node: string;
  /** Position of the first one among the points of the execution, from 0. */
  readonly index: number;
  readonly points: readonly PrintedPoint[];
}

/** The content of a line of JSON. */
export interface PrintedPoint {
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
  pages: AsyncIterable<PointPage>,
  request: SeriesRequest,
): Promise<MetricSeriesView[]> {
  const all: Series[] = [];
  let [current, byKey] = [Number.NaN, new Map<string, Series>()];
  for await (const { execution, node, index, points } of pages) {
    if (execution !== current) [current, byKey] = [execution, new Map()];
    for (const [place, { at, values }] of points.entries()) {
      const keys = request.keys.length === 0 ? Object.keys(values) : request.keys;
      for (const key of keys) {
        if (!Object.hasOwn(values, key)) continue;
        let one = byKey.get(key);
        if (one === undefined) {
          const axis = axisOf(values, request.axis);
          one = new Series({ execution, node, key, axis }, request);
          byKey.set(key, one);
          all.push(one);
        }
        one.add(index + place, at, values[key], one.axis === null ? undefined : values[one.axis]);
      }
    }
  }
  return all.map((each) => each.view());
}

/** The same of points that are held as columns. */
export function seriesOfColumns(
  held: PointColumns,
  { execution, node }: Pick<PointPage, "execution" | "node">,
  request: SeriesRequest,
): MetricSeriesView[] {
  const { columns } = held;
  const places = request.keys.length === 0 ? [...columns.keys()] : request.keys;
  const chosen = [...new Set(places)].flatMap((key) => {
    const column = columns.get(key);
    return column === undefined ? [] : [{ key, column, first: column.rows.at(0) }];
  });
  // In the order of their first appearance; those of one point in the order that was asked for.
  return chosen
    .toSorted((a, b) => a.first - b.first)
    .map(({ key, column: { rows, values }, first }) => {
      const axis = request.axis ?? AXES.find((name) => hasRow(columns.get(name), first)) ?? null;
      const series = new Series({ execution, node, key, axis }, request);
      const counting = axis === null ? undefined : columns.get(axis);
      for (let at = 0, counted = 0; at < rows.length; at++) {
        const row = rows.at(at);
        while (counting !== undefined && counted < counting.rows.length && counting.rows.at(counted) < row) counted++;
        const isCounted = counting !== undefined && counting.rows.at(counted) === row;
        series.add(row, held.timeOf(row), values.at(at), isCounted ? counting.values.at(counted) : undefined);
      }
      return series.view();
    });
}

function hasRow(column: PointColumn | undefined, row: number): boolean {
  if (column === undefined) return false;
  let [low, high] = [0, column.rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column.rows.at(middle) < row) low = middle + 1;
    else high = middle;
  }
  return column.rows.at(low) === row;
}

function axisOf(values: PrintedPoint["values"], asked: string | undefined): string | null {
  if (asked !== undefined) return asked;
  return AXES.find((axis) => typeof values[axis] === "number") ?? null;
}

class Series {
  readonly #facts: Pick<MetricSeriesView, "execution" | "node" | "key" | "axis">;
  #first: unknown;
  readonly #points: { add(point: SeriesPoint): void; readonly points: readonly SeriesPoint[] } | undefined;
  readonly #range: PointRange | undefined;
  readonly #average: MovingAverage | undefined;
  #last: unknown;
  #count = 0;
  #min: MetricExtremeView | null = null;
  #max: MetricExtremeView | null = null;

  constructor(facts: Pick<MetricSeriesView, "execution" | "node" | "key" | "axis">, request: SeriesRequest) {
    this.#facts = facts;
    if (request.keys.length > 0)
      this.#points = request.most === undefined ? new AllPoints() : new ThinnedPoints(request.most);
    this.#range = request.range;
    if (request.smoothing !== undefined) this.#average = new MovingAverage(request.smoothing);
  }

  get axis(): string | null {
    return this.#facts.axis;
  }

  /** `counted`: the value of the axis there. */
  add(index: number, at: number, value: unknown, counted: unknown): void {
    const x = typeof counted === "number" ? counted : index;
    if (this.#count === 0) this.#first = value;
    this.#count += 1;
    this.#last = value;
    // Points that are left out count for the average as well.
    const smoothed = this.#average?.add(value);
    if (this.#points !== undefined && isWithin(this.#range, x, at)) this.#points.add({ x, at, value, smoothed });
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

function isWithin(range: PointRange | undefined, x: number, at: number): boolean {
  if (range === undefined) return true;
  const { from = -Infinity, to = Infinity, sinceMs = -Infinity, untilMs = Infinity } = range;
  return x >= from && x <= to && at >= sinceMs && at <= untilMs;
}
