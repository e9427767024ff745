import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutAt, outputArbitrary } from "../fixtures/chunking.ts";
import { flattenValues } from "./flatten-values.ts";
import { parseJsonObject } from "./lenient-json.ts";
import { MAX_METADATA_LINE_BYTES, MetadataScanner } from "./metadata-scanner.ts";

function scan(chunks: readonly Buffer[], scanner = new MetadataScanner()) {
  const points = chunks.flatMap((chunk) => {
    // The intake reuses its buffer: what is held must have been copied.
    const buffer = Buffer.from(chunk);
    const found = scanner.push(buffer, 7);
    buffer.fill(0x7b);
    return found;
  });
  return [...points, ...scanner.end(7)];
}

/** The rule, written down as plainly as can be. */
function expected(bytes: Buffer) {
  const points = [];
  let offset = 0;
  for (const line of splitLines(bytes)) {
    const text = line.toString("utf8").replace(/^[ \t\r]+|[ \t\r]+$/g, "");
    const values = text.startsWith("{") && line.length <= MAX_METADATA_LINE_BYTES ? flatOf(text) : undefined;
    if (values === undefined) points.push(...gluedIn(line, offset));
    if (values !== undefined && Object.keys(values).length > 0) points.push({ offset, at: 7, values });
    offset += line.length + 1;
  }
  return points;
}

/** Cuts between `}` and `{` until every piece is an object; `outputArbitrary` makes no such texts within strings. */
function gluedIn(line: Buffer, offset: number) {
  const pieces = line.toString("latin1").split(/(?<=\})[ \t\r]*(?=\{)/);
  const starts = pieces.map((piece, index) =>
    line.toString("latin1").indexOf(piece, index === 0 ? 0 : (pieces[index - 1]?.length ?? 0)),
  );
  const objects = pieces.map((piece) => flatOf(Buffer.from(piece, "latin1").toString("utf8").trim()));
  if (pieces.length < 2 || line.length > MAX_METADATA_LINE_BYTES || objects.includes(undefined)) return [];
  return objects.flatMap((values, index) =>
    values !== undefined && Object.keys(values).length > 0
      ? [{ offset: offset + (starts[index] ?? 0), at: 7, values }]
      : [],
  );
}

function splitLines(bytes: Buffer): readonly Buffer[] {
  const newline = bytes.indexOf(10);
  return newline < 0 ? [bytes] : [bytes.subarray(0, newline), ...splitLines(bytes.subarray(newline + 1))];
}

function flatOf(text: string) {
  const values = parseJsonObject(text);
  return values && flattenValues(values);
}

describe("the metadata in a stdout", () => {
  test.each<[name: string, text: string, points: readonly (readonly [number, unknown])[]]>([
    ["nothing", "", []],
    ["no object", "hello\nworld\n", []],
    ["one object", '{"a":1}\n', [[0, { a: 1 }]]],
    [
      "objects between lines",
      'x\n{"a":1}\ny\n{"a":2}\n',
      [
        [2, { a: 1 }],
        [12, { a: 2 }],
      ],
    ],
    ["valohai-utils' newline before", '50%\n{"a":1}\n', [[4, { a: 1 }]]],
    ["blanks around", ' \t{"a":1} \r\n', [[0, { a: 1 }]]],
    ["no newline at the end", 'x\n{"a":1}', [[2, { a: 1 }]]],
    [
      "objects of several processes on a line",
      '{"a":"}{ä"}{"b":{"c":2}} {} {"d":NaN}\n\n\n',
      [
        [0, { a: "}{ä" }],
        [12, { "b.c": 2 }],
        [29, { d: "NaN" }],
      ],
    ],
    ["a broken object among several", '{"a":1}{"b"}\n', []],
    ["text between objects", '{"a":1}x{"b":2}\n', []],
    ["what only looks like JSON", "{'a': 1}\n{a}\n{ 1}\n{{\"a\":1}}\n", []],
    ["text before the object", 'loss: {"a":1}\n', []],
    ["text after the object", '{"a":1} done\n', []],
    ["an object over two lines", '{"a":\n1}\n', []],
    ["a dict of Python", "{'a': 1}\n{\"a\": 1}\n", [[9, { a: 1 }]]],
    ["a progress bar before it on its line", '50%\r{"a":1}\n', []],
    ["a list", "[1]\n", []],
    ["an empty object", "{}\n", []],
  ])("%s", (_name, text, points) => {
    expect(scan([Buffer.from(text)])).toEqual(points.map(([offset, values]) => ({ offset, at: 7, values })));
  });

  test("is the same whichever way the output is cut", () => {
    fc.assert(
      fc.property(outputArbitrary, fc.array(fc.nat(), { maxLength: 10 }), (bytes, places) => {
        expect(scan(cutAt(bytes, places))).toEqual(expected(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test("is found from any line on", () => {
    fc.assert(
      fc.property(outputArbitrary, fc.nat(), (bytes, place) => {
        const start = bytes.lastIndexOf(10, place % (bytes.length + 1)) + 1;
        const later = expected(bytes).filter((point) => point.offset >= start);
        expect(scan([bytes.subarray(start)], new MetadataScanner(start))).toEqual(later);
      }),
    );
  });

  test.each([
    ["of 1 MiB", 0, 1],
    ["a byte longer", 1, 0],
  ])("in a line %s", (_name, extra, count) => {
    const line = `{"text":"${"x".repeat(MAX_METADATA_LINE_BYTES - 11 + extra)}"}`;
    const bytes = Buffer.from(`${line}\n{"a":1}\n`);
    for (const chunks of [[bytes], cutAt(bytes, [5, 100_000, 700_000, 1_048_577])]) {
      expect(scan(chunks).map((point) => point.offset)).toEqual([...(count === 1 ? [0] : []), line.length + 1]);
    }
  });

  test.each([
    ["an object", "{", '"a":[', 1],
    ["a text with braces", "{", "a:[", 0],
    ["a text", "loss ", '{"a":[', 0],
  ])("is missed in a longer line only where that begins like %s, however it comes", (_name, start, then, calls) => {
    const bytes = Buffer.from(`${start}${then}${"1,".repeat(MAX_METADATA_LINE_BYTES / 2)}1]}\n{"b":2}\n`);
    for (const chunks of [[bytes], cutAt(bytes, [1, 3, 100_000, 700_000, 1_048_577])]) {
      let called = 0;
      const scanner = new MetadataScanner(0, () => {
        called += 1;
      });
      expect(scan(chunks, scanner)).toHaveLength(1);
      expect(called).toBe(calls);
    }
  });

  test("goes on after a line of 100 MB, which is not held", () => {
    const scanner = new MetadataScanner();
    const block = Buffer.alloc(1024 * 1024, "{");
    for (let n = 0; n < 100; n += 1) expect(scanner.push(block, 1)).toEqual([]);
    expect(scanner.push(Buffer.from('\n{"a":1}\n'), 2)).toEqual([
      { offset: 100 * block.length + 1, at: 2, values: { a: 1 } },
    ]);
  });

  test("goes on after a long line whose beginning nobody saw", () => {
    const points = scan([Buffer.from('{"a":0}'), Buffer.from('\n{"a":1}\n')], MetadataScanner.insideLongLine(5000));
    expect(points).toEqual([{ offset: 5008, at: 7, values: { a: 1 } }]);
  });
});
