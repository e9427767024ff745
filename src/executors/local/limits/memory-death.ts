import { existsSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import type { MachineFacts } from "../../../machine/index.ts";
import { type GroupHost, groupHosts, type StepGroups } from "./cgroups.ts";

/** The owner of the memory that was used up when the kernel killed a step. */
export type MemoryDeath =
  /** The step's own limit. */
  | { readonly of: "step" }
  /** The limit of what Headrace runs in: a container, a service, a job of a batch system. */
  | { readonly of: "enclosure"; readonly limitMb: number }
  | { readonly of: "machine" };

/** A control group whose memory is counted. */
export interface MemoryGroup {
  readonly kind: GroupHost["kind"];
  readonly folder: string;
}

/**
 * The counts of a group and those around it when a step began: killed processes of the one, by folder the met limits of
 * the others.
 */
export type MemoryCounts = Readonly<Record<string, number>>;

/**
 * Returns the group where the memory of a step is counted: its own, else that of Headrace. Undefined if that cannot be
 * known.
 */
export function memoryGroupOf(groups: StepGroups | undefined, own: MemoryGroup | undefined): MemoryGroup | undefined {
  if (groups?.memory !== undefined) return { kind: groups.kind, folder: groups.memory };
  // Version 2 has one tree for all: a group that was made for processors counts memory as well.
  if (groups?.kind === "cgroup2" && groups.cpu !== undefined) return { kind: "cgroup2", folder: groups.cpu };
  return own;
}

export function memoryCounts(group: MemoryGroup | undefined): MemoryCounts {
  if (group === undefined) return {};
  const counts: Record<string, number> = { kills: killsIn(group) };
  for (const folder of around(group)) counts[folder] = hitsOf({ ...group, folder });
  return counts;
}

/** Undefined where the kernel has killed nothing in the group since `before`. */
export function memoryDeath(
  group: MemoryGroup | undefined,
  { own, before = {} }: { readonly own?: MemoryGroup | undefined; readonly before?: MemoryCounts | undefined } = {},
): MemoryDeath | undefined {
  if (group === undefined || killsIn(group) <= (before.kills ?? 0)) return undefined;
  const isOwn = group.folder !== own?.folder;
  for (const folder of around(group)) {
    const limit = limitOf({ ...group, folder });
    if (limit === undefined || !wasMet({ ...group, folder }, limit, before[folder] ?? 0)) continue;
    return isOwn && folder === group.folder
      ? { of: "step" }
      : { of: "enclosure", limitMb: Math.floor(limit / (1024 * 1024)) };
  }
  return { of: "machine" };
}

/** The group itself, then those that it is in, as far as they can be seen from here. */
function around({ kind, folder }: MemoryGroup): readonly string[] {
  const limitFile = kind === "cgroup2" ? "cgroup.procs" : "memory.limit_in_bytes";
  const folders: string[] = [];
  for (let path = folder; existsSync(join(path, limitFile)); path = dirname(path)) folders.push(path);
  return folders;
}

/**
 * Returns the number of processes in the group that the kernel has killed for want of memory, whoever's limit that was.
 */
function killsIn({ kind, folder }: MemoryGroup): number {
  if (kind === "cgroup1") return numberIn(read(join(folder, "memory.oom_control")), "oom_kill");
  // `memory.events` counts the groups below as well: other steps.
  return numberIn(read(join(folder, "memory.events.local")) ?? read(join(folder, "memory.events")), "oom_kill");
}

/**
 * Returns the number of times that the group's own limit left no memory to give. Version 1 does not say (its `failcnt`
 * stays 0 on present kernels).
 */
function hitsOf({ kind, folder }: MemoryGroup): number {
  if (kind === "cgroup1") return 0;
  return numberIn(read(join(folder, "memory.events.local")) ?? read(join(folder, "memory.events")), "oom");
}

/** The kernel hands out memory in batches, the last of which may not have fitted. */
const BATCH_BYTES = 1024 * 1024;

function wasMet(group: MemoryGroup, limitBytes: number, hitsBefore: number): boolean {
  if (group.kind === "cgroup2") return hitsOf(group) > hitsBefore;
  return Number(read(join(group.folder, "memory.max_usage_in_bytes")) ?? 0) >= limitBytes - BATCH_BYTES;
}

/** In bytes; undefined where there is none, or none below what the machine has. */
function limitOf({ kind, folder }: MemoryGroup): number | undefined {
  const text = read(join(folder, kind === "cgroup2" ? "memory.max" : "memory.limit_in_bytes"));
  const limit = Number(text?.trim());
  return text === undefined || !Number.isFinite(limit) || limit >= totalmem() ? undefined : limit;
}

/** The group that Headrace itself is in: every step that has no group of its own asks. */
export function ownMemoryGroup(machine: MachineFacts): MemoryGroup | undefined {
  return machine.once(findOwnGroup, "", findOwnGroup);
}

function findOwnGroup(): MemoryGroup | undefined {
  const mounts = read("/proc/self/mounts");
  const groups = read("/proc/self/cgroup");
  if (mounts === undefined || groups === undefined) return undefined;
  for (const host of groupHosts(mounts, groups)) {
    if (host.kind === "cgroup1" && host.memory !== undefined) return { kind: "cgroup1", folder: host.memory };
  }
  const unified = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, , type]) => type === "cgroup2")?.[1];
  const path = /^0::(.*)$/m.exec(groups)?.[1];
  const folder = unified === undefined || path === undefined ? undefined : join(unified, path);
  return folder !== undefined && existsSync(join(folder, "memory.events")) ? { kind: "cgroup2", folder } : undefined;
}

function numberIn(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1] ?? 0);
}

/**
 * Undefined where the group is gone (the machine was restarted, another engine has cleared up), or has no such file.
 */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
