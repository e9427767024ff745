import { readFileSync } from "node:fs";

/** File systems without a disk behind them: what is written through a mapping may never leave a sign there. */
const SILENT = /^(?:tmpfs|ramfs|hugetlbfs|devtmpfs)$/;

/** The devices (`st_dev`) of a table like /proc/self/mountinfo on which files may change without a sign. */
export function silentDevices(mountinfo: string): ReadonlySet<number> {
  const devices = new Set<number>();
  for (const line of mountinfo.split("\n")) {
    const [place = "", file = ""] = line.split(" - ");
    const [, major, minor] = /^\S+ \S+ (\d+):(\d+) /.exec(place) ?? [];
    if (major !== undefined && minor !== undefined && SILENT.test(file.split(" ")[0] ?? ""))
      devices.add(deviceOf(Number(major), Number(minor)));
  }
  return devices;
}

/** Those of this machine; none where the system does not tell, as on macOS. */
export function silentDevicesHere(): ReadonlySet<number> {
  try {
    return silentDevices(readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return new Set();
  }
}

/** As Linux puts both into one number (makedev). */
function deviceOf(major: number, minor: number): number {
  return (minor & 0xff) + ((major & 0xfff) << 8) + (minor & ~0xff) * 2 ** 12;
}
