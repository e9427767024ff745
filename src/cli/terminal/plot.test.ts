import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plotPaint, renderPlot } from "./plot.ts";
import { makeStyle, PLAIN } from "./style.ts";
import { textWidth } from "./width.ts";

const points = (...ys: readonly number[]) => ({ points: ys.map((y, x) => ({ x, y })) });

describe("renderPlot", () => {
  test("draws a line from corner to corner", () => {
    expect(renderPlot([points(0, 1)], { width: 11, height: 2, style: PLAIN })).toEqual([
      "1 ┤    ⣀⠤⠒⠉",
      "0 ┤⣀⠤⠒⠉",
      "   0      1",
    ]);
  });

  test("draws a constant in the middle and a single point as a dot", () => {
    expect(renderPlot([points(5, 5)], { width: 8, height: 1, style: PLAIN })).toEqual(["5 ┤⠒⠒⠒⠒⠒", "   0   1"]);
  });

  test("keeps the labels of large numbers short", () => {
    const lines = renderPlot([points(5e20, 3, -7.123456)], { width: 31, height: 2, style: PLAIN });
    expect(lines.map((line) => line.slice(0, 10))).toEqual(["   5e+20 ┤", "-7.12346 ┤", "          "]);
  });

  test("draws nothing without a finite number", () => {
    expect(renderPlot([points(Number.NaN, Number.POSITIVE_INFINITY)], { width: 20, height: 3, style: PLAIN })).toEqual(
      [],
    );
    expect(renderPlot([], { width: 20, height: 3, style: PLAIN })).toEqual([]);
  });

  test("gives each series a colour of its own", () => {
    const style = makeStyle(true);
    expect(plotPaint(style, 0)("x")).not.toBe(plotPaint(style, 1)("x"));
    expect(plotPaint(style, 5)("x")).toBe(plotPaint(style, 0)("x"));
  });

  test("fits its width and height whatever the numbers are", () => {
    const number = fc.double({ noDefaultInfinity: true, noNaN: true });
    const series = fc
      .array(fc.record({ x: number, y: number }), { minLength: 1, maxLength: 30 })
      .map((each) => ({ points: each }));
    fc.assert(
      fc.property(
        fc.array(series, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 60, max: 130 }),
        (drawn, width) => {
          const lines = renderPlot(drawn, { width, height: 4, style: PLAIN });
          expect(lines).toHaveLength(5);
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
          expect(lines.join("")).toMatch(/[\u2801-\u28ff]/);
        },
      ),
    );
  });

  test("draws a million points", () => {
    const many = { points: Array.from({ length: 1_000_000 }, (_, x) => ({ x, y: Math.sin(x / 1e5) })) };
    expect(renderPlot([many], { width: 80, height: 8, style: PLAIN })).toHaveLength(9);
  });
});
