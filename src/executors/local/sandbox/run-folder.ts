import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";

/**
 * `/run` is where daemons listen: Docker, D-Bus, databases, agents. A socket can be used through a read-only mount, and that of
 * Docker is the whole machine, so that a step sees a folder of links and these in its place: mounted disks, and what NVIDIA's
 * libraries talk to.
 */
const SHOWN = ["media", "nvidia-persistenced", "nvidia-fabricmanager"];

export interface RunFolder {
  /** Folders of the machine's /run that the step may see. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Fills the stand-in of /run: its links (NixOS has its programs behind one), and mount points for what is shown. */
export function fillRunFolder(standIn: string, run = "/run", resolvConf = "/etc/resolv.conf"): RunFolder {
  mkdirSync(standIn, { recursive: true });
  const folders: string[] = [];
  for (const name of readdirSync(run)) {
    const path = join(run, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) copyLink(path, join(standIn, name));
    else if (stats?.isDirectory() && SHOWN.includes(name)) {
      mkdirSync(join(standIn, name), { recursive: true });
      folders.push(path);
    }
  }
  const resolver = resolverIn(run, resolvConf);
  if (resolver === undefined) return { folders, files: [] };
  const point = join(standIn, resolver.slice(run.length));
  mkdirSync(dirname(point), { recursive: true });
  writeFileSync(point, "");
  return { folders, files: [resolver] };
}

/** The file behind /etc/resolv.conf, where it stands in /run: without it no name can be looked up. */
function resolverIn(run: string, resolvConf: string): string | undefined {
  try {
    const path = realpathSync(resolvConf);
    return path.startsWith(`${run}/`) ? path : undefined;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function copyLink(path: string, target: string): void {
  try {
    symlinkSync(readlinkSync(path), target);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
}
