import type { AUDIT, CallOf, StreamedBytes } from "../../api/index.ts";
import type { AuditFilter, AuditRecord } from "../../store/index.ts";
import type { Handlers } from "../call.ts";
import type { ServerParts } from "../server-parts.ts";
import { isoTime } from "./account-routes.ts";

type Query = CallOf<(typeof AUDIT)["audit"]>["query"];
type Filter = CallOf<(typeof AUDIT)["exportAudit"]>["query"];

/** Entries of an export that are read at a time. */
const PART = 1_000;

export function auditRoutes({ database }: ServerParts): Handlers<typeof AUDIT> {
  const { audit } = database.installation;
  const page = async ({ after, before, limit, first, ...filter }: Query, project?: string) => {
    const entries = await audit.list({
      ...{ afterId: after, limit, first, ...filterOf(filter, project) },
      ...(before !== undefined && { beforeId: before }),
    });
    const items = entries.map(view);
    return { items, next: items.length < limit ? null : (items.at(-1)?.id ?? null) };
  };
  const file = (filter: Filter, project?: string): StreamedBytes => ({
    name: "audit.jsonl",
    content: () => lines(filterOf(filter, project)),
  });
  return {
    audit: ({ query }) => page(query),
    projectAudit: ({ query, project }) => page(query, project.id),
    exportAudit: async ({ query }) => file(query),
    exportProjectAudit: async ({ query, project }) => file(query, project.id),
  };

  async function* lines(filter: Omit<AuditFilter, "afterId" | "limit">): AsyncGenerator<Uint8Array> {
    for (let afterId = 0; ; ) {
      const entries = await audit.list({ ...filter, afterId, limit: PART });
      if (entries.length > 0) yield Buffer.from(entries.map((entry) => `${JSON.stringify(view(entry))}\n`).join(""));
      const last = entries.at(-1);
      if (last === undefined || entries.length < PART) return;
      afterId = last.id;
    }
  }
}

function view({ id, at, actor, action, subject, project, detail, from }: AuditRecord) {
  return {
    ...{ id, at: isoTime(at), actor, action, subject, project: project ?? null, detail: { ...detail } },
    from: from === undefined ? null : { ...from, requestId: from.requestId ?? null },
  };
}

function filterOf(
  { actor, action, subject, address, via, agent, request, since, until }: Filter,
  project: string | undefined,
): Omit<AuditFilter, "afterId" | "limit"> {
  const [kind = "", ...id] = subject?.split(":") ?? [];
  return {
    ...(project !== undefined && { project }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(address !== undefined && { address }),
    ...(via !== undefined && { via }),
    ...(agent !== undefined && { agent }),
    ...(request !== undefined && { requestId: request }),
    ...(subject !== undefined && { subject: { kind, id: id.join(":") } }),
    ...(since !== undefined && { since: Date.parse(since) }),
    ...(until !== undefined && { until: Date.parse(until) }),
  };
}
