import { mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CheckedFiles } from "./checked-files.ts";

let folder: string;
let file: string;
let hashed: number;
const hash = async (): Promise<{ readonly sha256: string }> => {
  hashed += 1;
  return { sha256: "right" };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "checked-"));
  file = join(folder, "file");
  writeFileSync(file, "content");
  hashed = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("reads a file once, and again when it was written to", async () => {
  const checked = new CheckedFiles(folder);
  for (const _ of [1, 2, 3]) expect(await checked.isWhole("right", file, hash)).toBe(true);
  expect(hashed).toBe(1);
  writeFileSync(file, "CONTENT");
  utimesSync(file, 1, 1);
  expect(await checked.isWhole("right", file, hash)).toBe(true);
  expect(hashed).toBe(2);
});

it("does not read what its writer vouches for", async () => {
  const checked = new CheckedFiles(folder);
  checked.note("right", file);
  expect(await checked.isWhole("right", file, hash)).toBe(true);
  expect(hashed).toBe(0);
});

it("says of other bytes each time that they are not whole", async () => {
  const checked = new CheckedFiles(folder);
  for (const _ of [1, 2]) expect(await checked.isWhole("wrong", file, hash)).toBe(false);
});

it("remembers large files for the next process, unless they were written just now", async () => {
  truncateSync(file, 64 * 1024 * 1024);
  await new CheckedFiles(folder).isWhole("right", file, hash);
  await new CheckedFiles(folder).isWhole("right", file, hash);
  expect(hashed).toBe(2);
  utimesSync(file, 1, 1);
  await new CheckedFiles(folder).isWhole("right", file, hash);
  await new CheckedFiles(folder).isWhole("right", file, hash);
  expect(hashed).toBe(3);
});
