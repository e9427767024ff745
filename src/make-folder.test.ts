import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-make-folder-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("making a folder that a person has named", () => {
  test("makes those above it, with its mode, and leaves one that is there", () => {
    makeFolder(join(root, "a/b/c"), 0o700);
    expect(statSync(join(root, "a/b/c")).mode & 0o777).toBe(0o700);
    makeFolder(join(root, "a/b/c"));
    makeFolder(`${root}/a/../d/`);
    expect(statSync(join(root, "d")).isDirectory()).toBe(true);
  });

  test("follows links to folders", () => {
    symlinkSync(root, join(root, "link"));
    makeFolder(join(root, "link/x"));
    expect(statSync(join(root, "x")).isDirectory()).toBe(true);
  });

  test.each([
    ["a file", "file", "EEXIST"],
    ["a file above it", "file/x/y", "ENOTDIR"],
    ["a link that leads nowhere", "loose", "EEXIST"],
  ])("ends with the system's error at %s", (_name, path, code) => {
    writeFileSync(join(root, "file"), "");
    symlinkSync(join(root, "nowhere"), join(root, "loose"));
    expect(() => makeFolder(join(root, path))).toThrow(expect.objectContaining({ code }));
  });

  test("ends where a file system takes no folders", () => {
    expect(() => makeFolder("/proc/headrace/home")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
});
