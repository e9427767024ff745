import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { systemErrorCode } from "../errors.ts";

/**
 * A process that can still be told from a later one with the same number: process ids are reused, within days on a busy
 * machine and at once after a reboot. So the kernel's start time (in ticks since boot) and the boot belong to it.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** `-` where the system has no such id; then the start time is a full date. */
  readonly bootId: string;
  readonly startTime: string;
}

/** The fields of `/proc/PID/stat` behind the command's name, which may itself hold spaces and brackets. */
export function statFields(stat: string): readonly string[] {
  return stat
    .slice(stat.lastIndexOf(")") + 2)
    .trimEnd()
    .split(" ");
}

const STATE = 0;
/** In ticks since boot. */
export const START_TIME = 19;

/**
 * Returns the process that has this pid now; undefined if there is none, or only a dead one that waits to be reaped.
 */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  return process.platform === "linux" ? identifyByProc(pid) : identifyByPs(pid);
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, "utf8"));
    const state = fields[STATE];
    const startTime = fields[START_TIME];
    if (startTime === undefined || state === "Z" || state === "X") return undefined;
    return { pid, bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(), startTime };
  } catch (error) {
    // Anything else (no file descriptor left, say) would make a living process pass for dead, and its work for lost.
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  return new Promise((resolve) => {
    execFile("/bin/ps", ["-o", "stat=,lstart=", "-p", String(pid)], { cwd: "/" }, (error, stdout) => {
      const match = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout);
      if (error !== null || match === null || match[1]?.startsWith("Z")) resolve(undefined);
      else resolve({ pid, bootId: "-", startTime: match[2] ?? "" });
    });
  });
}
