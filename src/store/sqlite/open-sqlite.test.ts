import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { HeadraceError } from "../../errors.ts";
import { newRun } from "../conformance/rig.ts";
import { openTestStore, type TestStore } from "../fixtures/open-test-store.ts";
import type { DatabaseSettings } from "../index.ts";
import { MIGRATIONS } from "../migrate.ts";
import { TestFolder } from "./test-folder.ts";

async function open(
  folder: TestFolder,
  options: Partial<DatabaseSettings> & { readonly file?: string; readonly projectName?: string } = {},
): Promise<TestStore> {
  return folder.track(await openTestStore({ file: folder.file, projectName: "demo", ...options }));
}

async function expectRefusal(
  promise: Promise<unknown>,
  refusal: Pick<HeadraceError, "code" | "message" | "hint">,
): Promise<void> {
  await expect(promise).rejects.toMatchObject(refusal);
}

describe("a new database", () => {
  test("stands in a folder of its own that only its owner may enter", async () => {
    await using folder = new TestFolder();
    const file = join(folder.path, "deep", ".headrace", "headrace.db");
    const store = await open(folder, { file });
    await store.runs.create(newRun());
    const modes = [join(file, ".."), file, `${file}-wal`].map((path) => (statSync(path).mode & 0o777).toString(8));
    expect(modes).toEqual(["700", "600", "600"]);
  });

  test("an existing folder keeps its mode", async () => {
    await using folder = new TestFolder();
    chmodSync(folder.path, 0o755);
    await open(folder);
    expect(statSync(folder.path).mode & 0o777).toBe(0o755);
  });

  test("is durable and marked as ours", async () => {
    await using folder = new TestFolder();
    await open(folder);
    const connection = new Sqlite(folder.file);
    const pragma = (name: string) => connection.pragma(name, { simple: true });
    expect([pragma("journal_mode"), pragma("application_id"), pragma("user_version")]).toEqual([
      "wal",
      0x48_64_52_63,
      MIGRATIONS.at(-1)?.version,
    ]);
    connection.close();
    const database = await folder.open();
    const { synchronous } = (await database.get({ text: "pragma synchronous" }, {})) as { synchronous: number };
    const { foreign_keys } = (await database.get({ text: "pragma foreign_keys" }, {})) as { foreign_keys: number };
    expect({ synchronous, foreign_keys }).toEqual({ synchronous: 2, foreign_keys: 1 });
  });

  test("names with a meaning for SQLite are files like any other", async () => {
    await using folder = new TestFolder();
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      const store = await openTestStore({ file: ":memory:", projectName: "demo" });
      await store[Symbol.asyncDispose]();
    } finally {
      process.chdir(before);
    }
    expect(existsSync(join(folder.path, ":memory:"))).toBe(true);
  });
});

