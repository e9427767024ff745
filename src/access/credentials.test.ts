import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCredential, hashCredential, kindOfCredential } from "./credential.ts";
import { checkPassword, hashPassword, isOutdatedHash, isPassword } from "./password.ts";

describe("a credential", () => {
  test.each(["token", "session", "execution"] as const)("of a %s says what it is, and never comes twice", (kind) => {
    const made = Array.from({ length: 50 }, () => createCredential(kind));
    expect(made.map(kindOfCredential)).toEqual(made.map(() => kind));
    expect(new Set(made.map(hashCredential)).size).toBe(made.length);
  });

  test("with any one letter changed is none", () => {
    const credential = createCredential("token");
    fc.assert(
      fc.property(fc.nat(credential.length - 1), fc.constantFrom(..."abXY01_-"), (at, letter) => {
        const changed = credential.slice(0, at) + letter + credential.slice(at + 1);
        return changed === credential || kindOfCredential(changed) === undefined;
      }),
    );
  });

  test("is no other text", () => {
    fc.assert(fc.property(fc.string(), (text) => kindOfCredential(text) === undefined));
    expect(kindOfCredential(`${createCredential("token")}\n`)).toBeUndefined();
  });
});

describe("a password", () => {
  test("is known again, also when another keyboard wrote its accents, and no other is", async () => {
    const stored = await hashPassword("caf\u00e9 au lait");
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await isPassword("cafe\u0301 au lait", stored)).toBe(true);
    expect(await isPassword("cafe au lait", stored)).toBe(false);
    expect(await isPassword("", stored)).toBe(false);
    expect(await hashPassword("caf\u00e9 au lait")).not.toBe(stored);
    expect(isOutdatedHash(stored)).toBe(false);
  });

  test("that was hashed with other costs is known as well, and should be hashed anew", async () => {
    // By the reference implementation (argon2-cffi): "password", salt "somesalt", time 3, memory 4096 KiB, one lane.
    const stored = `$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$qLml5cbqFAO6YxVHhrSBHP0UWdxrIxkNcM8aMX3blzU`;
    expect(await isPassword("password", stored)).toBe(true);
    expect(isOutdatedHash(stored)).toBe(true);
  });

  test.each(["", "secret", "$argon2id$v=19$m=1,t=1,p=1$$", "$2b$10$abcdefghijklmnopqrstuv"])(
    "does not fit what is no hash: %j",
    async (stored) => {
      expect(await isPassword("secret", stored)).toBe(false);
    },
  );

  test.each([
    ["short", "a password has 10 to 1024 characters, and this one 5"],
    ["x".repeat(1_025), "a password has 10 to 1024 characters, and this one 1025"],
    ["aaaaaaaaaaaa", "the password is easy to guess"],
    ["Ada.Lovelace", "the password is easy to guess"],
  ])("that is easy to guess is refused: %.12s", (password, message) => {
    expect(() => checkPassword(password, "ada.lovelace")).toThrow(message);
  });
});
