import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";

/** Any time long ago. */
const PLANTED_S = 946_684_800;

interface Verdict {
  readonly why: string | undefined;
  readonly device: number;
  readonly mounts: string;
}

const verdicts = new Map<string, Verdict>();

/**
 * As `whyNoAccessTimes` for one of the many folders in `parent`: tried out once for all of them (it costs more than all
 * else that is done to observe a small step), and again when any mount of this machine, or an option of one, has
 * changed.
 */
export function whyNoAccessTimesIn(parent: string, folder: string): string | undefined {
  let mounts: string;
  let device: number;
  try {
    mounts = readFileSync("/proc/self/mountinfo", "utf8");
    device = statSync(folder).dev;
  } catch {
    return whyNoAccessTimes(folder);
  }
  const known = verdicts.get(parent);
  if (known?.mounts === mounts && known.device === device) return known.why;
  const why = whyNoAccessTimes(folder);
  verdicts.set(parent, { why, device, mounts });
  return why;
}

/**
 * Returns undefined if the file system of a folder records when a file is read and when a folder is listed; else the
 * reason why not, in words. It tries this out: mount options say nothing about network and layered file systems.
 */
export function whyNoAccessTimes(folder: string): string | undefined {
  let place: string | undefined;
  try {
    place = mkdtempSync(join(folder, "access-times-"));
    const file = join(place, "file");
    const listed = join(place, "folder");
    writeFileSync(file, "read me");
    mkdirSync(listed);
    writeFileSync(join(listed, "entry"), "");
    for (const path of [file, listed]) utimesSync(path, PLANTED_S, Date.now() / 1000);
    if (!isPlanted(file) || !isPlanted(listed))
      return "the file system does not take the access times that it is given";
    readFileSync(file);
    if (isPlanted(file)) return "the file system does not note when files are read (is it mounted with noatime?)";
    readdirSync(listed);
    if (isPlanted(listed))
      return "the file system does not note when folders are listed (is it mounted with nodiratime?)";
    return undefined;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return `access times could not be tried out (${code})`;
  } finally {
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
  }
}

function isPlanted(path: string): boolean {
  return statSync(path).atimeMs === PLANTED_S * 1000;
}
