import type { FilesQuery, ListedFileView, Page } from "../../api/index.ts";
import type { FileQuery, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { periodOf } from "../lists/period.ts";
import { findSubject } from "../records/refs.ts";
import { datumView } from "../records/view-of.ts";

/** A page of stored files, the newest first where no order is asked for. */
export async function listFiles({ project }: Context, query: FilesQuery): Promise<Page<ListedFileView>> {
  requirePageSize(query.limit);
  const period = periodOf(query);
  if (!project.hasState()) return { items: [], next: null };
  const store = await project.reader();
  const { limit, after, name, sha256, step, of, sort } = query;
  const { items, next } = await store.lists.files({
    limit,
    ...period,
    ...(after !== undefined && { after }),
    ...(name !== undefined && named(name)),
    ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }),
    ...(step !== undefined && { step }),
    ...(of !== undefined && (await madeBy(store, of))),
    ...(sort !== undefined && { sort: ORDERS[sort] }),
  });
  const [makers, uses] = await Promise.all([
    store.lineage.executions([...new Set(items.flatMap(({ executionId }) => executionId ?? []))]),
    store.data.countUses(items.map(({ id }) => id)),
  ]);
  const byId = new Map(makers.map((maker) => [maker.id, maker]));
  const listed = items.map((datum): ListedFileView => {
    const maker = byId.get(datum.executionId ?? "");
    return {
      ...datumView(datum, maker),
      run: maker?.run ?? null,
      usedBy: uses.get(datum.id) ?? 0,
    };
  });
  return { items: listed, next };
}

function named(name: string): Pick<FileQuery, "name" | "namePrefix"> {
  return name.endsWith("*") ? { namePrefix: name.slice(0, -1) } : { name };
}

const ORDERS: Readonly<Record<NonNullable<FilesQuery["sort"]>, NonNullable<FileQuery["sort"]>>> = {
  "created:desc": { by: "created", direction: "descending" },
  "created:asc": { by: "created", direction: "ascending" },
  "name:asc": { by: "name", direction: "ascending" },
  "name:desc": { by: "name", direction: "descending" },
};

async function madeBy(store: ProjectStore, ref: string): Promise<Pick<FileQuery, "runId" | "executionId">> {
  const subject = await findSubject(store, ref);
  return subject.kind === "run" ? { runId: subject.run.id } : { executionId: subject.execution.id };
}
