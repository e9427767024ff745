import type { BlobStore } from "../../blobs/index.ts";
import { CodePlaces } from "../../code-tracing/index.ts";
import { executionFolder } from "../../contract/index.ts";
import { clearAgain, Uncleared } from "../../engine/index.ts";
import { WorktreePool } from "../../snapshots/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { InstalledSettings } from "../installation/load-settings.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { unclearedFolder, worktreesFolder } from "../installation/state-folder.ts";
import { diskBytes } from "./sweep-folders.ts";

export interface PlaceClearing {
  readonly project: ProjectResources;
  readonly settings: InstalledSettings;
  readonly store: ProjectStore;
  readonly blobs: BlobStore;
  /** False: only say what would go. */
  readonly apply: boolean;
}

/**
 * Clears the places of ended executions that could not be cleared in their time: containers, copies of code and inputs.
 */
export async function clearPlaces(
  clearing: PlaceClearing,
): Promise<{ readonly count: number; readonly sizeBytes: number }> {
  const { project, settings, store, blobs, apply } = clearing;
  const uncleared = new Uncleared(unclearedFolder(project));
  const waiting = uncleared.list();
  if (waiting.length === 0) return { count: 0, sizeBytes: 0 };
  await using places = await project.openPlaces(settings);
  const sizes = new Map<string, number>();
  for (const execution of waiting) {
    const place = await places.placeOf(execution).catch(() => undefined);
    sizes.set(execution.id, place === undefined ? 0 : (diskBytes(executionFolder(place.folder).valohai) ?? 0));
  }
  const code = new CodePlaces(new WorktreePool({ folder: worktreesFolder(project), store, blobs }));
  const gone = apply ? await clearAgain({ placeOf: places.placeOf, code, uncleared, store }) : [...sizes.keys()];
  return { count: gone.length, sizeBytes: gone.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0) };
}
