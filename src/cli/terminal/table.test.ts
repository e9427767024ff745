import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeStyle, PLAIN } from "./style.ts";
import { renderFacts, renderTable } from "./table.ts";
import { textWidth } from "./width.ts";

const COLUMNS = [
  { header: "#", align: "right" },
  { header: "FILE", minWidth: 6, cut: "middle" },
  { header: "NOTE", minWidth: 4 },
] as const;

describe("renderTable", () => {
  it("aligns and leaves no spaces at the ends of lines", () => {
    const rows = [
      ["1", "a.csv", ""],
      ["12", "model.pkl", "best"],
    ];
    expect(renderTable(COLUMNS, rows, { width: 80, style: PLAIN })).toEqual([
      " #  FILE       NOTE",
      " 1  a.csv",
      "12  model.pkl  best",
    ]);
  });

  it("squeezes the widest columns first, each down to its least width", () => {
    const rows = [["1", "models/2026/random-forest.pkl", "the best of all that were tried"]];
    const squeezed = (width: number) => renderTable(COLUMNS, rows, { width, style: PLAIN })[1];
    expect(squeezed(80)).toBe("1  models/2026/random-forest.pkl  the best of all that were tried");
    expect(squeezed(60)).toBe("1  models/2026/r…om-forest.pkl  the best of all that were t…");
    expect(squeezed(30)).toBe("1  models…t.pkl  the best of …");
    expect(squeezed(5)).toBe("1  mod…kl  the…");
  });

  it("shows everything where there is no width", () => {
    const long = "x".repeat(500);
    expect(renderTable(COLUMNS, [["1", long, ""]], { width: Number.POSITIVE_INFINITY, style: PLAIN })[1]).toBe(
      `1  ${long}`,
    );
  });

  it("aligns wide characters by their columns", () => {
    const rows = [
      ["1", "訓練.csv", "a"],
      ["2", "b.csv", "c"],
    ];
    expect(renderTable(COLUMNS, rows, { width: 80, style: PLAIN })).toEqual([
      "#  FILE      NOTE",
      "1  訓練.csv  a",
      "2  b.csv     c",
    ]);
  });

  it("paints texts and not their padding", () => {
    const style = makeStyle(true);
    const lines = renderTable([{ header: "A" }, { header: "B" }], [[{ text: "x", paint: style.red }, "y"]], {
      width: 80,
      style,
    });
    expect(lines[1]).toBe("\u001b[31mx\u001b[39m  y");
  });

  it("makes control characters harmless", () => {
    expect(renderTable([{ header: "A" }], [["x\u001b[2J\ny"]], { width: 80, style: PLAIN })[1]).toBe("x y");
  });

  it("fits any width that its least widths allow", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
        fc.integer({ min: 14, max: 120 }),
        (rows, width) => {
          const columns = [
            { header: "A", minWidth: 6 },
            { header: "B", minWidth: 6, cut: "middle" as const },
          ];
          for (const line of renderTable(columns, rows, { width, style: PLAIN }))
            expect(textWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe("renderFacts", () => {
  it("aligns the values and indents the further lines of one", () => {
    expect(
      renderFacts(
        [
          ["image", "python:3.12"],
          ["command", ["a", "b"]],
          ["empty", []],
        ],
        PLAIN,
        "  ",
      ),
    ).toEqual(["  image    python:3.12", "  command  a", "           b"]);
  });
});
