import { ownSqlName, sqlName } from "../sql-text.ts";

/** A feature view over a table, as a join sees it. */
export interface JoinedView {
  readonly name: string;
  /** The relation of DuckDB that has its rows. */
  readonly relation: string;
  /** Columns that name the entity, in the view and in the spine alike. */
  readonly keys: readonly string[];
  /** The column that says from when a row holds. */
  readonly timestamp: string;
  /** The column that says when a row was written; decides between rows of one time. */
  readonly created?: string;
  /** A row holds for so long, both ends included; absent or 0: for ever. */
  readonly ttlSeconds?: number;
  readonly features: readonly string[];
}

export interface JoinOptions {
  /** The relation of the rows that get features. */
  readonly spine: string;
  /** The column that says as of when. */
  readonly timestamp: string;
  /** Only what had been written by then counts, in place of what is known today. */
  readonly asKnown: boolean;
}

/** The name of a feature's column in the result. */
export function featureColumn(view: string, feature: string): string {
  return `${view}__${feature}`;
}

/**
 * The query that gives each row of the spine, in its order and its number, the features as of its time: those of the
 * newest row of its entity that is not newer. Among rows of one time the one that was written last counts, among those
 * the last of the file. A row that is too old gives nothing, and so does a row that is not there; a missing value in
 * the newest row is the answer. Times without a zone are UTC.
 */
export function joinQuery(views: readonly JoinedView[], options: JoinOptions): string {
  const parts = views.map((view, index) => part(view, index, options));
  const columns = views.flatMap((view, index) =>
    view.features.map((feature) => {
      const value = `${ownSqlName(`view ${index}`)}.${sqlName(feature)}`;
      return `${unlessExpired(value, view, index)} AS ${sqlName(featureColumn(view.name, feature))}`;
    }),
  );
  const joins = views.map((_, index) => `LEFT JOIN ${ownSqlName(`view ${index}`)} USING (${ROW})`);
  return (
    [`WITH ${SPINE} AS (SELECT row_number() OVER () AS ${ROW}, * FROM ${options.spine})`, ...parts].join(",\n") +
    `\nSELECT ${SPINE}.* EXCLUDE (${ROW})${columns.map((each) => `, ${each}`).join("")}
FROM ${SPINE} ${joins.join(" ")} ORDER BY ${ROW}`
  );
}

const SPINE = ownSqlName("spine");
const ROW = ownSqlName("row");
const TIME = ownSqlName("time");
const CREATED = ownSqlName("created");
const ORDER = ownSqlName("order");
const AS_OF = ownSqlName("as of");

/** One row of the view for each row of the spine that has one. */
function part(view: JoinedView, index: number, { timestamp, asKnown }: JoinOptions): string {
  const keys = view.keys.map((key, at) => [sqlName(key), ownSqlName(`key ${at}`)] as const);
  const [rows, asked, chosen] = [
    ownSqlName(`rows ${index}`),
    ownSqlName(`asked ${index}`),
    ownSqlName(`view ${index}`),
  ];
  const newest = `ORDER BY ${CREATED} DESC NULLS LAST, ${ORDER} DESC`;
  const given = [
    `${time(view.timestamp)} AS ${TIME}`,
    `${view.created === undefined ? "NULL" : time(view.created)} AS ${CREATED}`,
    `row_number() OVER () AS ${ORDER}`,
    ...keys.map(([key, alias]) => `${key} AS ${alias}`),
    ...view.features.map(sqlName),
  ];
  const keyList = keys.map(([, alias]) => alias).join(", ");
  const spineKeys = keys.map(([key, alias]) => `${key} AS ${alias}`).join(", ");
  const features = view.features.map((feature) => `v.${sqlName(feature)}`).join(", ");
  const equal = keys.map(([, alias]) => `s.${alias} = v.${alias}`).join(" AND ");
  const taken = `SELECT s.${ROW}, s.${AS_OF}, v.${TIME}, ${features} FROM ${asked} s`;
  const source = `${rows} AS (SELECT ${given.join(", ")} FROM ${view.relation})`;
  const spine = `${asked} AS (SELECT ${ROW}, ${time(timestamp)} AS ${AS_OF}, ${spineKeys} FROM ${SPINE})`;
  if (asKnown && view.created !== undefined)
    return `${source},\n${spine},\n${chosen} AS (${taken} JOIN ${rows} v
  ON ${equal} AND s.${AS_OF} >= v.${TIME} AND s.${AS_OF} >= v.${CREATED}
  QUALIFY row_number() OVER (PARTITION BY s.${ROW} ORDER BY v.${TIME} DESC, v.${CREATED} DESC, v.${ORDER} DESC) = 1)`;
  const single = `(SELECT * FROM ${rows} WHERE ${TIME} IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY ${keyList}, ${TIME} ${newest}) = 1)`;
  return `${source},\n${spine},\n${chosen} AS (${taken} ASOF JOIN ${single} v ON ${equal} AND s.${AS_OF} >= v.${TIME})`;
}

/** After the choice: an older row that a newer one has replaced does not come back. */
function unlessExpired(value: string, { ttlSeconds }: JoinedView, index: number): string {
  if (ttlSeconds === undefined || ttlSeconds === 0) return value;
  const view = ownSqlName(`view ${index}`);
  const age = `epoch_us(${view}.${AS_OF}) - epoch_us(${view}.${TIME})`;
  return `CASE WHEN ${age} <= ${Math.round(ttlSeconds * 1_000_000)} THEN ${value} END`;
}

function time(column: string): string {
  return `CAST(${sqlName(column)} AS TIMESTAMPTZ)`;
}
