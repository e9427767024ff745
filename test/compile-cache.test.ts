import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../bin/headrace.mjs");
const isBuilt = existsSync(join(import.meta.dirname, "../dist/headrace.js"));

describe.skipIf(!isBuilt)("what Node.js has compiled of Headrace", () => {
  let caches: string;
  let compiled: string;

  beforeEach(() => {
    caches = mkdtempSync(join(tmpdir(), "headrace-compiled-"));
    compiled = join(caches, "headrace/compiled");
  });
  afterEach(() => rmSync(caches, { recursive: true }));

  function help(env: Readonly<Record<string, string>>): void {
    const { status, stderr } = spawnSync(process.execPath, [program, "lint", "--help"], { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  }

  it("is kept in the user's cache, for the user alone", () => {
    help({ XDG_CACHE_HOME: caches });
    expect(readdirSync(compiled)).toHaveLength(1);
    help({ XDG_CACHE_HOME: "", HOME: caches });
    expect(readdirSync(join(caches, ".cache/headrace/compiled"))).toHaveLength(1);
  });

  it("is not looked for where others may have written", () => {
    mkdirSync(compiled, { recursive: true });
    chmodSync(compiled, 0o777);
    help({ XDG_CACHE_HOME: caches });
    expect(readdirSync(compiled)).toEqual([]);
  });

  it("is not looked for behind a link", () => {
    mkdirSync(join(caches, "elsewhere"));
    mkdirSync(join(caches, "headrace"));
    symlinkSync(join(caches, "elsewhere"), compiled);
    help({ XDG_CACHE_HOME: caches });
    expect(readdirSync(join(caches, "elsewhere"))).toEqual([]);
  });

  it("is done without where it cannot be kept", () => {
    writeFileSync(join(caches, "headrace"), "");
    help({ XDG_CACHE_HOME: caches });
    help({ XDG_CACHE_HOME: "not/absolute" });
    help({});
    expect(readdirSync(caches)).toEqual(["headrace"]);
  });
});
