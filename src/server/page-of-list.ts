import type { FastifyRequest } from "fastify";
import type { PageQuery } from "../api/index.ts";

/** A page as Valohai's API answers it: addresses of the pages beside it have the filters of this one. */
export function pageOfList<Item>(
  request: FastifyRequest,
  { limit, offset }: PageQuery,
  { count, results }: { readonly count: number; readonly results: Item[] },
): { count: number; next: string | null; previous: string | null; results: Item[] } {
  const [path = "", query = ""] = request.url.split("?");
  const address = (from: number) => {
    const parameters = new URLSearchParams(query);
    parameters.set("limit", String(limit));
    parameters.set("offset", String(from));
    return `${path}?${parameters}`;
  };
  const hasMore = limit > 0 && offset + limit < count;
  return {
    count,
    next: hasMore ? address(offset + limit) : null,
    previous: limit > 0 && offset > 0 ? address(Math.max(0, offset - limit)) : null,
    results,
  };
}
