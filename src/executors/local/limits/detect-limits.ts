import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import { type Ceiling, type GroupHost, groupHosts, joinFiles, makeGroup, makeGroups, removeGroups } from "./cgroups.ts";

let probes = 0;

/** The first place in which a group can be made, limited, and joined by a process, as a step would be. */
export async function detectGroups(
  ceiling: Ceiling,
  hosts: readonly GroupHost[] = hostsHere(),
): Promise<GroupHost | undefined> {
  for (const host of hosts) if (await works(host, ceiling)) return host;
  return undefined;
}

function hostsHere(): readonly GroupHost[] {
  if (process.platform !== "linux") return [];
  try {
    return groupHosts(readFileSync("/proc/self/mounts", "utf8"), readFileSync("/proc/self/cgroup", "utf8"));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}

async function works(host: GroupHost, ceiling: Ceiling): Promise<boolean> {
  if (host.kind === "cgroup2") openUnified(host.folder);
  const groups = makeGroups(host, `headrace-probe-${process.pid}-${probes++}`, ceiling);
  if (groups === undefined) return false;
  try {
    return await canJoin(joinFiles(groups));
  } finally {
    await removeGroups(groups);
  }
}

/**
 * Controllers count below a folder only when all above it pass them on. A failure here shows when a group is to be
 * limited.
 */
function openUnified(folder: string): void {
  for (const place of [dirname(folder), folder]) {
    try {
      makeGroup(place);
      writeFileSync(join(place, "cgroup.subtree_control"), "+memory +cpu");
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
    }
  }
}

function canJoin(files: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(
      "/bin/sh",
      ["-c", 'for file; do printf 0 >"$file" || exit 1; done', "sh", ...files],
      { timeout: 10_000, cwd: "/", env: {} },
      (error) => resolve(error === null),
    );
  });
}
