import { describe, expect, test } from "vitest";
import { lintLines } from "../testing/lint-lines.ts";
import { decodeSource } from "./decode.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe("text of a source file", () => {
  test.each([
    ["a text", "- a: ä"],
    ["bytes", new TextEncoder().encode("- a: ä")],
    ["a text with a byte order mark", "\ufeff- a: ä"],
    ["bytes with a byte order mark", bytes(0xef, 0xbb, 0xbf, ...new TextEncoder().encode("- a: ä"))],
  ])("%s", (_, source) => {
    expect(decodeSource(source)).toEqual({ text: "- a: ä" });
  });

  test("lone carriage returns and Unicode's line separators break lines, as in PyYAML", () => {
    expect(decodeSource("a\rb\r\nc\u0085d\u2028e\u2029f")).toEqual({ text: "a\nb\r\nc\nd\u2028e\u2029f" });
  });

  test.each([
    [
      "- a: x\0",
      "1:7 error control-character: a NUL character stands here, which YAML does not allow; remove it, or write it as an escape in double quotes",
    ],
    [
      "ok: 1\nbad: \u001b[31m",
      "2:6 error control-character: the character U+001B stands here, which YAML does not allow; remove it, or write it as an escape in double quotes",
    ],
    [
      "a: \ud800",
      "1:4 error control-character: the character U+D800 stands here, which YAML does not allow; remove it, or write it as an escape in double quotes",
    ],
  ])("%j", (source, line) => {
    expect(lintLines(source)).toEqual([line]);
  });

  test.each([
    [
      "a stray byte",
      bytes(0x61, 0x3a, 0x0a, 0x62, 0xff, 0x63),
      "2:2 error not-utf8: the file is not UTF-8 from here on; save it as UTF-8",
    ],
    ["a cut character", bytes(0x61, 0xc3), "1:2 error not-utf8: the file is not UTF-8 from here on; save it as UTF-8"],
    [
      "Latin-1 behind UTF-8",
      bytes(0xc3, 0xa4, 0x0a, 0xe4, 0x20),
      "2:1 error not-utf8: the file is not UTF-8 from here on; save it as UTF-8",
    ],
    [
      "a byte order mark before a stray byte",
      bytes(0xef, 0xbb, 0xbf, 0x61, 0xff),
      "1:2 error not-utf8: the file is not UTF-8 from here on; save it as UTF-8",
    ],
    ["UTF-16", bytes(0xff, 0xfe, 0x61, 0x00), "1:1 error not-utf8: the file is UTF-16; save it as UTF-8"],
  ])("%s", (_, source, line) => {
    expect(lintLines(source)).toEqual([line]);
  });

  test("a file above the limit is refused without being read", () => {
    const message =
      "1:1 error too-large: the file has 10 MB, and a configuration may have 3 MB; generate fewer items, or split the project";
    expect(lintLines("- step: {}\n".padEnd(10_000_000, "x"))).toEqual([message]);
    expect(lintLines(new Uint8Array(10_000_000))).toEqual([message]);
  });
});
