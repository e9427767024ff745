import { randomBytes } from "node:crypto";
import { mkdirSync, readlinkSync, realpathSync } from "node:fs";
import { hostname } from "node:os";
import { identify } from "../../machine/index.ts";
import type { EngineIdentity } from "../../store/index.ts";
import type { ProjectOrigin } from "./project-origin.ts";

/** The place that engines work at: that of a project, or of all projects of a server. */
export type EnginePlace = Pick<ProjectOrigin, "backends" | "enginesFolder">;

/** Returns where this process is to be found, told apart from any later one with the same number. */
export async function ownIdentity(place: EnginePlace): Promise<EngineIdentity> {
  const { bootId, startTime } = (await identify(process.pid)) ?? { bootId: "-", startTime: "-" };
  return {
    host: hostname(),
    bootId,
    pid: process.pid,
    startTime,
    processSpace: processSpace(),
    stateFolder: realFolder(place),
  };
}

/** A name for an engine that no other ever had, and that tells a human where to look. */
export function engineName({ host, pid }: Pick<EngineIdentity, "host" | "pid">): string {
  return `${host.replaceAll(",", "-")}:${pid}:${randomBytes(6).toString("hex")}`;
}

/**
 * Names the place of a project's files, so that only engines that can reach them work on its runs: the object store, or
 * the home of a server, else the state folder of this machine. If records and files lie in one folder, whoever reads
 * the one has the other, wherever the folder was moved to.
 */
export function poolOf(place: EnginePlace): string {
  const { blobs, database, home } = place.backends;
  if (blobs !== undefined) return blobs.replace(/\/+$/, "");
  if (database.file === undefined && home !== undefined) return home;
  return database.file === undefined ? `${hostname()}:${realFolder(place)}` : "beside the records";
}

function realFolder({ enginesFolder }: EnginePlace): string {
  mkdirSync(enginesFolder, { recursive: true, mode: 0o700 });
  return realpathSync.native(enginesFolder);
}

/** Containers number their processes by themselves, although they share the machine's name of its boot. */
export function processSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "-";
  }
}
