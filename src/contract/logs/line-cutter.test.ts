import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutAt, outputArbitrary } from "../fixtures/chunking.ts";
import { LineCutter, type LinePiece, MAX_PIECE_BYTES } from "./line-cutter.ts";

function cut(chunks: readonly Buffer[]): readonly LinePiece[] {
  const cutter = new LineCutter();
  const pieces = chunks.flatMap((chunk) => {
    const buffer = Buffer.from(chunk);
    const found = cutter.push(buffer);
    buffer.fill(0x0a);
    return found;
  });
  return [...pieces, ...cutter.end()];
}

const texts = (pieces: readonly LinePiece[]) => pieces.map((piece) => piece.text);

describe("cutting lines", () => {
  test.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["\n\n", ["", ""]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["10%\r20%\r30%\n", ["10%\r20%\r30%"]],
    ["a\r", ["a"]],
    ["a\r\r\n", ["a\r"]],
    ["é🚀\nü", ["é🚀", "ü"]],
    ["\0\u001b[31mred\u001b[0m\n", ["\0\u001b[31mred\u001b[0m"]],
  ])("of %j", (text, lines) => {
    const bytes = Buffer.from(text);
    expect(cut([bytes])).toEqual(lines.map((line) => ({ text: line, continues: false })));
    expect(cut(cutAt(bytes, [...bytes.keys()]))).toEqual(lines.map((line) => ({ text: line, continues: false })));
  });

  test("shows bytes that are no UTF-8", () => {
    expect(texts(cut([Buffer.from([0x61, 0xff, 0x62, 0x0a, 0xe2, 0x82, 0x0a, 0xc3])]))).toEqual([
      "a\ufffdb",
      "\ufffd",
      "\ufffd",
    ]);
  });

  test("gives the same lines whichever way the output is cut", () => {
    fc.assert(
      fc.property(outputArbitrary, fc.array(fc.nat(), { maxLength: 10 }), (bytes, places) => {
        const lines = bytes.toString("latin1").split("\n");
        if (lines.at(-1) === "") lines.pop();
        expect(texts(cut(cutAt(bytes, places)))).toEqual(
          lines.map((line) => Buffer.from(line.replace(/\r$/, ""), "latin1").toString("utf8")),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("a long line", () => {
  test("of 64 KiB stays whole, a byte more makes a second piece", () => {
    expect(cut([Buffer.from(`${"x".repeat(MAX_PIECE_BYTES)}\nb`)])).toEqual([
      { text: "x".repeat(MAX_PIECE_BYTES), continues: false },
      { text: "b", continues: false },
    ]);
    expect(cut([Buffer.from(`${"x".repeat(MAX_PIECE_BYTES)}y\nb`)])).toEqual([
      { text: "x".repeat(MAX_PIECE_BYTES), continues: true },
      { text: "y", continues: false },
      { text: "b", continues: false },
    ]);
  });

  test.each(["é", "€", "🚀", "a🚀"])(
    "of %s is never cut within a character, and is cut the same from any chunks",
    (unit) => {
      const line = unit.repeat(120_000);
      const bytes = Buffer.from(`short\n${line}\nshort\n`);
      const whole = cut([bytes]);
      expect(whole.map((piece) => piece.text).join("")).toBe(`short${line}short`);
      expect(whole.filter((piece) => piece.continues).length).toBe(
        Math.ceil(Buffer.byteLength(line) / MAX_PIECE_BYTES) - 1,
      );
      expect(whole.every((piece) => !piece.text.includes("\ufffd"))).toBe(true);
      for (const places of [
        [1, 65_537, 65_538],
        [70_000, 140_001, 200_003],
        Array.from({ length: 300 }, (_, n) => n * 1601),
      ]) {
        expect(cut(cutAt(bytes, places))).toEqual(whole);
      }
    },
  );

  test("of bytes that are no UTF-8 is cut all the same", () => {
    const pieces = cut([Buffer.alloc(MAX_PIECE_BYTES * 2, 0x80)]);
    expect(pieces.map((piece) => [piece.text.length, piece.continues])).toEqual([
      [MAX_PIECE_BYTES, true],
      [MAX_PIECE_BYTES, false],
    ]);
  });

  test("of 100 MB is handed on piece by piece", () => {
    const cutter = new LineCutter();
    const block = Buffer.alloc(1024 * 1024, "x");
    let length = 0;
    for (let n = 0; n < 100; n += 1) {
      for (const piece of cutter.push(block)) length += piece.text.length;
      expect(n * block.length - length).toBeLessThanOrEqual(MAX_PIECE_BYTES);
    }
    expect(length + (cutter.end()[0]?.text.length ?? 0)).toBe(100 * block.length);
  });
});

describe("a line without an end", () => {
  test("is shown as far as it came, and still cut whole later", () => {
    const cutter = new LineCutter();
    expect(cutter.unfinished()).toBe("");
    cutter.push(Buffer.from("done\n 10%\r 2"));
    expect(cutter.unfinished()).toBe(" 10%\r 2");
    cutter.push(Buffer.from("0%"));
    expect(cutter.unfinished()).toBe(" 10%\r 20%");
    expect(texts(cutter.push(Buffer.from("\n")))).toEqual([" 10%\r 20%"]);
    expect(cutter.unfinished()).toBe("");
  });

  test("is shown by its last 4 KiB, with whole characters", () => {
    const cutter = new LineCutter();
    cutter.push(Buffer.from(`${"é".repeat(5000)}x`));
    const shown = cutter.unfinished();
    expect(shown).toMatch(/^é+x$/);
    expect(Buffer.byteLength(shown)).toBeGreaterThanOrEqual(4096);
    expect(Buffer.byteLength(shown)).toBeLessThan(4100);
  });
});

test("an unfinished line that is given in pieces is the same line in the end", () => {
  fc.assert(
    fc.property(
      outputArbitrary,
      fc.array(fc.nat()),
      fc.array(fc.boolean(), { minLength: 1 }),
      (bytes, places, flushes) => {
        const whole = new LineCutter();
        const expected = joined([...whole.push(bytes), ...whole.end()]);
        const cutter = new LineCutter();
        const pieces = cutAt(bytes, places).flatMap((chunk, index) => [
          ...cutter.push(chunk),
          ...(flushes[index % flushes.length] === true ? cutter.flush() : []),
        ]);
        expect(joined([...pieces, ...cutter.end()])).toEqual(expected);
      },
    ),
  );
});

function joined(pieces: readonly LinePiece[]): readonly string[] {
  const lines = [""];
  for (const { text, continues } of pieces) {
    lines.push(`${lines.pop() ?? ""}${text}`);
    if (!continues) lines.push("");
  }
  return lines;
}
