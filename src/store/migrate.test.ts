import { expect, test } from "vitest";
import { type Database, statement } from "./database.ts";
import { openTestStore } from "./fixtures/open-test-store.ts";
import { MIGRATIONS, type Migration, migrate } from "./migrate.ts";
import { TestFolder } from "./sqlite/test-folder.ts";

const first: Migration = {
  version: 1,
  name: "first",
  script: ({ integer, table }) => `create table things (size ${integer} not null) ${table}`,
};
const second: Migration = {
  version: 2,
  name: "second",
  script: ({ integer }) => `alter table things add column weight ${integer} not null default 7`,
};
const broken: Migration = {
  version: 3,
  name: "broken",
  script: () => "create table halfway (a integer); create table halfway (a integer)",
};

const insert = statement<{ size: number }>("insert into things (size) values (:size)");
const select = statement<Record<string, never>, Record<string, number>>("select * from things");
const history = statement<Record<string, never>, { version: number; name: string }>(
  "select version, name from schema_migrations order by version",
);
const tables = statement<Record<string, never>, { name: string }>(
  "select name from sqlite_master where type = 'table' order by name",
);

async function state(database: Database): Promise<{ readonly version: number; readonly history: readonly string[] }> {
  const rows = await database.all(history, {});
  return { version: await database.schemaVersion(), history: rows.map(({ version, name }) => `${version} ${name}`) };
}

test("the released migrations are numbered without a gap, and each file says so in its name", () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  expect(MIGRATIONS.map(({ name }) => name)).toEqual([
    "initial",
    "shared-work",
    "queue",
    "notes",
    "received",
    "projects",
    "events",
    "document-versions",
    "lists",
    "access",
    "remarks",
    "variables",
    "run-commits",
    "kept-logs",
    "node-executions",
    "live-logs",
    "engine-processes",
    "approvals",
    "promised-executions",
    "kept-answers",
    "append-only-audit",
    "approval-moments",
    "download-links",
    "machine-use",
    "project-code",
    "audit-origin",
    "waiting-plans",
    "run-traces",
    "files-by-hash",
    "task-trials",
    "purged-data",
    "saved-views",
    "step-checks",
    "files-place",
    "approval-timeouts",
    "child-files",
    "data-versions",
    "task-list",
    "home-place",
    "plan-parts",
    "models",
  ]);
});

test("an earlier schema is brought forward with what stands in it", async () => {
  await using folder = new TestFolder();
  const database = await folder.open();
  await migrate(database, [first]);
  await database.transaction("immediate", (transaction) => transaction.run(insert, { size: 3 }));
  expect(await state(database)).toEqual({ version: 1, history: ["1 first"] });
  await migrate(database, [first, second]);
  expect(await state(database)).toEqual({ version: 2, history: ["1 first", "2 second"] });
  expect(await database.all(select, {})).toEqual([{ size: 3, weight: 7 }]);
});

test("a schema that is up to date costs one look and is left alone", async () => {
  await using folder = new TestFolder();
  const database = await folder.open();
  await migrate(database, [first]);
  const reader = await folder.open({ readOnly: true });
  await migrate(reader, [first]);
  expect(await state(reader)).toEqual({ version: 1, history: ["1 first"] });
});

test("a migration that fails leaves the former schema", async () => {
  await using folder = new TestFolder();
  const database = await folder.open();
  await migrate(database, [first]);
  await expect(migrate(database, [first, second, broken])).rejects.toThrow("table halfway already exists");
  expect(await state(database)).toEqual({ version: 1, history: ["1 first"] });
  expect((await database.all(tables, {})).map(({ name }) => name)).toEqual(["schema_migrations", "things"]);
  await migrate(database, [first, second]);
  expect(await state(database)).toEqual({ version: 2, history: ["1 first", "2 second"] });
});

test("of several connections one migrates", async () => {
  await using folder = new TestFolder();
  const databases = [await folder.open(), await folder.open(), await folder.open()];
  await Promise.all(databases.map((database) => migrate(database, [first, second])));
  for (const database of databases)
    expect(await state(database)).toEqual({ version: 2, history: ["1 first", "2 second"] });
});

test.each([false, true])("a newer schema is refused in words (reading only: %s)", async (readOnly) => {
  await using folder = new TestFolder();
  const store = await openTestStore({ file: folder.file, projectName: "demo" });
  await store[Symbol.asyncDispose]();
  const database = await folder.open();
  await database.transaction("immediate", (transaction) => transaction.execute(database.dialect.setSchemaVersion(112)));
  await expect(openTestStore({ file: folder.file, projectName: "demo", readOnly })).rejects.toMatchObject({
    code: "HR_STORE_NEWER",
    message: `the database ${folder.file} has schema version 112, made by a newer Headrace; this one knows versions up to ${MIGRATIONS.length}`,
    hint: "use the newer Headrace again, or upgrade this one; a schema cannot be taken back",
  });
});
