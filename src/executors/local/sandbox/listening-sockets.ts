import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import { namesIn, targetOf } from "./read-safely.ts";

/** The flag of sockets that listen (__SO_ACCEPTCON). */
const LISTENS = 0x10000;

/**
 * Sockets with a path on which something listens now. A read-only mount keeps nobody from connecting, and what listens
 * may be the whole machine (Docker's, wherever it stands), a database, an agent. They bear no other mark than this
 * table.
 */
export function listeningSockets(table = readTable()): readonly string[] {
  const paths = new Set<string>();
  /** By number, those whose path is relative to the folder in which their process was. */
  const relative = new Map<string, string>();
  for (const line of table.split("\n")) {
    const [, flags = "", number = "", path = "@"] = /^\S+: \S+ \S+ (\S+) \S+ \S+ +(\S+) (.+)$/.exec(line) ?? [];
    if ((Number.parseInt(flags, 16) & LISTENS) === 0 || path.startsWith("@")) continue;
    if (path.startsWith("/")) paths.add(path);
    else relative.set(number, path);
  }
  return [...paths, ...absolutePaths(relative)].flatMap(realSocket);
}

/** By way of the processes that hold them, which costs some milliseconds; few programs bind a relative path. */
function absolutePaths(sockets: ReadonlyMap<string, string>): readonly string[] {
  if (sockets.size === 0) return [];
  const names = new Map([...sockets].map(([number, path]) => [`socket:[${number}]`, path]));
  return namesIn("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      const held = namesIn(`/proc/${pid}/fd`).flatMap((fd) => names.get(targetOf(`/proc/${pid}/fd/${fd}`) ?? "") ?? []);
      const folder = held.length === 0 ? undefined : targetOf(`/proc/${pid}/cwd`);
      return folder === undefined ? [] : held.map((path) => join(folder, path));
    });
}

/** The path is as whoever listens sees it: in a container, or in a step, it is none of this machine's. */
function realSocket(path: string): readonly string[] {
  try {
    const real = realpathSync.native(path);
    return lstatSync(real).isSocket() ? [real] : [];
  } catch {
    return [];
  }
}

function readTable(): string {
  try {
    return readFileSync("/proc/net/unix", "utf8");
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return "";
  }
}
