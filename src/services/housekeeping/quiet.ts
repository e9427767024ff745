import { hostname } from "node:os";
import { isAlive } from "../../machine/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { mayBeStoring } from "../installation/storing.ts";

/** An engine elsewhere that nobody has heard of for so long is dead, however wrong the clocks are. */
const FORGOTTEN_MS = 24 * 3_600_000;
/** Its row may be needed by an engine there that still asks who it was. */
const ROW_MS = 30 * FORGOTTEN_MS;

/** Removes what dead engines have left in the records, unless it is needed to find their steps. Returns how many. */
export async function removeDeadEngines(store: ProjectStore, now: number): Promise<number> {
  let removed = 0;
  for (const { id, host, identity, seenAt } of await store.engines.list()) {
    const isDead = now - seenAt > ROW_MS && (host !== hostname() || !(await isAlive(identity)));
    if (isDead && (await store.engines.remove(id, now))) removed += 1;
  }
  return removed;
}

/**
 * Returns true if nobody works on the project: no run has not ended, and no process that stores files is alive. Every
 * such process makes itself known, as an engine or beside the engines, before it stores anything. Only told if one
 * database holds the one project that the files belong to.
 */
export async function isQuiet(project: ProjectResources, store: ProjectStore, now: number): Promise<boolean> {
  if (project.backends.isShared || (await mayBeStoring(project, now))) return false;
  for (const { beat, host, identity, seenAt } of await store.engines.list()) {
    if (beat < 0) continue;
    const lives = host === hostname() ? await isAlive(identity) : Math.abs(now - seenAt) < FORGOTTEN_MS;
    if (lives) return false;
  }
  return (await store.housekeeping.listRunFacts()).every(({ finishedAt }) => finishedAt !== undefined);
}
