import {
  laterOf,
  type VALOHAI_DATA,
  type VALOHAI_EXECUTIONS,
  VALOHAI_LATER,
  type VALOHAI_PIPELINES,
  type VALOHAI_TASKS,
} from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Handlers } from "../call.ts";
import { DownloadLinks } from "../download-links.ts";
import { pageOfList } from "../page-of-list.ts";
import type { ServerParts } from "../server-parts.ts";
import { linksOf } from "../valohai-links.ts";
import { reachedProjects } from "./project-routes.ts";

/** Executions as Valohai's clients call them. */
export function valohaiExecutionRoutes(parts: ServerParts): Handlers<typeof VALOHAI_EXECUTIONS> {
  return {
    valohaiListExecutions: async ({ openValohai, query, request }) => {
      const filter = { ...query, creator: await actorOf(parts, query.creator) };
      return pageOfList(request, query, mutable(await (await openValohai()).executions.list(filter)));
    },
    valohaiCreateExecution: async ({ openValohai, body: { project: _, ...body } }) =>
      (await openValohai()).executions.create(body),
    valohaiExecution: async ({ openValohai, ref, query }) => {
      const without = query.exclude.size === 0 ? new Set(["metadata", "events"]) : query.exclude;
      return (await openValohai()).executions.get(ref, without);
    },
    valohaiDeleteExecution: async ({ openValohai, ref }) => (await openValohai()).executions.remove(ref),
    valohaiStopExecution: async ({ openValohai, ref }) => (await openValohai()).executions.stop(ref),
    valohaiCopyExecution: async ({ openValohai, ref }) => (await openValohai()).executions.copy(ref),
    valohaiEvents: async ({ openValohai, ref, query }) => (await openValohai()).executions.events(ref, query.limit),
    valohaiStatusEvents: async ({ openValohai, ref, query: { limit } }) => {
      const events = await (await openValohai()).executions.statusEvents(ref);
      return { total: events.length, status_events: limit === 0 ? events : events.slice(-limit) };
    },
    valohaiMetadata: async ({ openValohai, ref, query, request }) => {
      const { count, results } = await (await openValohai()).executions.metadata(ref, query);
      return pageOfList(request, query, { count, results: results as Record<string, unknown>[] });
    },
    valohaiTags: async ({ openValohai, ref, body }) => ({
      tags: [...(await (await openValohai()).executions.setTags(ref, body.tags)).tags],
    }),
    valohaiAddTags: async ({ openValohai, ref, body }) => {
      const { executions } = await openValohai();
      const { tags } = await executions.get(ref, new Set(["outputs", "metadata", "events"]));
      return { tags: [...(await executions.setTags(ref, [...new Set([...tags, ...body.tags])])).tags] };
    },
  };
}

/** Runs of pipelines as Valohai's clients call them. */
export function valohaiPipelineRoutes(parts: ServerParts): Handlers<typeof VALOHAI_PIPELINES> {
  return {
    valohaiListPipelines: async ({ openValohai, query, request }) => {
      const filter = { ...query, creator: await actorOf(parts, query.creator) };
      return pageOfList(request, query, mutable(await (await openValohai()).pipelines.list(filter)));
    },
    valohaiCreatePipeline: async ({ openValohai, body: { project: _, ...body } }) =>
      (await openValohai()).pipelines.create(body),
    valohaiPipeline: async ({ openValohai, ref }) => (await openValohai()).pipelines.get(ref),
    valohaiStopPipeline: async ({ openValohai, ref }) => (await openValohai()).pipelines.stop(ref),
    valohaiPipelineTags: async ({ openValohai, ref, body }) => ({
      tags: [...(await (await openValohai()).pipelines.setTags(ref, body.tags)).tags],
    }),
  };
}

