import type { EventsQuery, EventView, FILES, ProjectApi, StreamedItem } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Handlers } from "../call.ts";
import { mediaTypeOf } from "../media-types.ts";
import { lastEventId, mapped } from "../streams.ts";

/** Stored files, metrics, events and configuration of a project: what its services answer, as it is. */
export function fileRoutes(): Handlers<typeof FILES> {
  return {
    listFiles: async ({ open, query }) => (await open()).data.list(query),
    findFiles: async ({ open, query }) => (await open()).data.find(query.name),
    file: async ({ open, params }) => (await open()).data.get(params.file),
    fileHolders: async ({ open, params }) => (await open()).data.holders(params.file),
    downloadFile: async ({ open, params }) => {
      const api = await open();
      const { id, name, sizeBytes, sha256 } = await api.data.get(params.file);
      return { content: (range) => api.data.content(id, range), name, sizeBytes, sha256 };
    },
    fileTable: async ({ open, params }) => (await open()).data.table(params.file),
    fileMedia: async ({ open, params }) => {
      const api = await open();
      const { id, name, sizeBytes, sha256 } = await api.data.get(params.file);
      const mediaType = mediaTypeOf(name);
      if (mediaType === undefined)
        throw new HeadraceError("HR_USAGE", `${name} is no sound or film that browsers play`, {
          hint: "download it instead",
        });
      return { content: (range) => api.data.content(id, range), name, sizeBytes, sha256, mediaType };
    },
    filePage: async ({ open, params }) => {
      const api = await open();
      const { id, name, sizeBytes } = await api.data.get(params.file);
      if (!/\.html?$/i.test(name))
        throw new HeadraceError("HR_USAGE", `${name} is no HTML file`, { hint: "download it instead" });
      return { content: (range) => api.data.content(id, range), name, sizeBytes, isPage: true };
    },
    listOutputs: async ({ open, params, query }) => (await open()).data.outputs(params.ref, query),
    lineage: async ({ open, query }) => (await open()).data.lineage(query),
    openLineage: async ({ open, params, query }) => (await open()).data.openLineage(params.ref, query),
    listMetrics: async ({ open, query }) => (await open()).metrics.list(query),
    listPoints: async ({ open, query }) => (await open()).metrics.points(query),
    listEvents: async ({ open, query }) => (await open()).events.list(query),
    followEvents: async ({ open, query, request }) => {
      const api = await open();
      const after = lastEventId(request) ?? query.after;
      const wanted = { ...query, ...(after !== undefined && { after }) };
      // Throws before the answer has begun where the question is wrong.
      await api.events.list({ ...wanted, limit: 1 });
      return events(api, wanted);
    },
    configuration: async ({ open, query }) => (await open()).configuration.get(query),
    lint: async ({ open, query }) => (await open()).configuration.lint(query),
    graph: async ({ open, query: { pipeline, ...of } }) => (await open()).configuration.graph(pipeline, of),
    listEnvironments: async ({ open }) => (await open()).environments.list(),
  };
}

function events(api: ProjectApi, query: EventsQuery): AsyncIterable<StreamedItem<EventView>> {
  return mapped(api.events.follow(query), (event) => ({ id: event.id, data: event }));
}
