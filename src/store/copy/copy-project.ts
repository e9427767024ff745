import { HeadraceError } from "../../errors.ts";
import { type Database, type Queries, statement, type Transaction } from "../database.ts";
import type { WantedProject } from "../installation/project-record.ts";
import { ensureProject, findWanted } from "../installation/projects.ts";
import { migrate } from "../migrate.ts";
import { connect, type DatabaseSettings, type StorePlace } from "../open-database.ts";
import { COPIED_TABLES, type CopiedTable, KEYED_TABLES, type KeyedTable } from "./copied-tables.ts";
import { type Content, ContentDigest, type Offsets, pagesOf, shifted } from "./table-rows.ts";

/** A project in a database. */
export type ProjectPlace = StorePlace & Pick<DatabaseSettings, "lockTimeoutMs"> & WantedProject;

/** The copied rows, by table. */
export interface CopyReport {
  /** The databases, as messages name them: without passwords. */
  readonly from: string;
  readonly to: string;
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
}

const lockProject = statement<{ project: number }, { id: string | null; next_number: number; created_at: number }>(
  "select id, next_number, created_at from projects where key = :project",
  { locks: "projects" },
);
const selectUnfinished = statement<{ project: number }, { number: number; state: string }>(`
  select number, state from runs where project_key = :project and finished_at is null order by number limit 1`);
const selectClaimed = statement<{ project: number }, { number: number; state: string; owner: string | null }>(`
  select number, state, owner from executions
  where project_key = :project and state in ('queued', 'started', 'stopping') order by number limit 1`);
const selectFirstRun = statement<{ project: number }, { id: string }>(`
  select id from runs where project_key = :project order by number limit 1`);
const selectProjectOfRun = statement<{ id: string }, { name: string }>(`
  select projects.name from runs join projects on projects.key = runs.project_key where runs.id = :id`);
const selectProjectOfId = statement<{ id: string }, { key: number; name: string }>(
  "select key, name from projects where id = :id",
);
/** The project keeps its id. */
const continueProject = statement<{ project: number; id: string | null; next: number; at: number }>(`
  update projects set next_number = :next, created_at = :at, id = coalesce(:id, id) where key = :project`);

/**
 * Copies all records of a project into another database: one transaction there, row for row, and read back before it is
 * committed. The source stays as it is. Refuses while something runs, and where the target has records of that project
 * already.
 */
export async function copyProject(
  from: ProjectPlace,
  to: ProjectPlace,
  onProgress: (table: string, rows: number) => void = () => {},
): Promise<CopyReport> {
  await using source = await connect(from, false);
  await migrate(source);
  const project = (await findWanted(source, from))?.key;
  if (project === undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `the database ${source.location} has no project “${from.name}”`, {
      hint: "check the database and the project's name",
    });
  }
  await using target = await connect(to, false);
  if (target.location === source.location) {
    throw new HeadraceError("HR_CONFLICT", `the database ${source.location} is both the source and the target`, {
      hint: "name another database",
    });
  }
  await migrate(target);
  // No number is given in the source meanwhile, so no run and no execution begins there.
  return await source.transaction("immediate", async (reading) => {
    const { id, next_number: next, created_at: at } = await requireRest(reading, project);
    await requireNew(reading, project, target, to);
    const { key: copy } = await target.transaction("immediate", (writing) =>
      ensureProject(writing, withoutId(to), Date.now()),
    );
    const ranges = await rangesOf(reading, project);
    const reserved = await reserveKeys(target, ranges);
    return target.transaction("immediate", async (writing) => {
      await requireEmpty(writing, target, copy, to);
      // First, since the audit log of a project is found by the project's id.
      await writing.run(continueProject, { project: copy, id, next, at });
      const offsets = { projects: copy - project, ...(reserved ?? (await freeKeys(writing, ranges))) };
      const tables = [];
      for (const table of COPIED_TABLES) {
        tables.push({
          name: table.name,
          ...(await copyTable(table, { reading, project, writing, copy, offsets, onProgress })),
        });
      }
      return { from: source.location, to: target.location, tables };
    });
  });
}

async function requireRest(
  reading: Transaction,
  project: number,
): Promise<{ id: string | null; next_number: number; created_at: number }> {
  const found = await reading.get(lockProject, { project });
  if (found === undefined) throw new Error(`project ${project} has gone`);
  const claimed = await reading.get(selectClaimed, { project });
  if (claimed !== undefined) {
    const owner = claimed.owner === null ? "" : ` and held by ${claimed.owner}`;
    throw notAtRest(`execution ${claimed.number} is ${claimed.state}${owner}`);
  }
  const unfinished = await reading.get(selectUnfinished, { project });
  if (unfinished !== undefined) throw notAtRest(`run ${unfinished.number} has not ended (${unfinished.state})`);
  return found;
}

function notAtRest(what: string): HeadraceError {
  return new HeadraceError("HR_CONFLICT", `${what}: a project is moved only while nothing runs`, {
    hint: [
      "let it end (",
      { do: "resume" },
      " where nothing drives it), or end it by ",
      { do: "stop" },
      "; then try again",
    ],
  });
}

/** Ids are unique in a database: a second copy would not fit in, whatever it is called. */
async function requireNew(reading: Transaction, project: number, target: Database, to: ProjectPlace): Promise<void> {
  const first = await reading.get(selectFirstRun, { project });
  const own = await reading.get(lockProject, { project });
  const namesake =
    own === undefined || own.id === null ? undefined : await target.get(selectProjectOfId, { id: own.id });
  const there =
    (first && (await target.get(selectProjectOfRun, first))) ?? (namesake?.name === to.name ? undefined : namesake);
  if (there === undefined) return;
  throw new HeadraceError(
    "HR_CONFLICT",
    `the database ${target.location} holds this project already, as “${there.name}”`,
    {
      hint:
        to.file === undefined
          ? `\`HEADRACE_PROJECT=${there.name}\` opens it there; or give another database`
          : "move that file away, with its -wal and -shm, if its records are no longer wanted",
    },
  );
}

