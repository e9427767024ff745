import fc from "fast-check";
import { expect, test } from "vitest";
import { FirstBytes } from "./first-bytes.ts";

async function* pieces(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function begin(
  texts: readonly string[],
  most: number,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const first = new FirstBytes(most);
  const got = Buffer.concat(await Array.fromAsync(first.of(pieces(texts))));
  return { text: got.toString(), isCut: first.isCut };
}

test.each([
  ["shorter than the limit", ["a,b\n1,", "2\n3"], 100, { text: "a,b\n1,2\n3", isCut: false }],
  ["as long as the limit", ["ab\n", "cd"], 5, { text: "ab\ncd", isCut: false }],
  ["longer", ["ab\nc", "d\nef\ngh"], 8, { text: "ab\ncd\n", isCut: true }],
  ["longer, without a line that ends", ["abc", "def"], 4, { text: "", isCut: true }],
  ["empty", [], 4, { text: "", isCut: false }],
])("a text that is %s", async (_name, texts, most, expected) => {
  expect(await begin(texts, most)).toEqual(expected);
});

test("what comes is the beginning of the text, and whole lines where it is cut", async () => {
  const text = fc.array(fc.constantFrom("a", "bc", "\n", "de\nf", ""), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(text, fc.nat({ max: 20 }), async (texts, most) => {
      const whole = texts.join("");
      const { text: got, isCut } = await begin(texts, most);
      expect(isCut).toBe(whole.length > most);
      expect(got).toBe(isCut ? whole.slice(0, whole.slice(0, most).lastIndexOf("\n") + 1) : whole);
    }),
  );
});
