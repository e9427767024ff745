import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import { standIn } from "./stand-in.ts";

/**
 * `/run` is where daemons listen: Docker, D-Bus, databases, agents. A socket can be used through a read-only mount, and
 * that of Docker is the whole machine, so that a step sees a folder of links and these in its place: mounted disks, and
 * what NVIDIA's libraries talk to.
 */
const SHOWN = ["media", "nvidia-persistenced", "nvidia-fabricmanager"];

export interface RunFolder {
  /** The folder in its place: its links (NixOS has its programs behind one), and mount points for what is shown. */
  readonly standIn: string;
  /** Folders of the machine's /run that the step may see. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** `home` is where stand-ins are. */
export function runFolder(home: string, run = "/run", resolvConf = "/etc/resolv.conf"): RunFolder {
  const folders: string[] = [];
  const links: Record<string, string> = {};
  for (const entry of readdirSync(run, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) links[entry.name] = readlinkSync(join(run, entry.name));
    else if (entry.isDirectory() && SHOWN.includes(entry.name)) folders.push(entry.name);
  }
  const resolver = resolverIn(run, resolvConf);
  const files = resolver === undefined ? [] : [resolver.slice(run.length + 1)];
  const below = (name: string): string => join(run, name);
  return { standIn: standIn(home, { folders, files, links }), folders: folders.map(below), files: files.map(below) };
}

/** The file behind /etc/resolv.conf, where it stands in /run: without it no name can be looked up. */
function resolverIn(run: string, resolvConf: string): string | undefined {
  try {
    const path = realpathSync.native(resolvConf);
    return path.startsWith(`${run}/`) ? path : undefined;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
