import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HeadraceError } from "../../errors.ts";
import { newRun, queueNode } from "../conformance/rig.ts";
import { type Database, statement } from "../database.ts";
import { openTestStore, type TestStore } from "../fixtures/open-test-store.ts";
import type { ProjectStore } from "../index.ts";
import { type Migration, migrate } from "../migrate.ts";
import { openPostgres } from "./open-postgres.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "./test-server.ts";

const SOCKET = ".s.PGSQL.5432";

describe.skipIf(whyNoPostgres() !== undefined)("a PostgreSQL database", () => {
  let server: TestServer;
  let made = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  function newDatabase(): Promise<string> {
    return server.createDatabase(`open_${++made}`);
  }

  function open(
    url: string,
    options: { readonly readOnly?: boolean; readonly projectName?: string } = {},
  ): Promise<TestStore> {
    return openTestStore({ url, projectName: "demo", lockTimeoutMs: 5_000, ...options });
  }

  function address(url: string): string {
    return `postgres://${new URL(url).username}@${server.folder}${new URL(url).pathname}`;
  }

  async function expectRefusal(
    promise: Promise<unknown>,
    refusal: Pick<HeadraceError, "message" | "hint">,
  ): Promise<void> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: "HR_STORE_UNAVAILABLE", ...refusal });
    const shown = inspect(error, { depth: 10, showHidden: true });
    expect(shown).not.toContain(server.password);
    expect(shown).not.toContain(encodeURIComponent(server.password));
  }

  test("that dies at the first question is told at once, and not waited for for ever", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headrace-dying-"));
    using _removal = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
    const dying = createServer((client) => {
      const behind = connect(join(server.folder, SOCKET));
      client.on("data", (data) => (data.includes("server_version_num") ? client.destroy() : behind.write(data)));
      behind.pipe(client);
      for (const socket of [client, behind]) socket.on("error", () => {});
      client.on("close", () => behind.destroy());
    });
    await new Promise<void>((resolve) => dying.listen(join(folder, SOCKET), resolve));
    using _closing = { [Symbol.dispose]: () => dying.close() };
    const url = (await newDatabase()).replace(encodeURIComponent(server.folder), encodeURIComponent(folder));
    await expectRefusal(open(url), {
      message: `the database ${address(url).replace(server.folder, folder)} cannot be reached (Connection terminated unexpectedly)`,
      hint: "check that PostgreSQL runs and that the host, the port and the sslmode of the URL are right",
    });
  });

  test("a claim that finds nothing writes nothing, also where others claim together with it", async () => {
    const url = await newDatabase();
    const name = new URL(url).pathname.slice(1);
    const marks = async (): Promise<number> =>
      Number(
        (await server.query("select coalesce(sum(token), 0) as tokens from headrace.commit_tokens", name))[0]?.tokens,
      );
    await using store = await open(url);
    const before = await marks();
    const claim = { pool: "p", owner: "o", at: 1 };
    expect(await Promise.all([store.queue.claimNext(claim), store.queue.claimNext(claim)])).toEqual([
      undefined,
      undefined,
    ]);
    expect(await marks()).toBe(before);
    // One of a group that writes is enough.
    await Promise.all([store.queue.claimNext(claim), store.runs.create(newRun()), store.queue.claimNext(claim)]);
    expect(await marks()).toBeGreaterThan(before);
    expect(await store.runs.latestNumber()).toBe(1);
  });

  test("is set up in a schema of its own, beside what other programs keep there", async () => {
    const url = await newDatabase();
    const name = new URL(url).pathname.slice(1);
    await server.query("create table runs (mine int); create table projects (mine int)", name);
    await using store = await open(url);
    expect((await store.runs.create(newRun())).number).toBe(1);
    const tables = await server.query(
      "select schemaname || '.' || tablename as name from pg_tables where tablename = 'runs'",
      name,
    );
    expect(tables.map((table) => table.name).toSorted()).toEqual(["headrace.runs", "public.runs"]);
  });

  test("holds several projects, each with numbers, lists and events of its own", async () => {
    const url = await newDatabase();
    await using first = await open(url, { projectName: "first" });
    await using second = await open(url, { projectName: "second" });
    await using again = await open(url, { projectName: "first" });
    const run = await first.runs.create(newRun());
    expect((await second.runs.create(newRun())).number).toBe(1);
    expect((await again.lists.runs({ limit: 5 })).items).toEqual([run]);
    expect(await second.runs.get(run.id)).toBeUndefined();
    expect(await second.nodes.getPlan(run.id)).toBeUndefined();
    expect(await second.events.list({ afterId: 0, limit: 10, runId: run.id })).toEqual([]);
    expect(await second.events.list({ afterId: 0, limit: 10 })).toHaveLength(1);
    await expect(second.runs.requestStop({ runId: run.id }, 1)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
  });

  test("tells whose executions ended, so that nobody clears another project's logs", async () => {
    const url = await newDatabase();
    await using first = await open(url, { projectName: "first" });
    await using second = await open(url, { projectName: "second" });
    const run = await first.runs.create(newRun());
    const { id } = await queueNode(first, run, "a");
    const endsOf = (store: ProjectStore) => Array.fromAsync(store.housekeeping.executionEnds());
    expect([await endsOf(first), await endsOf(second)]).toEqual([
      [[{ id, runId: run.id, isOwn: true }]],
      [[{ id, runId: run.id, isOwn: false }]],
    ]);
  });

  test("is set up once, whoever opens it at the same moment", async () => {
    const url = await newDatabase();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const runs = await Promise.all(stores.map((store) => store.runs.create(newRun())));
    expect(runs.map((run) => run.number).toSorted()).toEqual([1, 2, 3, 4, 5]);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  test("opened for reading is not written, and follows a writer", async () => {
    const url = await newDatabase();
    await using writer = await open(url);
    await using reader = await open(url, { readOnly: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    reader.events.listen(resolve);
    expect((await reader.lists.runs({ limit: 1 })).items).toEqual([]);
    const run = await writer.runs.create(newRun());
    await promise;
    expect((await reader.lists.runs({ limit: 1 })).items).toEqual([run]);
    await expectRefusal(reader.runs.create(newRun()), {
      message: `the database ${address(url)} cannot be written`,
      hint: "it was opened for reading, or it is a standby: use the URL of the primary server",
    });
  });

  test("a text keeps all but the character NUL, which PostgreSQL has not", async () => {
    await using store = await open(await newDatabase());
    const run = await store.runs.create(newRun({ title: "a\0b 'quoted' $1 :name ÄÖ 🚰", tags: ["\0"] }));
    expect(run).toMatchObject({ title: "a\uFFFDb 'quoted' $1 :name ÄÖ 🚰", tags: ["\0"] });
    expect((await store.lists.runs({ limit: 5, tags: ["\0"] })).items).toEqual([run]);
  });

  test("a store that was closed says so at once", async () => {
    const store = await open(await newDatabase());
    await store[Symbol.asyncDispose]();
    await expect(store.lists.runs({ limit: 1 })).rejects.toThrow("the database was closed");
  });

  describe("that cannot be opened", () => {
    test("because the password is wrong", async () => {
      const url = server.url.replace(encodeURIComponent(server.password), "wrong");
      await expectRefusal(open(url), {
        message: `the database ${address(url)} refuses the user or the password`,
        hint: "check both in the URL, and the server's pg_hba.conf",
      });
    });

    test("because it does not exist", async () => {
      const url = server.urlOf("nowhere");
      await expectRefusal(open(url), {
        message: `the database ${address(url)} does not exist`,
        hint: "create it with `createdb`, or correct the name at the end of the URL",
      });
    });

    test("because nobody listens there", async () => {
      const listener = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => listener.once("listening", resolve));
      const bound = listener.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : 0;
      await new Promise((resolve) => listener.close(resolve));
      const url = `postgres://ann:${encodeURIComponent(server.password)}@127.0.0.1:${port}/ml`;
      await expectRefusal(open(url), {
        message: `the database postgres://ann@127.0.0.1:${port}/ml cannot be reached (ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:${port})`,
        hint: "check that PostgreSQL runs and that the host, the port and the sslmode of the URL are right",
      });
    });

    test("because the user may not create the schema; a schema that is there is enough", async () => {
      const url = await newDatabase();
      const name = new URL(url).pathname.slice(1);
      await server.query(`create role guest_${made} login password '${server.password}'`);
      const guest = url.replace("postgres://postgres:", `postgres://guest_${made}:`);
      await expectRefusal(open(guest), {
        message: `the user of ${address(guest)} lacks the right to use or create the schema “headrace”`,
        hint: "let the user own it: `create schema headrace authorization USER`, run by the owner of the database",
      });
      await server.query(`create schema headrace authorization guest_${made}`, name);
      await using store = await open(guest);
      expect((await store.runs.create(newRun())).number).toBe(1);
    });
  });

  describe("of another schema", () => {
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
    const history = statement<Record<string, never>, { line: string }>(
      "select version || ' ' || name as line from schema_migrations order by version",
    );

    async function connect(url: string): Promise<Database> {
      return openPostgres({ url, readOnly: false, lockTimeoutMs: 5_000 });
    }

    async function state(
      database: Database,
    ): Promise<{ readonly version: number; readonly history: readonly string[] }> {
      return {
        version: await database.schemaVersion(),
        history: (await database.all(history, {})).map(({ line }) => line),
      };
    }

    test("an earlier one is brought forward with what stands in it", async () => {
      await using database = await connect(await newDatabase());
      expect(await database.schemaVersion()).toBe(0);
      await migrate(database, [first]);
      await database.run(insert, { size: 3 });
      expect(await state(database)).toEqual({ version: 1, history: ["1 first"] });
      await migrate(database, [first, second]);
      expect(await state(database)).toEqual({ version: 2, history: ["1 first", "2 second"] });
      expect(await database.all(select, {})).toEqual([{ size: 3, weight: 7 }]);
    });

    test("a migration that fails leaves the former schema", async () => {
      await using database = await connect(await newDatabase());
      await migrate(database, [first]);
      await expect(migrate(database, [first, second, broken])).rejects.toThrow('relation "halfway" already exists');
      expect(await state(database)).toEqual({ version: 1, history: ["1 first"] });
      await migrate(database, [first, second]);
      expect(await state(database)).toEqual({ version: 2, history: ["1 first", "2 second"] });
    });

    test("of several connections one migrates", async () => {
      const url = await newDatabase();
      const databases = await Promise.all([connect(url), connect(url), connect(url)]);
      await Promise.all(databases.map((database) => migrate(database, [first, second])));
      for (const database of databases) {
        expect(await state(database)).toEqual({ version: 2, history: ["1 first", "2 second"] });
        await database[Symbol.asyncDispose]();
      }
    });

    test.each([false, true])("a newer one is refused in words (reading only: %s)", async (readOnly) => {
      const url = await newDatabase();
      await (await open(url))[Symbol.asyncDispose]();
      await using database = await connect(url);
      const known = await database.schemaVersion();
      await database.transaction("immediate", (transaction) =>
        transaction.execute(database.dialect.setSchemaVersion(known + 1)),
      );
      await expect(open(url, { readOnly })).rejects.toMatchObject({
        code: "HR_STORE_NEWER",
        message: `the database ${address(url)} has schema version ${known + 1}, made by a newer Headrace; this one knows versions up to ${known}`,
        hint: "use the newer Headrace again, or upgrade this one; a schema cannot be taken back",
      });
    });
  });
});
