import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { isDead, ownLabel } from "../../machine/index.ts";
import type { ProjectLocation } from "../installation/project-location.ts";
import { RefusedHousekeeping } from "./refused-housekeeping.ts";

/**
 * Lets one process at a time clear up in a state folder; HR_CONFLICT while another does. A lock that a dead one left is
 * taken over.
 */
export async function lockHousekeeping({ stateFolder }: ProjectLocation): Promise<Disposable> {
  const file = join(stateFolder, "housekeeping");
  const label = await ownLabel();
  for (let tries = 1; ; tries += 1) {
    try {
      // A link whose target is no path but a name: made in one call, whole or not at all.
      symlinkSync(label, file);
      return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
    const holder = holderOf(file);
    if (tries > 2 || (holder !== undefined && !(await isDead(holder)))) {
      throw new RefusedHousekeeping(
        "another process is clearing up in this project",
        `wait until it is done; if none is, remove ${file}`,
      );
    }
    if (holder !== undefined) rmSync(file, { force: true });
  }
}

function holderOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
