import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { isDead, ownLabel } from "../../machine/index.ts";
import type { ProjectLocation } from "./project-location.ts";
import { storingFolder } from "./state-folder.ts";

/** A process elsewhere that has been storing files for so long is dead, however wrong the clocks are. */
const FORGOTTEN_MS = 24 * 3_600_000;

/**
 * Says, until disposed, that this process may be storing files that no record names yet. An engine need not: its own
 * record says so.
 */
export async function announceStoring(project: ProjectLocation): Promise<Disposable> {
  const folder = storingFolder(project);
  const file = join(folder, `${await ownLabel()}.${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, "");
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

/**
 * Returns true if a process that is no engine may be storing files here. Marks that dead processes have left are
 * removed.
 */
export async function mayBeStoring(project: ProjectLocation, now: number): Promise<boolean> {
  const folder = storingFolder(project);
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    const label = name.slice(0, name.lastIndexOf("."));
    const isForgotten =
      !isOfThisHost(label) && now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > FORGOTTEN_MS;
    if (!isForgotten && !(await isDead(label))) return true;
    rmSync(file, { force: true });
  }
  return false;
}

function isOfThisHost(label: string): boolean {
  return label.split("~")[0] === encodeURIComponent(hostname());
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
