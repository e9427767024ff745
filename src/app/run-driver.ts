import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { identify, isAlive, type ProcessIdentity } from "../executors/index.ts";
import { faultPoint } from "../fault-point.ts";
import type { RunRecord } from "../store/index.ts";
import { backendsOf } from "./backends.ts";
import type { ProjectLocation } from "./project.ts";
import { driversFolder } from "./state-folder.ts";

interface Driver extends ProcessIdentity {
  readonly host: string;
}

/*
 * `drivers/RUN.N` is a symbolic link whose target is no path but the JSON of the run's N-th driver: made in one system call, whole or
 * not at all, and never over another. Whoever finds the newest driver dead makes the link with the next number; of several, one
 * succeeds. A dead driver's file is never removed to make room (of two processes that both found it dead, one would then remove the
 * other's), only afterwards, by its successor.
 */

/** Names this process in leases and driver files, in a form that tells it from a later process with the same number. */
export async function ownIdentity(): Promise<string> {
  const identity = await identify(process.pid);
  const driver: Driver = { host: hostname(), ...(identity ?? { pid: process.pid, bootId: "-", startTime: "-" }) };
  return JSON.stringify(driver);
}

/**
 * Makes this process the only one that drives a run, until disposed. A run whose driver is dead is taken over; the run must be looked up
 * again afterwards, since the driver may have ended it in the meantime. Throws HR_CONFLICT when another live process drives it.
 */
export async function driveExclusively(location: ProjectLocation, run: RunRecord): Promise<AsyncDisposable> {
  const folder = driversFolder(location);
  mkdirSync(folder, { recursive: true });
  const identity = await ownIdentity();
  for (;;) {
    const newest = generationsOf(folder, run.id).at(-1) ?? 0;
    await refuseLiving(folder, run);
    const own = newest + 1;
    const file = fileOf(folder, run.id, own);
    if (!tryLink(identity, file)) continue;
    try {
      // While we looked at a dead driver, it may have been succeeded by one that left again, and the numbers begun anew.
      await refuseLiving(folder, run, own);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
    for (const generation of generationsOf(folder, run.id)) {
      if (generation < own) rmSync(fileOf(folder, run.id, generation), { force: true });
    }
    faultPoint("driver-taken");
    return {
      async [Symbol.asyncDispose]() {
        rmSync(file, { force: true });
      },
    };
  }
}

async function refuseLiving(folder: string, run: RunRecord, own?: number): Promise<void> {
  for (const generation of generationsOf(folder, run.id)) {
    if (generation === own || !(await isLive(folder, run.id, generation))) continue;
    throw new HeadraceError("HR_CONFLICT", `run ${run.number} is being driven by another process`, {
      hint: `\`headrace logs ${run.number} -f\` follows it, \`headrace stop ${run.number}\` stops it`,
    });
  }
}

/**
 * What is known here of who drives an unfinished run. `elsewhere`: the records are shared, and nothing in this state folder says that the
 * run ever belonged to it; its steps' folders are not here either, so that to take it over would be to start them again.
 */
export type Whereabouts = "driven" | "abandoned" | "elsewhere";

/** A driver on another host counts as alive, since nobody here can tell. */
export async function whereaboutsOf(location: ProjectLocation, runId: string): Promise<Whereabouts> {
  const folder = driversFolder(location);
  const newest = generationsOf(folder, runId).at(-1);
  if (newest !== undefined) return (await isLive(folder, runId, newest)) ? "driven" : "abandoned";
  return backendsOf(location, process.env).isShared ? "elsewhere" : "abandoned";
}

/** Removes the files of runs that have ended: their drivers died between the record of the end and their own tidying. */
export async function forgetDrivers(location: ProjectLocation, hasEnded: (runId: string) => Promise<boolean>): Promise<void> {
  const folder = driversFolder(location);
  for (const name of namesIn(folder)) {
    if (await hasEnded(name.slice(0, name.lastIndexOf(".")))) rmSync(join(folder, name), { force: true });
  }
}

async function isLive(folder: string, runId: string, generation: number): Promise<boolean> {
  const driver = readDriver(fileOf(folder, runId, generation));
  return driver !== undefined && (driver.host !== hostname() || (await isAlive(driver)));
}

function fileOf(folder: string, runId: string, generation: number): string {
  return join(folder, `${runId}.${generation}`);
}

/** Ascending. */
function generationsOf(folder: string, runId: string): readonly number[] {
  return namesIn(folder)
    .filter((name) => name.startsWith(`${runId}.`))
    .map((name) => Number(name.slice(runId.length + 1)))
    .filter(Number.isSafeInteger)
    .sort((a, b) => a - b);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

function tryLink(identity: string, file: string): boolean {
  try {
    symlinkSync(identity, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Undefined for a file that has gone, and for what is none of ours. */
function readDriver(file: string): Driver | undefined {
  try {
    return JSON.parse(readlinkSync(file)) as Driver;
  } catch (error) {
    if (systemErrorCode(error) !== undefined || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
