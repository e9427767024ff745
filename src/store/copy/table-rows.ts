import { createHash } from "node:crypto";
import { type Queries, type SqlValue, type Statement, statement } from "../database.ts";
import type { CopiedTable, KeyedTable } from "./copied-tables.ts";

export type CopiedRow = Readonly<Record<string, SqlValue>>;

/** The numbers that are added to the source's keys to make the target's. */
export type Offsets = Readonly<Record<KeyedTable | "projects", number>>;

const PAGE = 1_000;

type PageParameters = Readonly<Record<string, SqlValue>> & { readonly project: number; readonly limit: number };

/** Page after page of a project's rows, so that the largest project needs no more memory than the smallest. */
export async function* pagesOf(
  queries: Queries,
  table: CopiedTable,
  project: number,
): AsyncIterable<readonly CopiedRow[]> {
  const order = table.order.join(", ");
  const select = `select ${table.columns.join(", ")} from ${table.name} where ${table.scope}`;
  const first: Statement<PageParameters, CopiedRow> = statement(`${select} order by ${order} limit :limit`);
  const after = table.order.map((column) => `:after_${column}`).join(", ");
  const next: Statement<PageParameters, CopiedRow> = statement(
    `${select} and (${order}) > (${after}) order by ${order} limit :limit`,
  );
  let page = await queries.all(first, { project, limit: PAGE });
  for (;;) {
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    const position = Object.fromEntries(table.order.map((column) => [`after_${column}`, last[column] ?? null]));
    page = await queries.all(next, { ...position, project, limit: PAGE });
  }
}

/** The row as it stands in the database whose keys lie so far apart. */
export function shifted(table: CopiedTable, row: CopiedRow, offsets: Offsets, direction: 1 | -1): CopiedRow {
  const changed = Object.entries(table.keys).map(([column, of]) => {
    const value = row[column];
    return [column, typeof value === "number" ? value + direction * offsets[of] : (value ?? null)] as const;
  });
  return { ...row, ...Object.fromEntries(changed) };
}

export interface Content {
  readonly rows: number;
  readonly sha256: string;
}

/** Sums up rows in their order, in the source's keys. */
export class ContentDigest {
  readonly #hash = createHash("sha256");
  readonly #table: CopiedTable;
  #rows = 0;

  constructor(table: CopiedTable) {
    this.#table = table;
  }

  add(row: CopiedRow): void {
    this.#rows += 1;
    this.#hash.update(`${JSON.stringify(this.#table.columns.map((column) => storable(row[column] ?? null)))}\n`);
  }

  end(): Content {
    return { rows: this.#rows, sha256: this.#hash.digest("hex") };
  }
}

/** The one thing that PostgreSQL cannot keep: the character NUL in a plain text (JSON escapes it). */
function storable(value: SqlValue): SqlValue {
  return typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value;
}