describe("an existing database", () => {
  test("opens again with what it had, whatever the project is called now", async () => {
    await using folder = new TestFolder();
    const first = await open(folder);
    const run = await first.runs.create(newRun());
    await first[Symbol.asyncDispose]();
    expect(existsSync(`${folder.file}-wal`)).toBe(false);
    const second = await open(folder, { projectName: "renamed folder" });
    expect(await second.runs.get(run.id)).toEqual(run);
    expect((await second.runs.create(newRun())).number).toBe(2);
  });

  test("is not touched by opening it for reading", async () => {
    await using folder = new TestFolder();
    await (await open(folder))[Symbol.asyncDispose]();
    const before = readFileSync(folder.file);
    const store = await open(folder, { readOnly: true });
    expect((await store.lists.runs({ limit: 10 })).items).toEqual([]);
    await expectRefusal(store.runs.create(newRun()), {
      code: "HR_STORE_UNAVAILABLE",
      message: `the database ${folder.file} cannot be written`,
      hint: "check that you may write both that file and its folder",
    });
    await store[Symbol.asyncDispose]();
    expect(readFileSync(folder.file).equals(before)).toBe(true);
  });

  test("a reader follows a writer", async () => {
    await using folder = new TestFolder();
    const writer = await open(folder);
    const reader = await open(folder, { readOnly: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = reader.events.listen(resolve);
    const run = await writer.runs.create(newRun());
    await promise;
    end();
    expect((await reader.lists.runs({ limit: 1 })).items).toEqual([run]);
  });

  test("an empty file, left by a process that was killed early, is set up even for a reader", async () => {
    await using folder = new TestFolder();
    writeFileSync(folder.file, "");
    const store = await open(folder, { readOnly: true });
    expect(await store.runs.latestNumber()).toBeUndefined();
  });
});

describe("what cannot be opened", () => {
  test("a missing file, for a reader", async () => {
    await using folder = new TestFolder();
    await expectRefusal(open(folder, { readOnly: true }), {
      code: "HR_STORE_UNAVAILABLE",
      message: `there is no database at ${folder.file} yet`,
      hint: "the first run creates it",
    });
    expect(existsSync(folder.file)).toBe(false);
  });

  test("a text file", async () => {
    await using folder = new TestFolder();
    writeFileSync(folder.file, "This is a note and no database. ".repeat(100));
    await expectRefusal(open(folder), {
      code: "HR_STORE_UNAVAILABLE",
      message: `${folder.file} is not a database`,
      hint: "move that file away (a new database is then created), or restore the database from a backup",
    });
    expect(readFileSync(folder.file, "utf8")).toMatch(/^This is a note/);
  });

  test("another program's database", async () => {
    await using folder = new TestFolder();
    const foreign = new Sqlite(folder.file);
    foreign.exec("create table songs (title text)");
    foreign.close();
    await expectRefusal(open(folder), {
      code: "HR_STORE_UNAVAILABLE",
      message: `${folder.file} is the database of another program`,
      hint: "move that file away; Headrace then creates its own",
    });
  });

  test("a damaged one", async () => {
    await using folder = new TestFolder();
    const store = await open(folder);
    for (let run = 0; run < 20; run++) await store.runs.create(newRun());
    await store[Symbol.asyncDispose]();
    const bytes = readFileSync(folder.file);
    bytes.fill(0xff, 4_096);
    writeFileSync(folder.file, bytes);
    const refusal = {
      code: "HR_STORE_UNAVAILABLE",
      message: `the database ${folder.file} is damaged`,
      hint: `restore it from a backup, or move it away and save what is readable with \`sqlite3 ${folder.file} .recover\``,
    } as const;
    await expectRefusal(open(folder), refusal);
  });

  test("a folder in its place", async () => {
    await using folder = new TestFolder();
    mkdirSync(folder.file);
    await expectRefusal(open(folder), {
      code: "HR_STORE_UNAVAILABLE",
      message: `the database ${folder.file} cannot be opened`,
      hint: "check that it is a file and that you may read and write both it and its folder",
    });
  });

  test("a place below a file", async () => {
    await using folder = new TestFolder();
    writeFileSync(join(folder.path, "file"), "");
    const file = join(folder.path, "file", "headrace.db");
    await expectRefusal(open(folder, { file }), {
      code: "HR_STORE_UNAVAILABLE",
      message: `the database ${file} cannot be created (ENOTDIR)`,
      hint: `check that ${join(folder.path, "file")} is a folder and that you may write in it`,
    });
  });

  test("one that another process keeps for itself", async () => {
    await using folder = new TestFolder();
    await (await open(folder))[Symbol.asyncDispose]();
    const other = new Sqlite(folder.file);
    other.pragma("locking_mode = exclusive");
    other.exec("begin exclusive");
    await expect(open(folder, { lockTimeoutMs: 1 })).rejects.toMatchObject({
      code: "HR_STORE_UNAVAILABLE",
      message: `the database ${folder.file} is locked by another process`,
    });
    other.close();
  });
});
