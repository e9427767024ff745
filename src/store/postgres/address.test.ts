import { inspect } from "node:util";
import { expect, test } from "vitest";
import { readAddress } from "./address.ts";

test.each([
  ["postgres://ann:pa%40ss@db.example.org:6543/ml?sslmode=require", "postgres://ann@db.example.org:6543/ml"],
  ["postgresql://db.example.org/ml", "postgres://db.example.org/ml"],
  ["postgres://ann@localhost/ml?host=/run/postgresql", "postgres://ann@/run/postgresql/ml"],
  ["postgres://ann@/ml?host=/run/postgresql", "postgres://ann@/run/postgresql/ml"],
  ["postgres://ann:secret@[::1]:5432/ml?password=secret", "postgres://ann@[::1]:5432/ml"],
])("%s is called %s", (url, location) => {
  expect(readAddress(url).location).toBe(location);
});

test("settings of the session are taken over, a name of ours is not", () => {
  const { sessionOptions, config } = readAddress("postgres://h/d?options=-c%20work_mem%3D8MB&application_name=mine");
  expect(sessionOptions).toBe("-c work_mem=8MB");
  expect(config).toEqual({ connectionString: "postgres://h/d?uselibpqcompat=true" });
});

const FORM = {
  message: "the database URL is not of the form postgres://user:password@host:5432/database",
  hint: "percent-encode special characters of the password, such as @ (%40), / (%2F) and # (%23)",
};

const OTHER = {
  ...FORM,
  hint: "without HEADRACE_DATABASE_URL the records are in a file of the project; moving the project to SQLite moves them there",
};

test.each([
  ["secret", OTHER],
  ["mysql://ann:secret@host/ml", OTHER],
  ["postgres://ann:sec/secret@host/ml", FORM],
  [
    "postgres://ann:secret@host",
    {
      message: "the database URL names no database",
      hint: "write it as postgres://user:password@host:5432/database",
    },
  ],
  [
    "postgres://ann:secret@host/ml?sslrootcert=/nowhere/secret.pem",
    {
      message:
        "the URL of the database postgres://ann@host/ml cannot be used: ENOENT: no such file or directory, open '/nowhere/….pem'",
      hint: "check sslmode, sslrootcert, sslcert and sslkey in the URL's query; the page postgresql of the manual explains them",
    },
  ],
  [
    "postgres://ann:secret@host/ml?sslmode=allow",
    {
      message: "the URL of the database postgres://ann@host/ml cannot be used: there is no sslmode “allow”",
      hint: "use one of disable, prefer, require, verify-ca, verify-full",
    },
  ],
  [
    "postgres://ann:secret@host/ml?sslmode=verify-ca",
    {
      message:
        "the URL of the database postgres://ann@host/ml cannot be used: sslmode=verify-ca names no authority to trust",
      hint: "add sslrootcert=FILE with the authority's certificate, or use sslmode=verify-full",
    },
  ],
])("%s is refused without its password", (url, refusal) => {
  const read = () => readAddress(url);
  expect(read).toThrow(expect.objectContaining({ code: "HR_STORE_UNAVAILABLE", ...refusal }));
  try {
    read();
  } catch (error) {
    expect(inspect(error, { depth: 5, showHidden: true })).not.toContain("secret");
  }
});
