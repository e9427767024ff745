import { HeadraceError } from "../../errors.ts";
import { type Database, type SqlValue, type Statement, statement, type Transaction } from "../database.ts";
import { migrate } from "../migrate.ts";
import { connect, type StorePlace } from "../open-database.ts";

/** The tables that say who works now, and which version this is: another database has its own. */
const OF_THE_PLACE = ["schema_migrations", "engines", "engine_processes", "log_followers", "files_place"] as const;
const PAGE = 1_000;

type Row = Readonly<Record<string, SqlValue>>;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** In the order of the primary key; none: the table is read at once. */
  readonly key: readonly string[];
  /** Its key is made by the database. */
  readonly isNumbered: boolean;
}

const selectColumns = statement<
  Record<string, never>,
  { readonly table_name: string; readonly name: string; readonly type: string; readonly pk: number }
>(`
  select tables.name as table_name, columns.name, columns.type, columns.pk
  from sqlite_master as tables join pragma_table_info(tables.name) as columns
  where tables.type = 'table' and tables.name not like 'sqlite_%' order by tables.name, columns.cid`);

const selectReferences = statement<Record<string, never>, { readonly table_name: string; readonly target: string }>(`
  select tables.name as table_name, refs."table" as target
  from sqlite_master as tables join pragma_foreign_key_list(tables.name) as refs where tables.type = 'table'`);

/**
 * Copies every row of a database, all projects, users and the audit log, into an empty one of the other kind, as of one
 * moment while others write the source. One transaction there: it has all of them, or none. One of the two is a file.
 */
export async function copyDatabase(from: StorePlace, to: StorePlace): Promise<{ readonly rows: number }> {
  await using source = await connect(from, false);
  await migrate(source);
  await using target = await connect(to, false);
  await migrate(target);
  const tables = await tablesOf(source.dialect.place === "file" ? source : target);
  return await source.transaction("snapshot", (reading) =>
    target.transaction("immediate", async (writing) => {
      await requireEmpty(writing, target);
      let rows = 0;
      for (const table of tables) rows += await copyTable(reading, writing, table);
      for (const table of tables) await continueKeys(target, writing, table);
      return { rows };
    }),
  );
}

async function requireEmpty(writing: Transaction, target: Database): Promise<void> {
  for (const table of ["projects", "users"]) {
    const count = statement<Record<string, never>, { count: number }>(`select count(*) as count from ${table}`);
    if (((await writing.get(count, {}))?.count ?? 0) > 0)
      throw new HeadraceError("HR_CONFLICT", `the database ${target.location} has records already`, {
        hint: "name an empty database: a restore replaces nothing",
      });
  }
}

/** A table comes after those that it refers to. */
async function tablesOf(file: Database): Promise<readonly Table[]> {
  const byName = Map.groupBy(await file.all(selectColumns, {}), ({ table_name: name }) => name);
  const targets = Map.groupBy(await file.all(selectReferences, {}), ({ table_name: name }) => name);
  const ordered = new Map<string, Table>();
  const add = (name: string): void => {
    const columns = byName.get(name);
    if (columns === undefined || ordered.has(name) || (OF_THE_PLACE as readonly string[]).includes(name)) return;
    for (const { target } of targets.get(name) ?? []) if (target !== name) add(target);
    const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
    ordered.set(name, {
      ...{ name, columns: columns.map((column) => column.name), key: key.map((column) => column.name) },
      isNumbered:
        key.length === 1 && ["key", "id"].includes(key[0]?.name ?? "") && key[0]?.type.toLowerCase() === "integer",
    });
  };
  for (const name of byName.keys()) add(name);
  return [...ordered.values()];
}

async function copyTable(reading: Transaction, writing: Transaction, table: Table): Promise<number> {
  const insert: Statement<Row, never> = statement(
    `insert into ${table.name} (${table.columns.join(", ")}) values (${table.columns.map((name) => `:${name}`).join(", ")})`,
  );
  let rows = 0;
  for await (const page of pagesOf(reading, table)) {
    await writing.runMany(insert, page.map(storable));
    rows += page.length;
  }
  const count = statement<Record<string, never>, { count: number }>(`select count(*) as count from ${table.name}`);
  const arrived = (await writing.get(count, {}))?.count ?? 0;
  if (arrived !== rows)
    throw new HeadraceError("HR_STORE_UNAVAILABLE", `${arrived} of ${rows} rows of ${table.name} arrived`, {
      hint: "try again; if it happens again, check both databases",
    });
  return rows;
}

async function* pagesOf(reading: Transaction, { name, columns, key }: Table): AsyncGenerator<readonly Row[]> {
  const select = `select ${columns.join(", ")} from ${name}`;
  if (key.length === 0) return yield await reading.all(statement<Row, Row>(select), {});
  const order = key.join(", ");
  const first: Statement<Row, Row> = statement(`${select} order by ${order} limit :limit`);
  const after = key.map((column) => `:after_${column}`).join(", ");
  const next: Statement<Row, Row> = statement(`${select} where (${order}) > (${after}) order by ${order} limit :limit`);
  let page = await reading.all(first, { limit: PAGE });
  for (;;) {
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    const position = Object.fromEntries(key.map((column) => [`after_${column}`, last[column] ?? null]));
    page = await reading.all(next, { ...position, limit: PAGE });
  }
}

/** The one thing that PostgreSQL cannot keep: the character NUL in a plain text. */
function storable(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value,
    ]),
  );
}

/** New rows get keys above those that came. */
async function continueKeys({ dialect }: Database, writing: Transaction, { name, key, isNumbered }: Table) {
  const [column = ""] = key;
  if (!isNumbered || dialect.reserveKeys === undefined) return;
  const most = statement<Record<string, never>, { most: number | null }>(`select max(${column}) as most from ${name}`);
  const count = (await writing.get(most, {}))?.most ?? 0;
  if (count === 0) return;
  const [lock, reserve] = dialect.reserveKeys(name, column);
  await writing.execute(lock);
  await writing.get(reserve, { count });
}
