import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { identify, isAlive, type ProcessIdentity } from "../executors/index.ts";
import type { RunRecord } from "../store/index.ts";
import type { ProjectLocation } from "./project.ts";
import { driverFile } from "./state-folder.ts";

interface Driver extends ProcessIdentity {
  readonly host: string;
}

/** Names this process in leases and driver files, in a form that tells it from a later process with the same number. */
export async function ownIdentity(): Promise<string> {
  const identity = await identify(process.pid);
  const driver: Driver = { host: hostname(), ...(identity ?? { pid: process.pid, bootId: "-", startTime: "-" }) };
  return JSON.stringify(driver);
}

/**
 * Makes this process the only one that drives a run, until disposed. A file left by a dead process is taken over.
 * Throws HR_CONFLICT when another live process drives it.
 */
export async function driveExclusively(location: ProjectLocation, run: RunRecord): Promise<AsyncDisposable> {
  const file = driverFile(location, run.id);
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, await ownIdentity());
  try {
    while (!tryLink(own, file)) {
      if (await isDriven(location, run.id)) {
        throw new HeadraceError("HR_CONFLICT", `run ${run.number} is being driven by another process`, {
          hint: `\`headrace logs ${run.number} -f\` follows it, \`headrace stop ${run.number}\` stops it`,
        });
      }
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    async [Symbol.asyncDispose]() {
      rmSync(file, { force: true });
    },
  };
}

/** True while a live process drives the run. One on another host counts as alive, since nobody here can tell. */
export async function isDriven(location: ProjectLocation, runId: string): Promise<boolean> {
  const driver = readDriver(driverFile(location, runId));
  if (driver === undefined) return false;
  return driver.host !== hostname() || (await isAlive(driver));
}

function tryLink(own: string, file: string): boolean {
  try {
    // A link appears whole or not at all, and never replaces another.
    linkSync(own, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function readDriver(file: string): Driver | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Driver;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
