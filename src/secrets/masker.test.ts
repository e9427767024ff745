import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SecretMasker } from "./masker.ts";
import { formsOf } from "./secret-forms.ts";

const SECRET = "s3cret/wörd?with spaces&more";

/** Returns the masked output when the bytes come in pieces of these lengths. */
function inPieces(secrets: readonly string[], bytes: Buffer, lengths: readonly number[]): Buffer {
  const masker = new SecretMasker(secrets);
  const out: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    out.push(masker.write(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat([...out, masker.write(bytes.subarray(at)), masker.end()]);
}

describe("a secret is hidden", () => {
  test.each([
    ["as it is", SECRET],
    ["as JSON", JSON.stringify({ a: SECRET }).slice(6, -2)],
    ["in an address", encodeURIComponent(SECRET)],
    ["in a form", new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ["in hexadecimal digits", Buffer.from(SECRET).toString("hex")],
  ])("%s", (_, form) => {
    expect(new SecretMasker([SECRET]).mask(`before ${form} after`)).toBe("before *** after");
  });

  test.each([0, 1, 2, 3, 4, 5])("in base64, %i bytes after the beginning", (before) => {
    const text = Buffer.concat([Buffer.alloc(before, "x"), Buffer.from(SECRET), Buffer.from("y")]).toString("base64");
    const masked = new SecretMasker([SECRET]).mask(text);
    expect(masked).toContain("***");
    // The letters that are left of it on either side are shared with other bytes.
    expect(masked.length).toBeLessThanOrEqual(Math.ceil((before * 4) / 3) + 3 + 8);
  });

  test("line by line, where it has several", () => {
    const key = `-----BEGIN KEY-----\n${"a1b2c3d4".repeat(8)}\n}\n-----END KEY-----\n`;
    const masker = new SecretMasker([key]);
    expect(masker.mask(`${"a1b2c3d4".repeat(8)}\n`)).toBe("***\n");
    expect(masker.mask(`{\n}\n`)).toBe("{\n}\n");
    expect(masker.mask(`<${key}>`)).toBe("<***\n>");
  });

  test("however the stream is cut", () => {
    const secrets = fc.array(fc.string({ minLength: 2, maxLength: 12 }), { minLength: 1, maxLength: 4 });
    const pieces = fc.array(fc.nat(9), { maxLength: 30 });
    fc.assert(
      fc.property(
        secrets,
        fc.array(fc.string({ maxLength: 6 })),
        fc.infiniteStream(fc.nat(20)),
        pieces,
        (all, around, order, cuts) => {
          const text = around.map((part) => `${part}${all[(order.next().value ?? 0) % all.length]}`).join("");
          const bytes = Buffer.from(text);
          const out = inPieces(all, bytes, cuts);
          expect(out.equals(inPieces(all, bytes, []))).toBe(true);
        },
      ),
    );
  });

  test("whatever stands around it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."ab1"), minLength: 6, maxLength: 20 }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const masked = new SecretMasker([secret]).mask(`${before}${secret}${after}`);
          expect(masked).not.toContain(secret);
        },
      ),
    );
  });

  test("also where one is the beginning of another, or they overlap", () => {
    expect(new SecretMasker(["abc", "abcdef"]).mask("abcdef abc abcde")).toBe("*** *** ***de");
    const masker = new SecretMasker(["abcdef", "abc"]);
    const out = [masker.write(Buffer.from("xabc")), masker.write(Buffer.from("de")), masker.end()];
    expect(Buffer.concat(out).toString()).toBe("x***de");
  });
});

test("bytes that are no secret come out as they went in, and soon", () => {
  const masker = new SecretMasker([SECRET]);
  expect(masker.write(Buffer.from("plain\n")).toString()).toBe("plain\n");
  expect(masker.write(Buffer.from([0xff, 0x00, 0xfe]))).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
  expect(new SecretMasker([]).mask("anything")).toBe("anything");
});

test.each(["", "x", "\n"])("%j is too short to be hidden", (secret) => {
  expect(formsOf(secret)).toEqual([]);
});
