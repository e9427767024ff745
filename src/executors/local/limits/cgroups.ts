import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemErrorCode } from "../../../errors.ts";

/**
 * Control groups: how Linux keeps a group of processes within an amount of memory and processor time. Version 2 is one
 * tree with all controllers, version 1 a tree for each. A step gets a group of its own in the folder that this machine
 * lets us make groups in.
 */
export type GroupHost =
  | { readonly kind: "cgroup2"; readonly folder: string }
  | { readonly kind: "cgroup1"; readonly memory: string | undefined; readonly cpu: string | undefined };

export interface Ceiling {
  /** Processors; 0.5 is half of one. */
  readonly cpu?: number | undefined;
  readonly memoryMb?: number | undefined;
}

/** The groups of one step, by their folders. */
export interface StepGroups {
  readonly kind: GroupHost["kind"];
  readonly memory?: string;
  readonly cpu?: string;
}

/** Interval at which a group's time is shared out: the kernel's own default. */
const PERIOD_US = 100_000;
/** The least that the kernel takes. */
const LEAST_QUOTA_US = 1_000;
const REMOVAL_PATIENCE_MS = 1_000;

/**
 * Makes the groups, or sets them anew; undefined when the machine does not let us, or lacks a controller that is asked
 * for.
 */
export function makeGroups(host: GroupHost, name: string, ceiling: Ceiling): StepGroups | undefined {
  try {
    return host.kind === "cgroup2" ? makeUnified(host.folder, name, ceiling) : makeSeparate(host, name, ceiling);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function makeUnified(folder: string, name: string, { cpu, memoryMb }: Ceiling): StepGroups {
  const group = join(folder, name);
  makeGroup(group);
  if (memoryMb !== undefined) {
    writeFileSync(join(group, "memory.max"), String(bytes(memoryMb)));
    // Else it would swap instead of being held to it. Absent where the kernel does not account for swap.
    writeIfThere(join(group, "memory.swap.max"), "0");
  }
  if (cpu !== undefined) writeFileSync(join(group, "cpu.max"), `${quota(cpu)} ${PERIOD_US}`);
  return {
    kind: "cgroup2",
    ...(memoryMb === undefined ? {} : { memory: group }),
    ...(cpu === undefined ? {} : { cpu: group }),
  };
}

function makeSeparate(
  host: Extract<GroupHost, { kind: "cgroup1" }>,
  name: string,
  { cpu, memoryMb }: Ceiling,
): StepGroups | undefined {
  if ((memoryMb !== undefined && host.memory === undefined) || (cpu !== undefined && host.cpu === undefined))
    return undefined;
  const groups: { kind: "cgroup1"; memory?: string; cpu?: string } = { kind: "cgroup1" };
  if (memoryMb !== undefined && host.memory !== undefined) {
    groups.memory = join(host.memory, name);
    makeGroup(groups.memory);
    const limit = String(bytes(memoryMb));
    writeFileSync(join(groups.memory, "memory.limit_in_bytes"), limit);
    // With swap it may be no more; refused while the group is in use by an earlier start.
    writeIfThere(join(groups.memory, "memory.memsw.limit_in_bytes"), limit);
  }
  if (cpu !== undefined && host.cpu !== undefined) {
    groups.cpu = join(host.cpu, name);
    makeGroup(groups.cpu);
    writeFileSync(join(groups.cpu, "cpu.cfs_period_us"), String(PERIOD_US));
    writeFileSync(join(groups.cpu, "cpu.cfs_quota_us"), String(quota(cpu)));
  }
  return groups;
}

/**
 * A group and the one above it, and no more: where a kernel's file system refuses, Node's `recursive` tries without
 * end.
 */
export function makeGroup(folder: string): void {
  for (const path of [dirname(folder), folder]) {
    try {
      mkdirSync(path);
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
  }
}

function bytes(mb: number): number {
  return Math.ceil(mb * 1024 * 1024);
}

function quota(cpu: number): number {
  return Math.max(LEAST_QUOTA_US, Math.round(cpu * PERIOD_US));
}

function writeIfThere(path: string, text: string): void {
  try {
    if (existsSync(path)) writeFileSync(path, text);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** The files by which a process that writes `0` to them joins the groups. */
export function joinFiles(groups: StepGroups): readonly string[] {
  return foldersOf(groups).map((folder) => join(folder, "cgroup.procs"));
}

function foldersOf({ memory, cpu }: StepGroups): readonly string[] {
  return [...new Set([memory, cpu].filter((folder) => folder !== undefined))];
}

/**
 * A group goes once its last process is reaped, which may take a moment; what does not go by then stays behind, empty.
 */
export async function removeGroups(groups: StepGroups): Promise<void> {
  for (const folder of foldersOf(groups)) {
    for (const deadline = Date.now() + REMOVAL_PATIENCE_MS; ; await delay(10)) {
      try {
        rmdirSync(folder);
        break;
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === undefined) throw error;
        if (code !== "EBUSY" || Date.now() > deadline) break;
      }
    }
  }
}

/**
 * Returns the places where groups could be made here, best first. `mounts` and `own` are `/proc/self/mounts` and
 * `/proc/self/cgroup`.
 */
export function groupHosts(mounts: string, own: string): readonly GroupHost[] {
  const table = mounts.split("\n").map((line) => line.split(" "));
  const unified = table.find(([, , type]) => type === "cgroup2")?.[1];
  const hosts: GroupHost[] = [];
  if (unified !== undefined) {
    // The root has no process of ours to stand in the way; a user's own manager delegates to it what is below its own
    // group.
    const path = /^0::(.*)$/m.exec(own)?.[1] ?? "/";
    const manager = /^.*\/user@\d+\.service(?=\/|$)/.exec(path)?.[0];
    for (const parent of [manager, "", dirname(path)]) {
      const folder = parent === undefined ? undefined : join(unified, parent, "headrace");
      if (folder !== undefined && !hosts.some((host) => host.kind === "cgroup2" && host.folder === folder))
        hosts.push({ kind: "cgroup2", folder });
    }
  }
  const memory = separate(table, own, "memory");
  const cpu = separate(table, own, "cpu");
  if (memory !== undefined || cpu !== undefined) hosts.push({ kind: "cgroup1", memory, cpu });
  return hosts;
}

/** Our own group of a controller, if it can be seen from here, else the top of its tree. */
function separate(table: readonly (readonly string[])[], own: string, controller: string): string | undefined {
  const mount = table.find(([, , type, options]) => type === "cgroup" && options?.split(",").includes(controller))?.[1];
  if (mount === undefined) return undefined;
  const line = own.split("\n").find((entry) => entry.split(":")[1]?.split(",").includes(controller));
  const path = join(mount, line?.split(":").slice(2).join(":") ?? "/");
  return existsSync(path) ? path : mount;
}
