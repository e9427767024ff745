import type { FastifyRequest } from "fastify";
import type { LOGS, StreamedItem } from "../../api/index.ts";
import type { Handlers } from "../call.ts";
import { lastEventId, mapped } from "../streams.ts";

/** The output of steps of a project. */
export function logRoutes(): Handlers<typeof LOGS> {
  return {
    downloadLog: async ({ open, params, query }) => {
      const api = await open();
      await api.records.get(params.ref);
      return { content: () => api.logs.bytes(params.ref, query), name: `${params.ref}.log` };
    },
    listLog: async ({ open, params, query }) => (await open()).logs.list(params.ref, query),
    streamLog: async ({ open, params, query, request }) => {
      const api = await open();
      const { from: _, follow: __, partial: ___, ...chosen } = query;
      // Throws before the answer has begun where the question is wrong.
      await api.logs.list(params.ref, { ...chosen, tail: 0, limit: 1 });
      return numbered(api.logs.parts(params.ref, { ...query, ...from(request) }));
    },
    followLog: async ({ open, params, query, request }) => {
      const api = await open();
      await api.executions.get(params.execution);
      return numbered(api.logs.follow(params.execution, { ...query, ...from(request) }));
    },
    logWindow: async ({ open, params, query }) => (await open()).logs.window(params.execution, query),
    searchLog: async ({ open, params, query }) => (await open()).logs.search(params.execution, query),
  };
}

/** Returns the place from which a reader goes on that lost the connection. */
function from(request: FastifyRequest): { readonly from?: string } {
  const last = lastEventId(request);
  return last === undefined ? {} : { from: last };
}

function numbered<Part extends { readonly next: string }>(
  parts: AsyncIterable<Part>,
): AsyncIterable<StreamedItem<Part>> {
  return mapped(parts, (part) => ({ id: part.next, data: part }));
}
