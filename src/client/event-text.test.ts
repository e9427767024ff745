import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventText, type StreamMessage } from "./event-text.ts";

function read(text: string | Buffer, cuts: readonly number[] = []): readonly StreamMessage[] {
  const bytes = Buffer.from(text);
  const reader = new EventText();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).flatMap((end, index) => reader.push(bytes.subarray(places[index], end)));
}

describe("a stream of events", () => {
  test.each([
    ["data: a\n\n", [{ event: "message", data: "a", id: undefined }]],
    ["id: 7\nevent: end\ndata: {}\n\n", [{ event: "end", data: "{}", id: "7" }]],
    ["data: a\r\ndata:b\r\n\r\n", [{ event: "message", data: "a\nb", id: undefined }]],
    [
      "data\r\rdata: x\r\r\n",
      [
        { event: "message", data: "", id: undefined },
        { event: "message", data: "x", id: undefined },
      ],
    ],
    [": silence\n\n\n", []],
    ["\uFEFFdata: é\n\n", [{ event: "message", data: "é", id: undefined }]],
    [
      "id: 1\ndata: a\n\ndata: b\n\n",
      [
        { event: "message", data: "a", id: "1" },
        { event: "message", data: "b", id: "1" },
      ],
    ],
    ["event: x\n\ndata: a\n\n", [{ event: "message", data: "a", id: undefined }]],
    ["unknown: x\nretry: soon\ndata: broken off", []],
  ])("%j is read as %j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("is the same however its bytes are cut", () => {
    const text = 'retry: 1000\n\n: \n\nid: 12\r\ndata: {"text":"größe 😀"}\r\n\r\ndata: b\n\nevent: end\ndata: {}\n\n';
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        expect(read(text, cuts)).toEqual(read(text));
      }),
    );
  });

  test("says how long to wait before coming back", () => {
    const reader = new EventText();
    reader.push(Buffer.from("retry: 1500\n\n"));
    expect(reader.retryMs).toBe(1_500);
  });

  test("without an end is given up", () => {
    const reader = new EventText();
    const piece = Buffer.alloc(16 * 1024 * 1024, "x");
    expect(() => {
      for (let count = 0; count < 5; count++) reader.push(piece);
    }).toThrow("no end");
  });
});
