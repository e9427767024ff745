import type { GarbageView } from "../../api/index.ts";
import { WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore } from "../../store/index.ts";
import { readProjectCode } from "../configuration/project-code.ts";
import type { Context } from "../context.ts";
import { sharedExecutionFolders } from "../installation/placed-folder.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { removeAbandonedShells } from "../local/shell/shell-folders.ts";
import { clearPlaces } from "./clear-places.ts";
import { collectGarbage, type GarbageOptions } from "./collect-garbage.ts";
import { ASKED } from "./rules.ts";

/** The request of `headrace gc`. */
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

/** Clears up the project. If no rule for runs is given, those of the installation count. */
export async function gcProject(context: Context, store: ProjectStore, request: GarbageRequest): Promise<GarbageView> {
  return await collectGarbage(await optionsOf(context, store, request));
}

/** Returns the options by which a request clears up a project. */
export async function optionsOf(
  { actor, now, project }: Context,
  store: ProjectStore,
  request: GarbageRequest,
): Promise<GarbageOptions> {
  const settings = await project.settings();
  const { retention } = settings;
  const hasRule = [request.olderThanS, request.keepLast, request.maxBytes, request.numbers].some(
    (rule) => rule !== undefined,
  );
  const olderThanS = hasRule ? request.olderThanS : retention.keepForS;
  const keepLast = hasRule ? request.keepLast : retention.keepRuns;
  if (request.apply) await removeAbandonedShells(project);
  const blobs = await project.blobs();
  return {
    ...{
      actor,
      project,
      store,
      blobs,
      apply: request.apply,
      atOnce: true,
      now: now(),
      configuration: await configurationOf(project).catch((error: unknown) => {
        // The runs of a server's project that are named, or none, can be removed also while its repository is away.
        if (request.numbers === undefined || project.origin.folder !== undefined) throw error;
        return "";
      }),
    },
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
  };
}

/** So many of the newest uploads are looked into for what their configurations name. */
const UPLOADS = 20;

/**
 * The texts of the project's configuration: broken or not, it may name stored files. A project of a server has several:
 * that of the version that runs if nobody names one, and those of the newest uploads. Throws where one is there and
 * cannot be read: the files that it names are not known then.
 */
export async function configurationOf(project: ProjectResources): Promise<string> {
  const { code, folder } = project.origin;
  const texts: string[] = [];
  if ((await code.hasCurrent?.()) ?? true)
    texts.push(await textOf(project, undefined, folder === undefined ? ["HR_CONFIG_NOT_FOUND"] : []));
  for (const upload of (await code.uploads?.(UPLOADS)) ?? [])
    texts.push(await textOf(project, upload, ["HR_CONFIG_NOT_FOUND", "HR_NOT_FOUND"]));
  return texts.join("\n");
}

/** The text of a version's configuration; empty where it fails with one of these codes, by which there is none. */
async function textOf(
  project: ProjectResources,
  commit: string | undefined,
  absent: readonly string[],
): Promise<string> {
  try {
    const code = await readProjectCode(project, commit);
    return (await code.view.read(code.configPath, WRITTEN_BY_HAND_BYTES))?.toString() ?? "";
  } catch (error) {
    if (error instanceof HeadraceError && absent.includes(error.code)) return "";
    throw error;
  }
}
