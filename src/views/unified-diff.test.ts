import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

describe("a unified diff", () => {
  const numbers = Array.from({ length: 20 }, (_, line) => `line ${line + 1}\n`);

  test.each([
    ["nothing", "a\nb\n", "a\nb\n", []],
    ["a changed line", "a\nb\nc\n", "a\nB\nc\n", ["@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"]],
    ["a new text", "", "a\n", ["@@ -0,0 +1 @@", "+a"]],
    ["a text that is gone", "a\n", "", ["@@ -1 +0,0 @@", "-a"]],
    ["a line without an end", "a", "a\n", ["@@ -1 +1 @@", "-a\n\\ No newline at end of file", "+a"]],
    [
      "two places far apart",
      numbers.join(""),
      numbers.toSpliced(16, 1).toSpliced(1, 0, "new\n").join(""),
      ["@@ -1,4 +1,5 @@", " line 1", "+new", " line 2", " line 3", " line 4"].concat(
        "@@ -14,7 +15,6 @@",
        " line 14",
        " line 15",
        " line 16",
        "-line 17",
        " line 18",
        " line 19",
        " line 20",
      ),
    ],
  ])("of %s", (_what, before, after, lines) => {
    expect(unifiedDiff(before, after)).toEqual(lines);
  });

  test("makes the new text of the old one", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
      .map((lines) => lines.map((line) => `${line}\n`).join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff(before, after);
        expect(applied(before, diff ?? [])).toBe(after);
        expect(diff?.length === 0).toBe(before === after);
      }),
    );
  });

  test("is not made of what is too long or too different", () => {
    const long = Array.from({ length: 3_000 }, (_, line) => `${line}\n`).join("");
    expect(unifiedDiff("x\n".repeat(20_001), "x\n")).toBeUndefined();
    expect(unifiedDiff(long, long.replaceAll("\n", "!\n"))).toBeUndefined();
    expect(unifiedDiff(long, `${long}new\n`)).toEqual(["@@ -2998,3 +2998,4 @@", " 2997", " 2998", " 2999", "+new"]);
  });
});

/** Returns what the diff makes of a text: as `patch` does it, and as strictly. */
function applied(text: string, diff: readonly string[]): string {
  const old = text.split("\n").slice(0, -1);
  const made: string[] = [];
  let taken = 0;
  for (const line of diff) {
    const head = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === "0" ? 0 : 1);
      made.push(...old.slice(taken, start));
      taken = start;
    } else if (line.startsWith("+")) made.push(line.slice(1));
    else {
      expect(line.slice(1)).toBe(old[taken]);
      if (line.startsWith(" ")) made.push(line.slice(1));
      taken++;
    }
  }
  return [...made, ...old.slice(taken)].map((line) => `${line}\n`).join("");
}
