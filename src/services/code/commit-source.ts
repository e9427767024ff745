import { HeadraceError } from "../../errors.ts";
import type { CodeRecords, Mirror } from "../../remotes/index.ts";
import type { OpenedCode } from "../../snapshots/index.ts";
import type { ProjectRecord } from "../../store/index.ts";
import { CONFIG_NAMES } from "../configuration/config-names.ts";
import { type ConfiguredCode, recordedCode } from "../configuration/project-code.ts";
import type { CodeSource } from "../installation/project-origin.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { headOf } from "./default-branch.ts";

export interface CommitPlaces {
  readonly record: ProjectRecord;
  readonly code: CodeRecords;
  readonly mirror: Mirror;
  /** Brings the mirror on this machine up to date; what it brings is recorded. */
  readonly fetch: (signal: AbortSignal) => Promise<void>;
}

const NEVER = new AbortController().signal;

/** The code of a project on a server: versions that were uploaded, or that its repository has. */
export function commitSource(places: CommitPlaces): CodeSource {
  const open = async (project: ProjectResources, commit: string | undefined): Promise<ConfiguredCode<OpenedCode>> => {
    const name = commit ?? (await head(places));
    const view = await openVersion(project, name, places);
    const configPath = await configPathIn(view, name, places);
    return { view, configPath, shownFile: `${shortName(name)}:${configPath}`, lastRead: project.lastRead };
  };
  const uploads = async (limit: number): Promise<readonly string[]> => {
    const { results } = await places.code.commits(places.record, { isAdhoc: true, limit, offset: 0 });
    return results.map(({ identifier }) => identifier);
  };
  const hasCurrent = async (): Promise<boolean> => {
    const { code, record } = places;
    const repository = await code.repository(record);
    return repository !== undefined && headOf(await code.refs(record), repository.branch) !== undefined;
  };
  return { current: (project) => open(project, undefined), open, hasCurrent, uploads };
}

async function head({ code, record }: CommitPlaces): Promise<string> {
  const repository = await code.repository(record);
  if (repository === undefined)
    throw new HeadraceError(
      "HR_NOT_FOUND",
      "the project has no repository, so there is no newest version of its code",
      {
        hint: "set the project's repository, or upload the code and name the version",
      },
    );
  const found = headOf(await code.refs(record), repository.branch);
  if (found !== undefined) return found.commit;
  const why = repository.fetchError === undefined ? "" : `: ${repository.fetchError}`;
  throw new HeadraceError(
    "HR_NOT_FOUND",
    repository.fetchedAt === undefined
      ? "the project's repository was not fetched yet"
      : `the project's repository has no branch ${repository.branch ?? "main"}${why}`,
    { hint: "fetch the repository, or name a branch, a tag or a commit" },
  );
}

/** By its name in the records, as a branch or tag of the last fetch, or as (the beginning of) a commit's name. */
async function openVersion(project: ProjectResources, name: string, places: CommitPlaces): Promise<OpenedCode> {
  const { code, record, mirror } = places;
  const named = await recordedCode(project, name);
  if (named !== undefined) return named;
  const refs = name.startsWith("~") ? [] : await code.refs(record);
  const ref =
    refs.find((each) => each.kind === "branch" && each.name === name) ?? refs.find((each) => each.name === name);
  const wanted = ref?.commit ?? name;
  const stored = ref === undefined ? undefined : await recordedCode(project, wanted);
  if (stored !== undefined) return stored;
  if (name.startsWith("~")) throw unknownVersion(name);
  const commit = await resolve(wanted, { ...places, isKnown: ref !== undefined || (await isFetched(wanted, places)) });
  const full = await recordedCode(project, commit);
  if (full !== undefined) return full;
  const { openCode } = await import("../../snapshots/index.ts");
  return await openCode({ kind: "git-commit", repository: mirror.folder, ref: commit });
}

async function isFetched(name: string, { code, record }: CommitPlaces): Promise<boolean> {
  return (await code.commit(record, name)) !== undefined;
}

/** A server that has not fetched itself has the records of one that has: its own mirror follows on demand. */
async function resolve(
  name: string,
  { mirror, fetch, isKnown }: CommitPlaces & { readonly isKnown: boolean },
): Promise<string> {
  try {
    return await mirror.resolve(name, NEVER);
  } catch (error) {
    if (!isKnown) throw error;
    await fetch(NEVER);
    return await mirror.resolve(name, NEVER);
  }
}

async function configPathIn(view: OpenedCode, name: string, { code, record }: CommitPlaces): Promise<string> {
  const commit = await code.commit(record, view.commit ?? name);
  const wanted = commit?.configPath ?? (await code.repository(record))?.configPath;
  const { has } = await view.files();
  const found = (wanted === undefined ? CONFIG_NAMES : [wanted]).find((path) => has(path));
  if (found !== undefined) return found;
  throw new HeadraceError("HR_CONFIG_NOT_FOUND", `version ${shortName(name)} has no ${wanted ?? "valohai.yaml"}`, {
    hint: "name a version that has a configuration, or say where in the repository it is",
  });
}

function unknownVersion(name: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `the project has no version ${shortName(name)} of its code`, {
    hint: "upload the code first, or name a branch, a tag or a commit",
  });
}

/** As messages name a version. */
function shortName(name: string): string {
  return /^~?[0-9a-f]{40,64}$/.test(name) ? name.slice(0, 12) : name;
}
