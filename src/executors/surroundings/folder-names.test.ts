import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FolderNames } from "./folder-names.ts";

test("a folder tells its names in order, and each change of them, however old its times say it is", () => {
  const root = mkdtempSync(join(tmpdir(), "headrace-names-"));
  try {
    const folder = join(root, "bin");
    const names = new FolderNames();
    const old = (): void => utimesSync(folder, 1_000, 1_000);
    expect([...names.of(folder)]).toEqual([]);
    mkdirSync(folder);
    expect([...names.of(folder)]).toEqual([]);
    writeFileSync(join(folder, "b"), "");
    expect([...names.of(folder)]).toEqual(["b"]);
    writeFileSync(join(folder, "a"), "");
    old();
    expect([...names.of(folder)]).toEqual(["a", "b"]);
    renameSync(join(folder, "a"), join(folder, "c"));
    old();
    expect([...names.of(folder)]).toEqual(["b", "c"]);
    rmSync(folder, { recursive: true });
    expect([...names.of(folder)]).toEqual([]);
    writeFileSync(folder, "no folder");
    expect([...names.of(folder)]).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("one that has not changed for long is not listed again", () => {
  const names = new FolderNames();
  const first = names.of("/proc/self/ns");
  expect(first.size).toBeGreaterThan(0);
  // The folder of the system's programs, which no test changes.
  expect(names.of("/usr/bin")).toBe(names.of("/usr/bin"));
});
