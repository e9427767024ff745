import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecret, sealSecret } from "./cipher.ts";
import { createKeyLine, openKeyFile, parseKeys, readKeyFile } from "./key-ring.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-keys-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the file of keys", () => {
  test("is made once, for its owner alone", () => {
    const path = join(folder, "deep", "secrets.key");
    expect(readKeyFile(path)).toBeUndefined();
    const [first] = openKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, "utf8");
    expect(openKeyFile(path).map(({ id }) => id)).toEqual([first.id]);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test.each([0o640, 0o604, 0o660])("that others may open is refused: %o", (mode) => {
    const path = join(folder, "secrets.key");
    openKeyFile(path);
    chmodSync(path, mode);
    expect(() => openKeyFile(path)).toThrow(`others may read ${path}, which has the keys of the secrets`);
  });

  test("may have a new key before the one that it had", () => {
    const path = join(folder, "secrets.key");
    const former = openKeyFile(path);
    const sealed = sealSecret(former, "value", "a");
    writeFileSync(path, `${createKeyLine()}\n${readFileSync(path, "utf8")}`);
    const ring = openKeyFile(path);
    expect(ring.map(({ id }) => id)).toEqual([expect.any(String), former[0].id]);
    expect(openSecret(ring, sealed, "a")).toBe("value");
  });

  const line = createKeyLine();
  test.each([
    ["", "there is no key in it"],
    ["# only words", "there is no key in it"],
    ["a:short", "key 1 does not read ID:KEY"],
    [`${line}\nnonsense`, "key 2 does not read ID:KEY"],
    [`${line},${line}`, "two keys have one id"],
  ])("that reads %j is refused, without a word of a key", (text, why) => {
    expect(() => parseKeys(text, "the file")).toThrow(`the keys of the secrets in the file cannot be used: ${why}`);
  });
});

describe("a sealed secret", () => {
  const ring = parseKeys(createKeyLine(), "test");

  test("opens to what it was, and looks different each time", () => {
    for (const plain of ["", "x", "wörd\n".repeat(1_000)]) {
      const sealed = sealSecret(ring, plain, "a");
      expect(openSecret(ring, sealed, "a")).toBe(plain);
      expect(sealSecret(ring, plain, "a")).not.toBe(sealed);
    }
  });

  test.each([
    ["another place", (sealed: string) => sealed, "b", "it was changed"],
    ["a changed letter", (sealed: string) => flip(sealed, -5), "a", "it was changed"],
    ["a changed tag", (sealed: string) => flip(sealed, 40), "a", "it was changed"],
    ["its end cut off", (sealed: string) => sealed.slice(0, 30), "a", "it was changed"],
    [
      "another version",
      (sealed: string) => `2${sealed.slice(1)}`,
      "a",
      "it is of a version that this program does not know",
    ],
  ])("with %s does not open", (_, change, about, why) => {
    const sealed = change(sealSecret(ring, "the value", "a"));
    expect(() => openSecret(ring, sealed, about)).toThrow(`the secret “${about}” cannot be opened: ${why}`);
  });

  test("does not open without its key, which is named", () => {
    const [{ id }] = ring;
    const sealed = sealSecret(ring, "x", "a");
    expect(() => openSecret(parseKeys(createKeyLine(), "t"), sealed, "a")).toThrow(`its key ${id} is missing`);
  });
});

function flip(text: string, at: number): string {
  const index = at < 0 ? text.length + at : at;
  return text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);
}
