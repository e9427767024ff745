import fc from "fast-check";
import { expect, test } from "vitest";
import { collectSeries, type PointPage, type SeriesRequest, seriesOfColumns } from "./metric-series.ts";
import { KeptColumns, PointColumns } from "./point-columns.ts";

const KEYS = ["loss", "step", "epoch", "auc", "__proto__"] as const;
const POINTS = fc.array(fc.dictionary(fc.constantFrom(...KEYS), fc.integer({ min: -50, max: 50 })), { maxLength: 40 });
const REQUESTS: fc.Arbitrary<SeriesRequest> = fc.record(
  {
    keys: fc.uniqueArray(fc.constantFrom(...KEYS, "none")),
    axis: fc.constantFrom(...KEYS),
    smoothing: fc.constant(0.5),
    most: fc.constantFrom(4, 1_000),
    range: fc.record({ from: fc.integer({ min: -50, max: 10 }), to: fc.integer({ min: 0, max: 50 }) }),
  },
  { requiredKeys: ["keys"] },
);

async function* pagesOf(points: PointPage["points"]): AsyncGenerator<PointPage> {
  for (let index = 0; index < points.length; index += 7)
    yield { execution: 3, node: "train", index, points: points.slice(index, index + 7) };
}

test("points held as columns give the series that the points themselves give", async () => {
  await fc.assert(
    fc.asyncProperty(POINTS, REQUESTS, async (all, request) => {
      const points = all.map((values, index) => ({ at: 1_000 + index, values }));
      const columns = new PointColumns();
      for (const point of points) columns.add(point);
      expect(columns.isFit).toBe(true);
      expect(seriesOfColumns(columns, { execution: 3, node: "train" }, request)).toEqual(
        await collectSeries(pagesOf(points), request),
      );
    }),
  );
});

test("points that hold more than numbers, or very many keys, are not held", () => {
  const texts = new PointColumns();
  for (const values of [{ loss: 1 }, { loss: "NaN" }, { loss: 2 }]) texts.add({ at: 1, values });
  const wide = new PointColumns();
  wide.add({ at: 1, values: Object.fromEntries(Array.from({ length: 65 }, (_, key) => [`k${key}`, key])) });
  expect([texts.isFit, texts.size < 5, wide.isFit]).toEqual([false, true, false]);
  const kept = new KeptColumns();
  kept.keep("a", texts);
  expect(kept.get("a")).toBeUndefined();
});

test("what was looked at last stays where there is no room for all", () => {
  const kept = new KeptColumns();
  const large = (): PointColumns => {
    const columns = new PointColumns();
    for (let at = 0; at < 700_000; at++) columns.add({ at, values: { loss: at } });
    return columns;
  };
  for (const name of ["a", "b"]) kept.keep(name, large());
  expect(kept.get("a")).toBeDefined();
  kept.keep("c", large());
  expect(["a", "b", "c"].map((name) => kept.get(name) !== undefined)).toEqual([true, false, true]);
});
