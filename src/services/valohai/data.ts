import type { CountedList, ValohaiApi, ValohaiDatum } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { DatumRecord, FileQuery, ProjectStore } from "../../store/index.ts";
import { datumView, surroundingsOf } from "./execution-view.ts";
import type { ValohaiContext } from "./valohai-api.ts";

type Filter = Parameters<ValohaiApi["data"]["list"]>[0];
type Makers = ReadonlyMap<string, { readonly id: string; readonly counter: number }>;

const ORDERS: Readonly<Record<string, NonNullable<FileQuery["sort"]>>> = {
  ctime: { by: "created", direction: "ascending" },
  "-ctime": { by: "created", direction: "descending" },
  name: { by: "name", direction: "ascending" },
  "-name": { by: "name", direction: "descending" },
};

/** A page of stored files: the outputs of an execution by name, those of the project the newest first. */
export async function listData(context: ValohaiContext, filter: Filter): Promise<CountedList<ValohaiDatum>> {
  const { output_execution: executionId, name, deleted, offset, limit } = filter;
  if (deleted === true) return { count: 0, results: [] };
  const around = await surroundingsOf(context);
  const store = await context.project.writer();
  const sort = ORDERS[filter.ordering ?? (executionId === undefined ? "-ctime" : "name")];
  const { items, count } = await store.lists.filesAt(
    {
      ...(executionId !== undefined && { executionId }),
      ...(name !== undefined && { name }),
      ...(sort !== undefined && { sort }),
    },
    { offset, limit },
  );
  const makers = await makersOf(store, items);
  return { count, results: items.map((datum) => datumView(around, datum, makers.get(datum.executionId ?? ""))) };
}

export async function getDatum(context: ValohaiContext, id: string): Promise<ValohaiDatum> {
  const store = await context.project.writer();
  const datum = await store.data.get(id);
  if (datum === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `there is no datum ${JSON.stringify(id)}`, { hint: "list the data" });
  const makers = await makersOf(store, [datum]);
  return datumView(await surroundingsOf(context), datum, makers.get(datum.executionId ?? ""));
}

async function makersOf(store: ProjectStore, data: readonly DatumRecord[]): Promise<Makers> {
  const executions = await store.executions.listById(new Set(data.flatMap(({ executionId }) => executionId ?? [])));
  return new Map(executions.map(({ execution: { id, number } }) => [id, { id, counter: number }]));
}
