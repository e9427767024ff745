import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeBidi, harmless, withoutBidi } from "./harmless.ts";

test.each<[string, string, string]>([
  ["plain text", "a\tb\r\nc ✓ 日本 é", "a\tb\r\nc ✓ 日本 é"],
  ["colours", "\u001b[1;31mred\u001b[0m \u001b[38:5:9mx\u001b[m", "\u001b[1;31mred\u001b[0m \u001b[38:5:9mx\u001b[m"],
  ["a progress bar", "10%\r\u001b[K20%", "10%\r\u001b[K20%"],
  ["a window title", "a\u001b]0;pwned\u0007b", "ab"],
  ["the clipboard", "a\u001b]52;c;ZXZpbA==\u001b\\b", "ab"],
  ["an unfinished one", "a\u001b]0;b\nc", "a\nc"],
  ["the screen and the cursor", "\u001b[2J\u001b[H\u001b[10;20Ha\u001b[?25l\u001b7\u001bc", "a"],
  ["a request to answer", '\u001b[c\u001b[6n\u001bP$q"p\u001b\\x', "x"],
  ["the eight-bit forms", "\u009b2Ja\u009d0;x\u009c", "2Ja0;x"],
  ["bells and backspaces", "rm -rf\b\b\b\b\b\bls\u0007", "rm -rfls"],
  ["text that runs backwards", "invoice\u202Egpj.exe\u2066", "invoicegpj.exe"],
])("%s", (_, text, expected) => {
  expect(harmless(text)).toBe(expected);
});

test("whatever comes, nothing but looks is left, and a second time changes nothing", () => {
  const piece = fc.constantFrom(
    "\u001b",
    "[",
    "]",
    "0",
    ";",
    "m",
    "J",
    "\u0007",
    "\\",
    "a",
    "\n",
    "\u009b",
    "P",
    "\u202e",
    "?",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const once = harmless(pieces.join(""));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be gone
      expect(once.replace(/\u001b\[[\d;:]*[mK]/g, "")).not.toMatch(/[\u001b\u0007\u009b\u202e]/);
    }),
  );
});

test("in a pipe names read as they are written, and JSON says the same", () => {
  expect(withoutBidi("a\u202egpj.sh \u001b[31mred")).toBe("agpj.sh \u001b[31mred");
  const json = JSON.stringify({ name: "a\u202egpj.sh" });
  expect(escapeBidi(json)).toBe('{"name":"a\\u202egpj.sh"}');
  expect(JSON.parse(escapeBidi(json))).toEqual({ name: "a\u202egpj.sh" });
});
