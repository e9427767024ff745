import { readdirSync, readFileSync, statSync } from "node:fs";
import { systemErrorCode } from "../../errors.ts";

/** O_WRONLY and O_RDWR among the flags in /proc/PID/fdinfo/FD, which are octal. */
const ACCESS_MODE = 0o3;

/**
 * Returns those of these files (by `device:inode`) that some process has open for writing. `cp` of a read-only input
 * creates a read-only file and fills it afterwards, so that the mode alone does not say that a file is complete.
 * Processes that cannot be looked into are passed over, and elsewhere than on Linux all of them are: there the caller's
 * waiting for the file to settle must do.
 */
export function openForWriting(files: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  if (files.size === 0 || process.platform !== "linux") return found;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    for (const descriptor of list(`/proc/${pid}/fd`)) {
      const file = attempt(() => statSync(`/proc/${pid}/fd/${descriptor}`, { bigint: true }));
      const id = file === undefined ? "" : `${file.dev}:${file.ino}`;
      if (files.has(id) && isWritable(pid, descriptor)) found.add(id);
    }
  }
  return found;
}

function isWritable(pid: string, descriptor: string): boolean {
  const info = attempt(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8")) ?? "";
  const flags = /^flags:\s*(\d+)/m.exec(info)?.[1] ?? "0";
  return (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}

function list(folder: string): readonly string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

/** Processes end and deny while we look. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
