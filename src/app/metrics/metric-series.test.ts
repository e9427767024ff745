import { describe, expect, test } from "vitest";
import type { MetricPointView } from "../../api/index.ts";
import { collectSeries } from "./metric-series.ts";

type Values = Readonly<Record<string, unknown>>;

async function* printed(...values: readonly Values[]): AsyncIterable<MetricPointView> {
  for (const [index, each] of values.entries()) yield { execution: 3, node: "train", index, at: `t${index}`, values: each };
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
    expect(series).toMatchObject({ count: 3, first: "NaN", last: null, min: { value: 2, x: 1 }, max: { value: 2, x: 1 } });
    expect(series?.points).toEqual([
      { x: 0, at: "t0", value: "NaN" },
      { x: 1, at: "t1", value: 2 },
      { x: 2, at: "t2", value: null },
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
    const series = await collectSeries(printed(JSON.parse('{"__proto__": 1, "constructor": 2}') as Values), { keys: [] });
    expect(series.map(({ key, last }) => [key, last])).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
  });
});
