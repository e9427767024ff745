import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { UseReading } from "../../executors/index.ts";
import type { MachineUseRecord } from "../../store/index.ts";
import { beginUse, UseSeries } from "./use-series.ts";

function useAfter(readings: readonly UseReading[], begin = beginUse(0)): MachineUseRecord {
  const series = new UseSeries(begin);
  for (const reading of readings) series.add(reading);
  return series.record();
}

function meanOf({ measures }: MachineUseRecord, quantity: "cpu" | "memory"): number {
  const { sum, seconds } = measures[quantity] ?? { sum: Number.NaN, seconds: 1 };
  return sum / seconds;
}

describe("the use of a machine", () => {
  test("totals become so much a second; mean and peak hold over the whole time", () => {
    const record = useAfter([
      { at: 2_000, totals: { cpu: 2, read: 1_000 }, memory: 100 },
      { at: 4_000, totals: { cpu: 8, read: 1_000 }, memory: 300 },
      { at: 8_000, totals: { cpu: 8, read: 5_000 }, memory: 200 },
    ]);
    expect(record.series).toEqual({
      widthS: 2,
      ends: [2, 4, 8],
      values: { cpu: [1, 3, 0], read: [500, 0, 1_000], memory: [100, 300, 200] },
    });
    expect([meanOf(record, "cpu"), record.measures.cpu?.peak]).toEqual([1, 3]);
    expect([meanOf(record, "memory"), record.measures.memory?.peak]).toEqual([200, 300]);
  });

  test("what passed a network that others use counts from the first look on, and one of its own from the beginning", () => {
    const readings = (network: "machine" | "step"): UseReading[] => [
      { at: 2_000, totals: { received: 1_000_000 }, network },
      { at: 3_000, totals: { received: 1_000_500 }, network },
    ];
    expect(useAfter(readings("machine")).series.values.received).toEqual([null, 500]);
    expect(useAfter(readings("step")).series.values.received).toEqual([500_000, 500]);
  });

  test("a total that has become less tells nothing, and the next one does again", () => {
    const record = useAfter([
      { at: 2_000, totals: { cpu: 4 } },
      { at: 4_000, totals: { cpu: 1 } },
      { at: 6_000, totals: { cpu: 3 } },
    ]);
    expect(record.series.values.cpu).toEqual([2, null, 1]);
  });

  test("a reading of the same moment or an earlier one is left out", () => {
    const first: UseReading = { at: 2_000, totals: { cpu: 4 } };
    expect(useAfter([first, { at: 2_000, totals: { cpu: 9 } }, { at: 1_000, totals: { cpu: 9 } }])).toEqual(
      useAfter([first]),
    );
  });

  test("cards count as many as there ever were", () => {
    const gpus = { count: 2, percent: 50, memory: 7 };
    const record = useAfter([
      { at: 1_000, totals: {}, gpus },
      { at: 2_000, totals: {} },
    ]);
    expect([record.gpus, record.measures.gpu?.peak, record.measures.gpuMemory?.peak]).toEqual([2, 50, 7]);
  });

  test("a step of a month has as few points as any, with the same mean and peak", () => {
    const month = Array.from({ length: 30 * 24 * 60 }, (_, minute): UseReading => {
      const at = (minute + 1) * 60_000;
      return { at, totals: { cpu: at / 2_000 }, memory: minute === 7_777 ? 5e9 : 1e9 };
    });
    const record = useAfter(month);
    expect(record.series.ends.length).toBeLessThanOrEqual(240);
    expect(record.series.ends.at(-1)).toBe(30 * 24 * 3600);
    expect(JSON.stringify(record).length).toBeLessThan(12_000);
    expect(Math.max(...(record.series.values.memory ?? []).map(Number))).toBe(5e9);
    expect([meanOf(record, "cpu"), record.measures.memory?.peak]).toEqual([expect.closeTo(0.5, 6), 5e9]);
  });

  test("nothing is lost where an engine takes over: the record goes on as if there had been one", () => {
    const reading = fc.record({ step: fc.integer({ min: 500, max: 20_000 }), cpu: fc.nat(100), memory: fc.nat(1e9) });
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 700 }), fc.nat(), (steps, cut) => {
        let [at, cpu] = [0, 0];
        const readings = steps.map((each): UseReading => {
          [at, cpu] = [at + each.step, cpu + each.cpu];
          return { at, totals: { cpu }, memory: each.memory };
        });
        const whole = useAfter(readings);
        const place = cut % (readings.length + 1);
        const recorded = JSON.parse(JSON.stringify(useAfter(readings.slice(0, place)))) as MachineUseRecord;
        expect(useAfter(readings.slice(place), recorded)).toEqual(whole);
        // Averages of averages would not be: the sum over the points is the total.
        let begin = 0;
        const total = whole.series.ends.reduce((sum, end, index) => {
          const width = end - begin;
          begin = end;
          return sum + (whole.series.values.cpu?.[index] ?? 0) * width;
        }, 0);
        expect(Math.abs(total - cpu)).toBeLessThanOrEqual(0.01 * (at / 1000) + 0.01);
        expect(whole.series.ends.length).toBeLessThanOrEqual(240);
      }),
    );
  });
});
