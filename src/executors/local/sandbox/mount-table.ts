import { randomBytes } from "node:crypto";
import { accessSync, constants, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A mount of this machine. */
export interface HostMount {
  readonly path: string;
  readonly readOnly: boolean;
  readonly kind: string;
  /**
   * The options of nosuid, nodev, noexec that hold, and that a remount must repeat (in a user namespace the kernel
   * refuses to drop them).
   */
  readonly locked: readonly string[];
}

/** Reads a mountinfo table (man 5 proc): the uppermost mount of each path, in mounting order. */
export function parseMountInfo(text: string): readonly HostMount[] {
  const mounts = new Map<string, HostMount>();
  for (const line of text.split("\n")) {
    const [, , , , path, options] = line.split(" ");
    const kind = / - (\S+)/.exec(line)?.[1];
    if (path === undefined || options === undefined || kind === undefined) continue;
    const flags = options.split(",");
    const plain = unescapeMountPath(path);
    mounts.delete(plain);
    mounts.set(plain, {
      path: plain,
      readOnly: flags.includes("ro"),
      kind,
      locked: flags.filter((flag) => flag === "nosuid" || flag === "nodev" || flag === "noexec"),
    });
  }
  return [...mounts.values()];
}

export function hostMounts(): readonly HostMount[] {
  return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));
}

function unescapeMountPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** A path as fstab wants it: blanks and the escape sign itself in octal. */
export function escapeMountPath(path: string): string {
  return path.replace(/[ \t\n\\#]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** Returns false for a path that this user cannot enter: he cannot write to it either, and could not mount it. */
export function isReachable(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Renamed into place: several engines may prepare the same start, of which one is made, and that reads the table. All
 * write the same.
 */
export function writeMountTable(scratch: string, text: string): void {
  const aside = join(scratch, `mounts.${randomBytes(6).toString("hex")}`);
  writeFileSync(aside, text);
  renameSync(aside, join(scratch, MOUNT_TABLE));
}

/** Its name in the scratch folder. */
export const MOUNT_TABLE = "mounts";

/** A line of an fstab. */
export function mountLine(source: string, target: string, options: string, kind = "none"): string {
  return `${escapeMountPath(source)} ${escapeMountPath(target)} ${kind} ${escapeMountPath(options)} 0 0`;
}
