import { type Queries, type SqlParameters, statement } from "../../database.ts";
import type { DatumRecord } from "../../records.ts";
import { DATUM_ROWS } from "../datums.ts";
import { type DatumRow, toDatum } from "../rows.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import type { Counted, FileQuery, Listed, Span } from "./list-query.ts";

type Filter = Omit<FileQuery, "limit" | "after">;
type KeyedRow = DatumRow & { readonly key: number };

/**
 * A page of stored files, the newest first where no order is asked for. Equal names stand in the order of their
 * storing.
 */
export async function pageOfFiles(queries: Queries, project: number, query: FileQuery): Promise<Listed<DatumRecord>> {
  const { limit, sort = { by: "created", direction: "descending" } } = query;
  if (limit < 1) return { items: [], next: null };
  const direction = sort.direction === "ascending" ? "asc" : "desc";
  const order = `${sort.by === "name" ? "name" : "created"} ${direction}`;
  const after = query.after === undefined ? undefined : readCursor(order, query.after);
  const beyond = direction === "asc" ? ">" : "<";
  const isByName = sort.by === "name";
  const cursor = isByName
    ? `(datums.name, datums.key) ${beyond} (:afterName, :afterKey)`
    : `datums.key ${beyond} :afterKey`;
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
    next:
      rows.length > limit && last !== undefined
        ? writeCursor(order, { section: 0, value: last.name, number: last.key })
        : null,
  };
}

/** The same by position, with how many there are in all. */
export async function spanOfFiles(
  queries: Queries,
  project: number,
  query: Filter,
  { offset, limit }: Span,
): Promise<Counted<DatumRecord>> {
  const { by, direction } = query.sort ?? { by: "created", direction: "descending" };
  const way = direction === "ascending" ? "asc" : "desc";
  const where = ["datums.project_key = :project", ...conditionsOf(query)].join(" and ");
  const parameters = { project, ...parametersOf(query) };
  const page = `${DATUM_ROWS} where ${where}
    order by ${by === "name" ? `datums.name ${way}, ` : ""}datums.key ${way} limit :limit offset :offset`;
  const makers = query.step === undefined ? "" : " left join executions on executions.key = datums.execution_key";
  const total = `select count(*) as count from datums${makers} where ${where}`;
  const rows = await queries.all(statement<SqlParameters, DatumRow>(page, { adHoc: true }), {
    ...parameters,
    ...{ limit, offset },
  });
  const counted = await queries.get(statement<SqlParameters, { count: number }>(total, { adHoc: true }), parameters);
  return { items: rows.map(toDatum), count: Number(counted?.count ?? 0) };
}

const OF_EXECUTION = "(select key from executions where id = :executionId and project_key = :project)";
const OF_RUN =
  "(select key from executions where run_key = (select key from runs where id = :runId and project_key = :project))";

/** By its own index: that of the order would be walked through for the few that have a hash. */
const OF_HASH = "(select key from datums where project_key = :project and sha256 >= :sha256 and sha256 < :sha256End)";

function conditionsOf(filter: Filter): readonly string[] {
  const { runId, executionId, name, namePrefix, sha256, step, since, until } = filter;
  return [
    ...(sha256 === undefined ? [] : [`datums.key in ${OF_HASH}`]),
    ...(namePrefix === undefined ? [] : ["datums.name >= :namePrefix and datums.name < :namePrefixEnd"]),
    ...(executionId === undefined ? [] : [`datums.execution_key = ${OF_EXECUTION}`]),
    ...(runId === undefined ? [] : [`datums.execution_key in ${OF_RUN}`]),
    ...(name === undefined ? [] : ["datums.name = :name"]),
    ...(step === undefined ? [] : ["executions.step = :step"]),
    ...(since === undefined ? [] : ["datums.created_at >= :since"]),
    ...(until === undefined ? [] : ["datums.created_at < :until"]),
  ];
}

/** Stands behind every hexadecimal digit, and behind every letter of a name. */
const BEHIND = { digits: "g", letters: "\u{10ffff}" } as const;

function parametersOf(filter: Filter): SqlParameters {
  const { runId, executionId, name, namePrefix, sha256, step, since, until } = filter;
  const given = Object.entries({
    ...{ runId, executionId, name, namePrefix, sha256, step, since, until },
    sha256End: sha256 === undefined ? undefined : `${sha256}${BEHIND.digits}`,
    namePrefixEnd: namePrefix === undefined ? undefined : `${namePrefix}${BEHIND.letters}`,
  });
  return Object.fromEntries(given.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
