import type { GarbageView } from "../../api/index.ts";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { sharedExecutionFolders } from "../placed-folder.ts";
import type { ProjectResources } from "../project-resources.ts";
import { removeAbandonedShells } from "../shell/shell-folders.ts";
import { clearPlaces } from "./clear-places.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { ASKED } from "./rules.ts";

/** What `headrace gc` is asked for. */
export interface GarbageRequest {
  /** Runs that ended longer ago. */
  readonly olderThanS?: number;
  /** All but the newest so many of each step or pipeline. */
  readonly keepLast?: number;
  /** The oldest, until what is stored is no larger. */
  readonly maxBytes?: number;
  /** Only runs of this step or pipeline. */
  readonly name?: string;
  /** These runs, whatever their age. */
  readonly numbers?: readonly number[];
  /** Also runs with tags. */
  readonly tagged: boolean;
  /** Logs of steps that ended longer ago. */
  readonly logsOlderThanS?: number;
  /** Files that could not be kept, of steps that have ended. */
  readonly leftovers: boolean;
  /** False: only say what would go. */
  readonly apply: boolean;
}

/** Where no rule for runs is given, those of the installation count. */
export async function gcProject({ actor, project }: Context, store: ProjectStore, request: GarbageRequest): Promise<GarbageView> {
  const settings = await project.settings();
  const { retention } = settings;
  const hasRule = [request.olderThanS, request.keepLast, request.maxBytes, request.numbers].some((rule) => rule !== undefined);
  const olderThanS = hasRule ? request.olderThanS : retention.keepForS;
  const keepLast = hasRule ? request.keepLast : retention.keepRuns;
  if (request.apply) await removeAbandonedShells(project);
  const blobs = await project.blobs();
  return await collectGarbage({
    ...{ actor, project, store, blobs, apply: request.apply, atOnce: true, now: Date.now(), configuration: configurationOf(project) },
    sharedFolders: sharedExecutionFolders(settings),
    clearPlaces: () => clearPlaces({ project, settings, store, blobs, apply: request.apply }),
    rules: {
      tagged: request.tagged,
      ...(olderThanS === undefined ? {} : { olderThanMs: olderThanS * 1000 }),
      ...(keepLast === undefined ? {} : { keepLast }),
      ...(request.maxBytes === undefined ? {} : { maxBytes: request.maxBytes }),
      ...(request.name === undefined ? {} : { name: request.name }),
      ...(request.numbers === undefined ? {} : { numbers: new Set(request.numbers) }),
    },
    keep: {
      ...ASKED,
      ...(request.logsOlderThanS === undefined ? {} : { logsMs: request.logsOlderThanS * 1000 }),
      ...(request.leftovers ? { leftoversMs: 0 } : {}),
    },
  });
}

/** Broken or not, it may name stored files. */
export function configurationOf(project: ProjectResources): string {
  return readBounded(project.configFile, WRITTEN_BY_HAND_BYTES).toString();
}
