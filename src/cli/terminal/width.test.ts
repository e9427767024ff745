import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { oneLine, pad, textWidth, truncate, wrap } from "./width.ts";

const WIDTHS: readonly (readonly [text: string, width: number])[] = [
  ["", 0],
  ["abc", 3],
  ["naïve", 5],
  ["nai\u0308ve", 5],
  ["訓練", 4],
  ["한국어", 6],
  ["ｗｉｄｅ", 8],
  ["✓ done", 6],
  ["👩‍🔬", 2],
  ["🇫🇮", 2],
  ["❤️", 2],
  ["\u001b[31mred\u001b[39m", 3],
  ["a\u200bb", 2],
  ["│ ─ ▶", 5],
];

describe("textWidth", () => {
  it.each(WIDTHS)("%j takes %i columns", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe("the quick way for simple texts", () => {
  it("agrees with the slow one", () => {
    // A zero-width space leads every text to the slow way.
    fc.assert(
      fc.property(
        fc.string({
          unit: fc
            .oneof(fc.integer({ min: 0x20, max: 0x2ff }), fc.integer({ min: 0x2010, max: 0x27ff }))
            .map((code) => String.fromCodePoint(code)),
        }),
        (text) => {
          expect(textWidth(text)).toBe(textWidth(`\u200b${text}`));
        },
      ),
    );
  });
});

describe("truncate", () => {
  it.each([
    ["preprocess", 10, "end", "preprocess"],
    ["preprocess", 6, "end", "prepr…"],
    ["preprocess", 6, "middle", "pre…ss"],
    ["models/2026/forest.pkl", 13, "middle", "models…st.pkl"],
    ["訓練データ", 5, "end", "訓練…"],
    ["訓練データ", 4, "end", "訓…"],
    ["abc", 1, "end", "…"],
    ["abc", 0, "end", ""],
  ] as const)("%j in %i columns, cut at the %s, is %j", (text, width, where, expected) => {
    expect(truncate(text, width, where)).toBe(expected);
  });

  it("is never wider than asked for", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        fc.nat(30),
        fc.constantFrom("end", "middle"),
        (text, width, where) => {
          expect(textWidth(truncate(oneLine(text), width, where))).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe("pad", () => {
  it("counts columns and not characters", () => {
    expect(pad("訓練", 6)).toBe("訓練  ");
    expect(pad("1.2s", 6, "right")).toBe("  1.2s");
    expect(pad("longer", 3)).toBe("longer");
  });
});

describe("oneLine", () => {
  it("takes away what could move the cursor", () => {
    expect(oneLine("a\r\nb\tc\u001b[2Jd\u0007e\u0085f")).toBe("a b cd e f");
  });
});

describe("wrap", () => {
  it("cuts at spaces", () => {
    expect(wrap("the step printed nothing for 30 s", 12)).toEqual(["the step", "printed", "nothing for", "30 s"]);
  });

  it("leaves a word that is too long whole", () => {
    expect(wrap("a incomprehensibilities b", 5)).toEqual(["a", "incomprehensibilities", "b"]);
  });
});
