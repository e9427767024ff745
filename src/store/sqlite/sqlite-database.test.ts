import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { type Database, type Queries, statement } from "../database.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { TestFolder } from "./test-folder.ts";

const insert = statement<{ value: number }>("insert into numbers (value) values (:value)");
const select = statement<Record<string, never>, { value: number }>("select value from numbers order by rowid");

async function withTable(folder: TestFolder): Promise<Database> {
  const database = await folder.open();
  const script = `${database.dialect.setSchemaVersion(1)}; create table numbers (value integer not null unique)`;
  await database.transaction("immediate", (transaction) => transaction.execute(script));
  return database;
}

async function values(queries: Queries): Promise<readonly number[]> {
  return (await queries.all(select, {})).map((row) => row.value);
}

/** Lets everything that is ready run, three turns of the event loop deep. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe("transactions", () => {
  test("nothing comes between the awaits of a transaction", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const steps: string[] = [];
    const work = (name: string, first: number) =>
      database.transaction("immediate", async (transaction) => {
        for (const value of [first, first + 1, first + 2]) {
          await transaction.run(insert, { value });
          await turns();
          steps.push(`${name}${value}`);
        }
      });
    await Promise.all([work("a", 0), work("b", 10), work("c", 20)]);
    expect(steps).toEqual(["a0", "a1", "a2", "b10", "b11", "b12", "c20", "c21", "c22"]);
    expect(await values(database)).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22]);
  });

  test("a reader never sees half a transaction", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const begun = Promise.withResolvers<void>();
    const writing = database.transaction("immediate", async (transaction) => {
      await transaction.run(insert, { value: 1 });
      begun.resolve();
      await turns();
      await transaction.run(insert, { value: 2 });
    });
    await begun.promise;
    expect(await values(database)).toEqual([1, 2]);
    await writing;
  });

  test("one that fails takes nothing with it, wherever it stands among those that share a commit", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const add = (value: number, fails: boolean) =>
      database.transaction("immediate", async (transaction) => {
        await transaction.run(insert, { value });
        if (fails) throw new Error(`${value} is refused`);
        return value;
      });
    const outcomes = await Promise.allSettled([
      add(1, true),
      add(2, false),
      add(3, true),
      add(4, false),
      add(2, false),
      add(5, true),
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : String(outcome.reason))),
    ).toEqual([
      "Error: 1 is refused",
      2,
      "Error: 3 is refused",
      4,
      "SqliteError: UNIQUE constraint failed: numbers.value",
      "Error: 5 is refused",
    ]);
    expect(await values(database)).toEqual([2, 4]);
  });

  test("no transaction is reported done before it is committed", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const other = await folder.open({ readOnly: true });
    const seen: (readonly number[])[] = [];
    const add = async (value: number) => {
      await database.transaction("immediate", (transaction) => transaction.run(insert, { value }));
      seen.push(await values(other));
    };
    await Promise.all([add(1), add(2), add(3)]);
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test("a snapshot sees one state, whatever others commit meanwhile", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const other = await folder.open();
    const read = await database.transaction("snapshot", async (transaction) => {
      const before = await values(transaction);
      await other.run(insert, { value: 1 });
      return [before, await values(transaction)];
    });
    expect(read).toEqual([[], []]);
    expect(await values(database)).toEqual([1]);
  });

  test("work that is under way is finished before the database closes", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const adding = [1, 2, 3].map((value) =>
      database.transaction("immediate", (transaction) => transaction.run(insert, { value })),
    );
    await database[Symbol.asyncDispose]();
    await Promise.all(adding);
    expect(await values(await folder.open({ readOnly: true }))).toEqual([1, 2, 3]);
  });

  test("many rows leave the event loop its turns", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 0);
    const rows = Array.from({ length: 20_000 }, (_, value) => ({ value }));
    expect(await database.runMany(insert, rows)).toBe(20_000);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(0);
  });
});

describe("locks", () => {
  test("a lock of another process is waited for", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const other = new Sqlite(folder.file);
    other.exec("begin immediate");
    const adding = database.transaction("immediate", (transaction) => transaction.run(insert, { value: 1 }));
    await turns();
    other.exec("insert into numbers (value) values (0)");
    other.exec("commit");
    other.close();
    await adding;
    expect(await values(database)).toEqual([0, 1]);
  });

  test("patience ends with the reason, and the next attempt works", async () => {
    await using folder = new TestFolder();
    await withTable(folder);
    const database = await folder.open({ lockTimeoutMs: 1 });
    const other = new Sqlite(folder.file);
    other.exec("begin immediate");
    const outcomes = await Promise.allSettled(
      [1, 2].map((value) => database.transaction("immediate", (transaction) => transaction.run(insert, { value }))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: {
          code: "HR_STORE_UNAVAILABLE",
          message: `the database ${folder.file} is locked by another process`,
          hint: `wait for the other process or end it; \`fuser ${folder.file}\` lists who has the file open`,
          cause: { code: "SQLITE_BUSY" },
        },
      });
    }
    other.close();
    await database.transaction("immediate", (transaction) => transaction.run(insert, { value: 3 }));
    expect(await values(database)).toEqual([3]);
  });
});

describe("a full disk", () => {
  /** A connection whose file may not grow any more: SQLite reports it as it reports ENOSPC. */
  async function full(folder: TestFolder): Promise<SqliteDatabase> {
    await withTable(folder);
    const connection = new Sqlite(folder.file);
    connection.pragma("max_page_count = 4");
    return folder.track(new SqliteDatabase(connection, folder.file, 1_000));
  }
  const rows = (count: number, first: number) =>
    Array.from({ length: count }, (_, index) => ({ value: first + index }));

  test("is said in words; the transaction is undone, and what was committed stays readable", async () => {
    await using folder = new TestFolder();
    const database = await full(folder);
    await database.runMany(insert, rows(10, 0));
    await expect(database.runMany(insert, rows(20_000, 100))).rejects.toMatchObject({
      code: "HR_DISK_FULL",
      message: `the disk is full: the database ${folder.file} cannot grow; what was recorded before is kept`,
      hint: "free some space on that disk, then try again",
      cause: { code: "SQLITE_FULL" },
    });
    expect(await values(database)).toHaveLength(10);
    expect(await database.runMany(insert, rows(1, 50))).toBe(1);
  });

  test("reports no transaction as done that shared its commit with the one that did not fit", async () => {
    await using folder = new TestFolder();
    const database = await full(folder);
    const outcomes = await Promise.allSettled([
      database.runMany(insert, rows(1, 1)),
      database.runMany(insert, rows(20_000, 100)),
      database.runMany(insert, rows(1, 2)),
    ]);
    const kept = await values(database);
    const done = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [[1, 100, 2][index]] : []));
    expect(kept).toEqual(done);
    expect(outcomes[1]?.status).toBe("rejected");
  });
});

describe("watching", () => {
  test("commits of others are noticed while somebody watches, and one's own are not", async () => {
    await using folder = new TestFolder();
    const database = await withTable(folder);
    const other = await folder.open();
    let called = Promise.withResolvers<void>();
    let calls = 0;
    const end = database.watch(1, () => {
      calls++;
      called.resolve();
    });
    await database.runMany(insert, [{ value: 1 }]);
    await other.runMany(insert, [{ value: 2 }]);
    await called.promise;
    expect(calls).toBe(1);
    called = Promise.withResolvers();
    await other.runMany(insert, [{ value: 3 }]);
    await called.promise;
    expect(calls).toBe(2);
    end();
  });

  test("a database that cannot be read any more wakes the watcher, whose next question gets the reason", async () => {
    await using folder = new TestFolder();
    await withTable(folder);
    const connection = new Sqlite(folder.file);
    const database = new SqliteDatabase(connection, folder.file, 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = database.watch(1, resolve);
    connection.close();
    await promise;
    end();
  });
});