/** Tasks of runs as Valohai's clients call them. */
export function valohaiTaskRoutes(parts: ServerParts): Handlers<typeof VALOHAI_TASKS> {
  return {
    valohaiListTasks: async ({ openValohai, query, request }) => {
      const filter = { ...query, creator: await actorOf(parts, query.creator) };
      return pageOfList(request, query, mutable(await (await openValohai()).tasks.list(filter)));
    },
    valohaiCreateTask: async ({ openValohai, body: { project: _, ...body } }) =>
      (await openValohai()).tasks.create(body),
    valohaiTask: async ({ openValohai, ref }) => (await openValohai()).tasks.get(ref),
    valohaiStopTask: async ({ openValohai, ref }) => (await openValohai()).tasks.stop(ref),
  };
}

/** Stored files and environments as Valohai's clients call them. */
export function valohaiDataRoutes(parts: ServerParts): Handlers<typeof VALOHAI_DATA> {
  const links = new DownloadLinks(parts.database.installation.scope, parts.now);
  return {
    valohaiListData: async ({ openValohai, query, request }) =>
      pageOfList(request, query, mutable(await (await openValohai()).data.list(query))),
    valohaiDatum: async ({ openValohai, ref }) => (await openValohai()).data.get(ref),
    valohaiDownload: async ({ openValohai, ref, project, wish }) => {
      const { id, name, purged } = await (await openValohai()).data.get(ref);
      if (purged)
        throw new HeadraceError("HR_NOT_FOUND", `${JSON.stringify(name)} was purged`, {
          hint: "run again what made it",
        });
      const [secret = ""] = await links.create(project, [id], wish.actor);
      return { url: linkTo(parts, secret) };
    },
    valohaiPurge: async ({ open, openValohai, ref }) => {
      const { id } = await (await openValohai()).data.get(ref);
      await (await open()).data.purge([id]);
    },
    downloadByLink: async ({ params, gone }) => {
      const file = await links.find(params.link);
      const project = file && (await parts.database.installation.findProject(file.project));
      if (file === undefined || project === undefined)
        throw new HeadraceError("HR_NOT_FOUND", "this link was never made, or holds no more", {
          hint: "ask for a new one",
        });
      const api = await parts.projects(project, { actor: file.actor, signal: gone() });
      const { id, name, sizeBytes, sha256 } = await api.data.get(file.datum);
      return { content: (range) => api.data.content(id, range), name, sizeBytes, sha256 };
    },
    valohaiEnvironments: async ({ caller, query, request, wish, gone }) => {
      const [reached] = await reachedProjects(parts, caller);
      if (reached === undefined) return pageOfList(request, query, { count: 0, results: [] });
      const asker = { actor: wish.actor, signal: gone() };
      const api = await parts.valohai(reached.project, { ...asker, links: linksOf(parts, reached.project) });
      const all = await api.environments.list(query.include?.includes("unfinished_job_count") === true);
      const results = all.slice(query.offset, query.offset + query.limit).map((each) => ({ ...each }));
      return pageOfList(request, query, { count: all.length, results });
    },
  };
}

/** Calls that a later version answers. */
export function valohaiLaterRoutes(): Handlers<typeof VALOHAI_LATER> {
  const refusalOf = (call: string) => async () => {
    const { what, instead } = laterOf(call);
    throw new HeadraceError("HR_NOT_SUPPORTED", `this version has no ${what}`, { hint: `until it has: ${instead}` });
  };
  return Object.fromEntries(Object.keys(VALOHAI_LATER).map((call) => [call, refusalOf(call)]));
}

function linkTo({ publicUrl }: ServerParts, secret: string): string {
  return `${publicUrl}/api/v0/downloads/${secret}/`;
}

/** The user that a client names by id or name, as records name who did something; `null`: there is none. */
async function actorOf({ access }: ServerParts, creator: string | undefined): Promise<string | null | undefined> {
  if (creator === undefined) return undefined;
  const user = await access.users.find(creator);
  return user === undefined ? null : `user:${user.name}`;
}

function mutable<Item>({ count, results }: { readonly count: number; readonly results: readonly Item[] }) {
  return { count, results: [...results] };
}