async function requireEmpty(writing: Transaction, target: Database, copy: number, to: ProjectPlace): Promise<void> {
  // Held, so that nobody begins a run in it before the copy is committed.
  const { next_number: next } = (await writing.get(lockProject, { project: copy })) ?? { next_number: 0 };
  const used = next !== 1 || (await hasRows(writing, copy));
  if (!used) return;
  throw new HeadraceError(
    "HR_CONFLICT",
    `the database ${target.location} holds records of the project “${to.name}” already`,
    {
      hint:
        to.file === undefined
          ? "give the project another name there, or another database"
          : "move that file away, with its -wal and -shm",
    },
  );
}

async function hasRows(queries: Queries, project: number): Promise<boolean> {
  for (const table of COPIED_TABLES.filter(({ name }) => ["datums", "snapshots"].includes(name))) {
    for await (const page of pagesOf(queries, table, project)) if (page.length > 0) return true;
  }
  return false;
}

/**
 * The program that copies may have opened the target before: its project has an id of its own then, until the copy
 * brings the source's.
 */
function withoutId({ name, orOnly }: ProjectPlace): WantedProject {
  return { name, ...(orOnly === undefined ? {} : { orOnly }) };
}

function scopeOf(table: KeyedTable): string {
  return COPIED_TABLES.find(({ name }) => name === table)?.scope ?? "";
}

type KeyRanges = Readonly<Partial<Record<KeyedTable, { readonly least: number; readonly most: number }>>>;
type KeyOffsets = Readonly<Record<KeyedTable, number>>;

const NO_OFFSETS: KeyOffsets = { runs: 0, executions: 0, datums: 0, dataset_layers: 0, events: 0, audit: 0 };

async function rangesOf(reading: Queries, project: number): Promise<KeyRanges> {
  const ranges: Partial<Record<KeyedTable, { readonly least: number; readonly most: number }>> = {};
  for (const [table, key] of Object.entries(KEYED_TABLES) as [KeyedTable, string][]) {
    const range = statement<{ project: number }, { least: number | null; most: number | null }>(
      `select min(${key}) as least, max(${key}) as most from ${table} where ${scopeOf(table)}`,
    );
    const { least = null, most = null } = (await reading.get(range, { project })) ?? {};
    if (least !== null && most !== null) ranges[table] = { least, most };
  }
  return ranges;
}

/** Keys keep their distances: ranges that nobody uses are set aside. Undefined where the target needs no such care. */
async function reserveKeys(target: Database, ranges: KeyRanges): Promise<KeyOffsets | undefined> {
  const { reserveKeys: reservation } = target.dialect;
  if (reservation === undefined) return undefined;
  const offsets = { ...NO_OFFSETS };
  for (const [table, { least, most }] of Object.entries(ranges) as [KeyedTable, { least: number; most: number }][]) {
    const [lock, reserve] = reservation(table, KEYED_TABLES[table]);
    const reserved = await target.transaction("immediate", async (transaction) => {
      await transaction.execute(lock);
      return transaction.get(reserve, { count: most - least + 1 });
    });
    offsets[table] = (reserved?.first ?? 0) + 1 - least;
  }
  return offsets;
}

/**
 * Within the transaction that copies, where no other can write: the keys above those of the target's other projects.
 */
async function freeKeys(writing: Queries, ranges: KeyRanges): Promise<KeyOffsets> {
  const offsets = { ...NO_OFFSETS };
  for (const [table, { least }] of Object.entries(ranges) as [KeyedTable, { least: number; most: number }][]) {
    const greatest = statement<Record<string, never>, { most: number | null }>(
      `select max(${KEYED_TABLES[table]}) as most from ${table}`,
    );
    const { most = null } = (await writing.get(greatest, {})) ?? {};
    if (most !== null) offsets[table] = most + 1 - least;
  }
  return offsets;
}

interface Copying {
  readonly reading: Transaction;
  readonly project: number;
  readonly writing: Transaction;
  readonly copy: number;
  readonly offsets: Offsets;
  readonly onProgress: (table: string, rows: number) => void;
}

async function copyTable(table: CopiedTable, copying: Copying): Promise<Content> {
  const { reading, project, writing, copy, offsets, onProgress } = copying;
  const values = table.columns.map((column) => `:${column}`).join(", ");
  const insert = statement<Readonly<Record<string, string | number | null>>>(
    `insert into ${table.name} (${table.columns.join(", ")}) values (${values})`,
  );
  const sent = new ContentDigest(table);
  let rows = 0;
  for await (const page of pagesOf(reading, table, project)) {
    for (const row of page) sent.add(row);
    await writing.runMany(
      insert,
      page.values().map((row) => shifted(table, row, offsets, 1)),
    );
    rows += page.length;
    onProgress(table.name, rows);
  }
  const arrived = new ContentDigest(table);
  for await (const page of pagesOf(writing, table, copy))
    for (const row of page) arrived.add(shifted(table, row, offsets, -1));
  const [before, after] = [sent.end(), arrived.end()];
  if (before.rows === after.rows && before.sha256 === after.sha256) return before;
  throw new HeadraceError(
    "HR_STORE_UNAVAILABLE",
    `the copy of the table ${table.name} differs from the original (${after.rows} of ${before.rows} rows): nothing was copied`,
    { hint: "try again; if it happens again, check both databases" },
  );
}
