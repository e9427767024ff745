import type { CODE, ReplyOf } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { CommitDetail, CommitRecord, ProjectCode, RepositoryRecord } from "../../services/index.ts";
import type { ProjectRecord } from "../../store/index.ts";
import type { Handlers } from "../call.ts";
import { pageOfList } from "../page-of-list.ts";
import { receivedPackage } from "../received-package.ts";
import type { ServerParts } from "../server-parts.ts";
import { isoTime } from "./account-routes.ts";

/** Number of versions that Valohai's clients get in one list. */
const LISTED = 1_000;

/** The repository of a project, its versions of the code, and uploads. */
export function codeRoutes(parts: ServerParts): Handlers<typeof CODE> {
  const codeOf = (project: ProjectRecord): ProjectCode => {
    if (parts.code !== undefined) return parts.code(project);
    throw new HeadraceError("HR_NOT_SUPPORTED", "the project of a folder has its code in the folder", {
      hint: "commit there, and name the commit in a run",
    });
  };
  return {
    repository: async ({ project }) => repositoryView(await required(codeOf(project))),
    setRepository: async ({ project, body, wish }) => {
      const { credential, ...change } = body;
      const given = { ...defined(change), ...(credential !== undefined && { credential }) };
      return repositoryView(await codeOf(project).setRepository(given, wish));
    },
    removeRepository: ({ project, wish }) => codeOf(project).removeRepository(wish),
    renewWebhookSecret: async ({ project, wish }) => ({
      secret: await codeOf(project).renewWebhookSecret(wish),
      url: `${parts.publicUrl}/api/v0/projects/${project.id}/push/`,
    }),
    fetchRepository: async ({ project, gone }) => {
      const refs = await codeOf(project).fetch(gone());
      const branches = refs.filter(({ kind }) => kind === "branch");
      return { commits: branches.map(({ name, commit }) => ({ ref: name, identifier: commit })), errors: [] };
    },
    listRefs: async ({ project }) => [...(await codeOf(project).refs())],
    listProjectCommits: async ({ project }) => {
      const { results } = await codeOf(project).commits({ limit: LISTED, offset: 0 });
      return results.map((commit) => commitView(project, commit));
    },
    listCommits: async ({ project, query, request }) => {
      const { adhoc, limit, offset } = query;
      const page = await codeOf(project).commits({
        ...{ limit, offset },
        ...(adhoc !== undefined && { isAdhoc: adhoc === "true" }),
      });
      return pageOfList(request, query, {
        count: page.count,
        results: page.results.map((commit) => commitView(project, commit)),
      });
    },
    commit: async ({ project, params, query }) =>
      commitView(project, await codeOf(project).commit(params.commit, { withConfig: query.include === "config" })),
    importPackage: async ({ project, request, wish }) => {
      const code = codeOf(project);
      return commitView(project, await code.storePackage(await receivedPackage(request), wish));
    },
  };
}

async function required(code: ProjectCode): Promise<RepositoryRecord> {
  const repository = await code.repository();
  if (repository !== undefined) return repository;
  throw new HeadraceError("HR_NOT_FOUND", "the project has no repository", { hint: "set one, or upload the code" });
}

function repositoryView(repository: RepositoryRecord): ReplyOf<(typeof CODE)["repository"]> {
  const { url, branch, configPath, credential, webhookSecret, fetchEveryS, fetchedAt, fetchError } = repository;
  return {
    ...{ url, branch: branch ?? null, configPath: configPath ?? null, credential: credential?.kind ?? null },
    hasWebhookSecret: webhookSecret !== undefined,
    ...{ fetchEveryS: fetchEveryS ?? null, fetchError: fetchError ?? null },
    fetchedAt: fetchedAt === undefined ? null : isoTime(fetchedAt),
  };
}

function commitView(
  { id }: ProjectRecord,
  { identifier, ref, committedAt, isAdhoc, description, ...more }: CommitRecord | CommitDetail,
): ReplyOf<(typeof CODE)["commit"]> {
  return {
    ...{ identifier, ref: ref ?? null, commit_time: isoTime(committedAt), adhoc: isAdhoc, description },
    url: `/api/v0/commits/${identifier}/?project=${id}`,
    ...("config" in more && more.config !== undefined && { config: more.config }),
  };
}

/** Without the fields that were not given. */
function defined<T extends object>(fields: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
}
