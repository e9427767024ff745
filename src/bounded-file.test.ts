import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readBounded } from "./bounded-file.ts";
import { systemErrorCode } from "./errors.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bounded-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function codeOf(path: string): string | undefined {
  try {
    readBounded(path, 10);
    return "read";
  } catch (error) {
    return systemErrorCode(error);
  }
}

it.each([0, 9, 10])("reads %d bytes whole", (length) => {
  writeFileSync(join(folder, "file"), "x".repeat(length));
  expect(readBounded(join(folder, "file"), 10).toString()).toBe("x".repeat(length));
});

it("reads one byte more than is allowed, and no further", () => {
  writeFileSync(join(folder, "file"), "x".repeat(1_000_000));
  expect(readBounded(join(folder, "file"), 10)).toHaveLength(11);
  expect(readBounded(join(folder, "file"), 900_000)).toHaveLength(900_001);
});

it("follows no link where it shall not, and leaves no trace where it may", () => {
  writeFileSync(join(folder, "file"), "x");
  symlinkSync("file", join(folder, "link"));
  utimesSync(join(folder, "file"), 1, 2);
  expect(readBounded(join(folder, "link"), 10, { unseen: true }).toString()).toBe("x");
  expect(statSync(join(folder, "file")).atimeMs).toBe(1_000);
  expect(() => readBounded(join(folder, "link"), 10, { noLink: true })).toThrow("ELOOP");
});

it("refuses what is no file, or has no end", () => {
  symlinkSync("/dev/zero", join(folder, "endless"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(codeOf(join(folder, "endless"))).toBe("it is no regular file");
  expect(codeOf(join(folder, "pipe"))).toBe("it is no regular file");
  expect(codeOf(folder)).toBe("EISDIR");
  expect(codeOf(join(folder, "nothing"))).toBe("ENOENT");
});
