import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { describeChange } from "./content-change.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each<readonly [name: string, before: string, after: string, change: string | undefined]>([
  ["a.json", '{"auc": 0.71, "n": 3}', '{"auc": 0.73, "n": 3}', "auc 0.71 → 0.73"],
  ["a.json", '{"a": {"b": [1, 2]}, "old": 1}', '{"a": {"b": [1, 3]}, "new": null}', "a.b.1 2 → 3, −old, +new"],
  ["a.json", '{"a": 1, "b": 2}', '{"b": 2,\n"a": 1}', "the same values, written differently"],
  ["a.json", "[1,2,3,4,5,6]", "[6,5,4,3,2,1]", "0 1 → 6, 1 2 → 5, 2 3 → 4, 3 4 → 3 and 2 more"],
  ["a.json", "{", "{}", "+1 −1 lines"],
  ["a.csv", "a,b\n1,2\n3,4\n", "a,c\n1,2\n", "2 rows → 1, columns +c, −b, +1 −2 lines"],
  ["a.csv", "a,b\n1,2\n3,4\n", "a,b\n3,4\n1,2\n", "2 rows, the same lines in another order"],
  ["a.tsv", "a\tb\n", "a\tb\n1\t2\n", "0 rows → 1, +1 −0 lines"],
  ["a.txt", "x\ny", "x\nz\nw", "+2 −1 lines"],
  ["a.bin", "\u0000a", "\u0000b", undefined],
  ["a.csv", "", "", "0 rows, the same lines in another order"],
])("%s: %j and %j differ by %s", async (name, before, after, change) => {
  expect(await describeChange({ name, before: bytes(before), after: bytes(after) })).toBe(change);
});

test("bytes that are no text say nothing", async () => {
  expect(await describeChange({ name: "a.txt", before: new Uint8Array([0xff]), after: bytes("a") })).toBeUndefined();
});

test("images are compared by their pixels", async () => {
  const image = (width: number, dark: number): Uint8Array => {
    const png = new PNG({ width, height: 10 });
    png.data.fill(255);
    for (let at = 0; at < dark; at += 1) png.data[at * 4] = 0;
    return PNG.sync.write(png);
  };
  const change = async (before: Uint8Array, after: Uint8Array) =>
    await describeChange({ name: "roc.png", before, after });
  expect(await change(image(20, 0), image(20, 0))).toBe("20×10, none of the pixels differ");
  expect(await change(image(20, 0), image(20, 10))).toBe("20×10, 5.0 % of the pixels differ");
  expect(await change(image(20, 0), image(30, 0))).toBe("20×10 → 30×10 pixels");
  expect(await change(image(20, 0), image(20, 0).slice(0, 60))).toBe("20×10 pixels, cannot be read");
});
