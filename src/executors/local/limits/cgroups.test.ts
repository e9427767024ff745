import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { groupHosts, joinFiles, makeGroups, removeGroups } from "./cgroups.ts";

/** Plain folders and files stand for the kernel's: what is written where is what matters here. */
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-groups-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), "utf8");

describe("version 2", () => {
  test("memory, swap and processors are set in one group", () => {
    mkdirSync(join(root, "g"));
    writeFileSync(join(root, "g/memory.swap.max"), "max");
    const groups = makeGroups({ kind: "cgroup2", folder: root }, "g", { cpu: 1.5, memoryMb: 512 });
    expect(groups).toEqual({ kind: "cgroup2", memory: join(root, "g"), cpu: join(root, "g") });
    expect([read("g/memory.max"), read("g/memory.swap.max"), read("g/cpu.max")]).toEqual([
      "536870912",
      "0",
      "150000 100000",
    ]);
    expect(groups && joinFiles(groups)).toEqual([join(root, "g/cgroup.procs")]);
  });

  test("what is not asked for is not limited", () => {
    makeGroups({ kind: "cgroup2", folder: root }, "g", { memoryMb: 0.5 });
    expect([read("g/memory.max"), existsSync(join(root, "g/cpu.max"))]).toEqual(["524288", false]);
  });
});

describe("version 1", () => {
  test("each controller has a group of its own", () => {
    const [memory, cpu] = [join(root, "memory"), join(root, "cpu")];
    for (const folder of [memory, cpu]) mkdirSync(folder);
    const groups = makeGroups({ kind: "cgroup1", memory, cpu }, "g", { cpu: 0.001, memoryMb: 64 });
    expect(groups && joinFiles(groups)).toEqual([join(memory, "g/cgroup.procs"), join(cpu, "g/cgroup.procs")]);
    expect([
      read("memory/g/memory.limit_in_bytes"),
      read("cpu/g/cpu.cfs_period_us"),
      read("cpu/g/cpu.cfs_quota_us"),
    ]).toEqual(["67108864", "100000", "1000"]);
  });

  test("a controller that is missing makes it impossible, unless nothing is asked of it", () => {
    const host = { kind: "cgroup1", memory: root, cpu: undefined } as const;
    expect(makeGroups(host, "g", { cpu: 1, memoryMb: 1 })).toBeUndefined();
    expect(makeGroups(host, "g", { memoryMb: 1 })).toEqual({ kind: "cgroup1", memory: join(root, "g") });
  });
});

test("where no group can be made, there is none", () => {
  expect(makeGroups({ kind: "cgroup2", folder: "/proc/nowhere" }, "g", { cpu: 1 })).toBeUndefined();
});

test("groups are removed; one that is in use stays", async () => {
  for (const name of ["a", "b/used"]) mkdirSync(join(root, name), { recursive: true });
  await removeGroups({ kind: "cgroup1", memory: join(root, "a"), cpu: join(root, "b") });
  expect([existsSync(join(root, "a")), existsSync(join(root, "b"))]).toEqual([false, true]);
  await removeGroups({ kind: "cgroup1", memory: join(root, "a") });
});

describe("where groups could be made", () => {
  const UNIFIED = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n";

  test.each([
    [
      "a user's session",
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n",
      [
        "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/headrace",
        "/sys/fs/cgroup/headrace",
        "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/headrace",
      ],
    ],
    ["a container", "0::/\n", ["/sys/fs/cgroup/headrace"]],
    ["nothing known", "", ["/sys/fs/cgroup/headrace"]],
  ])("version 2, in %s", (_, own, folders) => {
    expect(groupHosts(UNIFIED, own)).toEqual(folders.map((folder) => ({ kind: "cgroup2", folder })));
  });

  test("version 1: below our own group where that is to be seen", () => {
    const [memory, cpu] = [join(root, "memory"), join(root, "cpu,cpuacct")];
    mkdirSync(join(memory, "ours"), { recursive: true });
    mkdirSync(cpu);
    const mounts = `cgroup ${memory} cgroup rw,memory 0 0\ncgroup ${cpu} cgroup rw,cpu,cpuacct 0 0\n`;
    const own = "5:memory:/ours\n3:cpu,cpuacct:/not/here\n1:name=systemd:/\n";
    expect(groupHosts(mounts, own)).toEqual([{ kind: "cgroup1", memory: join(memory, "ours"), cpu }]);
    expect(groupHosts("proc /proc proc rw 0 0\n", own)).toEqual([]);
  });
});
