import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { systemErrorCode } from "../../../errors.ts";

/** The flag of sockets that listen (__SO_ACCEPTCON). */
const LISTENS = 0x10000;

/**
 * Sockets with a path on which something listens now. A read-only mount keeps nobody from connecting, and what listens may be the whole machine
 * (Docker's, wherever it stands), a database, an agent. They bear no other mark than this table.
 */
export function listeningSockets(table = readTable()): readonly string[] {
  const paths = new Set<string>();
  for (const line of table.split("\n")) {
    const [, flags, path] = /^\S+: \S+ \S+ (\S+) \S+ \S+ +\S+ (\/.+)$/.exec(line) ?? [];
    if (flags !== undefined && path !== undefined && (Number.parseInt(flags, 16) & LISTENS) !== 0) paths.add(path);
  }
  return [...paths].flatMap(realSocket);
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
