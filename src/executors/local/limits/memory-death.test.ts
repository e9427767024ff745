import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MemoryDeath, type MemoryGroup, memoryCounts, memoryDeath } from "./memory-death.ts";

/** Plain folders and files stand for the kernel's: a group in another. enclosed.test.ts has the kernel itself. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-memory-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Told {
  readonly limitMb?: number;
  /** Number of times that it was at its limit. */
  readonly hits: number;
  readonly kills: number;
}

function write(kind: MemoryGroup["kind"], folder: string, { limitMb, hits, kills }: Told): void {
  mkdirSync(folder, { recursive: true });
  const limit = limitMb === undefined ? undefined : limitMb * 1024 * 1024;
  const files: Readonly<Record<string, string>> =
    kind === "cgroup2"
      ? {
          "cgroup.procs": "",
          "memory.max": `${limit ?? "max"}\n`,
          // The groups below count here, too.
          "memory.events": "low 0\nhigh 0\nmax 12\noom 99\noom_kill 99\noom_group_kill 0\n",
          "memory.events.local": `low 0\nhigh 0\nmax 12\noom ${hits}\noom_kill ${kills}\noom_group_kill 0\n`,
        }
      : {
          "memory.limit_in_bytes": `${limit ?? "9223372036854771712"}\n`,
          "memory.max_usage_in_bytes": `${hits > 0 ? limit : 4096}\n`,
          "memory.oom_control": `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`,
        };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

describe.each(["cgroup1", "cgroup2"] as const)("a step that was killed for memory (%s)", (kind) => {
  const group = (): MemoryGroup => ({ kind, folder: join(root, "around/step") });
  const NONE = { hits: 0, kills: 0 };

  test.each<[string, Told, Told, MemoryDeath | undefined]>([
    ["by nobody", NONE, { limitMb: 200, ...NONE }, undefined],
    ["by its own limit", NONE, { limitMb: 100, hits: 3, kills: 1 }, { of: "step" }],
    [
      "by its own limit within another",
      { limitMb: 500, hits: 0, kills: 0 },
      { limitMb: 100, hits: 3, kills: 1 },
      { of: "step" },
    ],
    [
      "by the limit of what it is in",
      { limitMb: 50, hits: 2, kills: 0 },
      { limitMb: 100, hits: 0, kills: 1 },
      { of: "enclosure", limitMb: 50 },
    ],
    ["by the machine", NONE, { limitMb: 100, hits: 0, kills: 1 }, { of: "machine" }],
    [
      "by the machine, at a limit that is more than it has",
      NONE,
      { limitMb: 1e9, hits: 1, kills: 1 },
      { of: "machine" },
    ],
  ])("%s", (_, around, step, expected) => {
    write(kind, join(root, "around"), around);
    write(kind, group().folder, step);
    expect(memoryDeath(group())).toEqual(expected);
  });

  test("what was counted before it began does not count", () => {
    write(kind, join(root, "around"), { limitMb: 50, hits: kind === "cgroup2" ? 2 : 0, kills: 0 });
    write(kind, group().folder, { hits: 0, kills: 4 });
    const before = memoryCounts(group());
    expect(memoryDeath(group(), { before })).toBeUndefined();
    write(kind, group().folder, { hits: 0, kills: 5 });
    expect(memoryDeath(group(), { before })).toEqual({ of: "machine" });
    write(kind, join(root, "around"), { limitMb: 50, hits: 3, kills: 0 });
    expect(memoryDeath(group(), { before })).toEqual({ of: "enclosure", limitMb: 50 });
  });

  test("in a group that is gone nothing is known", () => {
    expect(memoryDeath(group())).toBeUndefined();
    expect(memoryDeath(undefined)).toBeUndefined();
  });
});
