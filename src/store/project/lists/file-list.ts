import { type Queries, type SqlParameters, statement } from "../../database.ts";
import type { DatumRecord } from "../../records.ts";
import { DATUM_ROWS } from "../datums.ts";
import { type DatumRow, toDatum } from "../rows.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { FileQuery, Listed } from "./list-query.ts";

type KeyedRow = DatumRow & { readonly key: number };

/** A page of stored files, the newest first where no order is asked for. Equal names stand in the order of their storing. */
export async function pageOfFiles(queries: Queries, project: number, query: FileQuery): Promise<Listed<DatumRecord>> {
  const { limit, sort = { by: "created", direction: "descending" } } = query;
  if (limit < 1) return { items: [], next: null };
  const direction = sort.direction === "ascending" ? "asc" : "desc";
  const order = `${sort.by === "name" ? "name" : "created"} ${direction}`;
  const after = query.after === undefined ? undefined : readCursor(order, query.after);
  const beyond = direction === "asc" ? ">" : "<";
  const isByName = sort.by === "name";
  const cursor = isByName ? `(datums.name, datums.key) ${beyond} (:afterName, :afterKey)` : `datums.key ${beyond} :afterKey`;
  const where = ["datums.project_key = :project", ...conditionsOf(query), ...(after === undefined ? [] : [cursor])];
  const text = `
    ${DATUM_ROWS.replace("select ", "select datums.key, ")} where ${where.join(" and ")}
    order by ${isByName ? `datums.name ${direction}, ` : ""}datums.key ${direction} limit :limit`;
  const rows = await queries.all(statement<SqlParameters, KeyedRow>(text, { adHoc: true }), {
    ...{ project, limit: limit + 1 },
    ...parametersOf(query),
    ...(after === undefined ? {} : { afterName: after.value, afterKey: after.number }),
  });
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(toDatum),
    next: rows.length > limit && last !== undefined ? writeCursor(order, { section: 0, value: last.name, number: last.key }) : null,
  };
}

const OF_EXECUTION = "(select key from executions where id = :executionId and project_key = :project)";
const OF_RUN = "(select key from executions where run_key = (select key from runs where id = :runId and project_key = :project))";

function conditionsOf({ runId, executionId, name, step, since, until }: FileQuery): readonly string[] {
  return [
    ...(executionId === undefined ? [] : [`datums.execution_key = ${OF_EXECUTION}`]),
    ...(runId === undefined ? [] : [`datums.execution_key in ${OF_RUN}`]),
    ...(name === undefined ? [] : ["datums.name = :name"]),
    ...(step === undefined ? [] : ["executions.step = :step"]),
    ...(since === undefined ? [] : ["datums.created_at >= :since"]),
    ...(until === undefined ? [] : ["datums.created_at < :until"]),
  ];
}

function parametersOf({ runId, executionId, name, step, since, until }: FileQuery): SqlParameters {
  const given = Object.entries({ runId, executionId, name, step, since, until });
  return Object.fromEntries(given.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
