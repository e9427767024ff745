import { describe, expect, test } from "vitest";
import { collectSeries, type PointPage } from "./metric-series.ts";

type Values = Readonly<Record<string, unknown>>;

async function* printed(...values: readonly Values[]): AsyncIterable<PointPage> {
  for (const [index, each] of values.entries())
    yield { execution: 3, node: "train", index, points: [{ at: index, values: each }] };
}

describe("collectSeries", () => {
  test("sums each key up, with the place of its least and greatest value on the axis", async () => {
    const points = printed({ epoch: 10, loss: 0.5 }, { epoch: 20, loss: 0.1 }, { epoch: 30, loss: 0.2 }, { auc: 0.7 });
    expect((await collectSeries(points, { keys: [] })).slice(1)).toEqual([
      {
        execution: 3,
        node: "train",
        key: "loss",
        axis: "epoch",
        count: 3,
        first: 0.5,
        last: 0.2,
        min: { value: 0.1, x: 20 },
        max: { value: 0.5, x: 10 },
      },
      {
        execution: 3,
        node: "train",
        key: "auc",
        axis: null,
        count: 1,
        first: 0.7,
        last: 0.7,
        min: { value: 0.7, x: 3 },
        max: { value: 0.7, x: 3 },
      },
    ]);
  });

  test("counts what is no number, and leaves it out of least and greatest", async () => {
    const [series] = await collectSeries(printed({ loss: "NaN" }, { loss: 2 }, { loss: null }), { keys: ["loss"] });
    expect(series).toMatchObject({
      count: 3,
      first: "NaN",
      last: null,
      min: { value: 2, x: 1 },
      max: { value: 2, x: 1 },
    });
    expect(series?.points).toEqual([
      { x: 0, at: "1970-01-01T00:00:00.000Z", value: "NaN" },
      { x: 1, at: "1970-01-01T00:00:00.001Z", value: 2 },
      { x: 2, at: "1970-01-01T00:00:00.002Z", value: null },
    ]);
    expect((await collectSeries(printed({ name: "x" }), { keys: [] }))[0]).toMatchObject({ min: null, max: null });
  });

  test.each<readonly [Values, string | undefined, string | null]>([
    [{ loss: 1, step: 4, epoch: 2 }, undefined, "epoch"],
    [{ loss: 1, step: 4 }, undefined, "step"],
    [{ loss: 1, step: "4" }, undefined, null],
    [{ loss: 1, epoch: 2, tokens: 9 }, "tokens", "tokens"],
  ])("the axis of %j, asked for %s, is %s", async (values, axis, expected) => {
    const [series] = await collectSeries(printed(values), { keys: ["loss"], ...(axis === undefined ? {} : { axis }) });
    expect(series?.axis).toBe(expected);
    expect(series?.points?.[0]?.x).toBe(expected === null ? 0 : values[expected]);
  });

  test("knows keys that are names of JavaScript", async () => {
    const series = await collectSeries(printed(JSON.parse('{"__proto__": 1, "constructor": 2}') as Values), {
      keys: [],
    });
    expect(series.map(({ key, last }) => [key, last])).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });

  test("thins points, and keeps every least and greatest that the eye would see", async () => {
    const values = Array.from({ length: 10_000 }, (_, step) => ({ step, loss: step === 4_321 ? 99 : (step * 7) % 5 }));
    const [series] = await collectSeries(printed(...values), { keys: ["loss"], most: 100 });
    const { points = [], count } = series ?? {};
    expect(count).toBe(10_000);
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points.length).toBeGreaterThan(40);
    expect(points.map(({ x }) => x)).toEqual(points.map(({ x }) => x).toSorted((a, b) => a - b));
    expect([points[0]?.x, points.at(-1)?.x]).toEqual([0, 9_999]);
    expect(points.filter(({ value }) => value === 99)).toMatchObject([{ x: 4_321 }]);
    const [few] = await collectSeries(printed(...values.slice(0, 20)), { keys: ["loss"], most: 100 });
    expect(few?.points?.map(({ value }) => value)).toEqual(values.slice(0, 20).map(({ loss }) => loss));
  });

  test("smooths over all points, as TensorBoard does, and thins and cuts what is smoothed", async () => {
    // By TensorBoard's own recurrence: (0.5 · 0 + 0.5 · 1) / (1 - 0.5), then (0.5 · 0.5 + 0.5 · 2) / (1 - 0.25) …
    const few = printed({ loss: 1 }, { loss: 2 }, { loss: "NaN" }, { loss: 4 });
    const [series] = await collectSeries(few, { keys: ["loss"], smoothing: 0.5 });
    expect(series?.points?.map(({ smoothed }) => smoothed)).toEqual([1, 1.25 / 0.75, undefined, 2.625 / 0.875]);
    const values = Array.from({ length: 5_000 }, (_, step) => ({ step, loss: Math.sin(step / 300) + (step % 2) }));
    const every = await collectSeries(printed(...values), { keys: ["loss"], smoothing: 0.9 });
    const all = every[0]?.points ?? [];
    const wish = { keys: ["loss"], smoothing: 0.9, most: 80 };
    const [thinned] = await collectSeries(printed(...values), wish);
    const heights = (thinned?.points ?? []).map(({ smoothed = 0 }) => smoothed);
    expect(heights.length).toBeLessThanOrEqual(80);
    expect(Math.max(...heights)).toBe(Math.max(...all.map(({ smoothed = 0 }) => smoothed)));
    for (const point of thinned?.points ?? []) expect(point).toEqual(all[point.x]);
    const [part] = await collectSeries(printed(...values), { ...wish, range: { from: 4_000, to: 4_010 } });
    expect(part?.points).toEqual(all.slice(4_000, 4_011));
    expect((await collectSeries(printed({ loss: 3 }), { keys: ["loss"] }))[0]?.points?.[0]).not.toHaveProperty(
      "smoothed",
    );
  });

  test("takes the points of a stretch of the axis or of time, and sums up all", async () => {
    const values = Array.from({ length: 10 }, (_, place) => ({ step: place * 10, loss: place }));
    const [byAxis] = await collectSeries(printed(...values), { keys: ["loss"], range: { from: 30, to: 50 } });
    expect(byAxis?.points?.map(({ x }) => x)).toEqual([30, 40, 50]);
    expect(byAxis).toMatchObject({ count: 10, first: 0, last: 9 });
    const [byTime] = await collectSeries(printed(...values), { keys: ["loss"], range: { sinceMs: 8, untilMs: 9 } });
    expect(byTime?.points?.map(({ x }) => x)).toEqual([80, 90]);
  });
});
