import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shellQuote } from "./shell-quote.ts";

describe("shellQuote", () => {
  test.each([
    ["", "''"],
    ["abc", "abc"],
    ["aZ09@%+=:,./-_", "aZ09@%+=:,./-_"],
    ["a b", "'a b'"],
    ["it's", `'it'"'"'s'`],
    ["'", `''"'"''`],
    ["$HOME", "'$HOME'"],
    ["a\nb", "'a\nb'"],
    ["*.csv", "'*.csv'"],
    ["~", "'~'"],
    ["a;b", "'a;b'"],
    ["ä", "'ä'"],
    ["{x}", "'{x}'"],
    ["#!", "'#!'"],
    [`foo bar""'"'"; quux`, `'foo bar""'"'"'"'"'"'"; quux'`],
  ])("%j becomes %s", (text, quoted) => {
    expect(shellQuote(text)).toBe(quoted);
  });

  test("a real shell reads every quoted text back as one word", () => {
    // Any text but NUL, which no command line can carry, and lone surrogates, which no UTF-8 can.
    const words = fc.array(
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\0", "").toWellFormed()),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(words, (texts) => {
        const script = `printf '%s\\0' ${texts.map(shellQuote).join(" ")}`;
        expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(
          texts.map((text) => `${text}\0`).join(""),
        );
      }),
      { numRuns: 15 },
    );
  });

  test("what is quoted differs from what is not", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = shellQuote(text);
        expect(quoted === text || quoted.startsWith("'")).toBe(true);
      }),
    );
  });
});
