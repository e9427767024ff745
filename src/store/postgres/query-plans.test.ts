import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../database.ts";
import { type Asked, recording } from "../fixtures/recording.ts";
import { ensureProject } from "../installation/projects.ts";
import { migrate } from "../migrate.ts";
import { type ProjectStore, projectStore } from "../project/project-store.ts";
import { openPostgres } from "./open-postgres.ts";
import { prepare } from "./prepared.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "./test-server.ts";

/**
 * Held to the plans that PostgreSQL makes of empty tables and keeps: until autovacuum has counted them, it goes by
 * these with a hundred thousand rows as well.
 */
describe.skipIf(whyNoPostgres() !== undefined)("query plans of PostgreSQL before it knows its tables", () => {
  const asked: Asked[] = [];
  let server: TestServer;
  let database: Database;
  let store: ProjectStore;
  let client: pg.Client;

  beforeAll(async () => {
    server = await startPostgres();
    database = await openPostgres({ url: server.url, readOnly: false, lockTimeoutMs: 1_000 });
    await migrate(database);
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query("set search_path = headrace; set plan_cache_mode = force_generic_plan");
    const project = await database.transaction("immediate", (transaction) =>
      ensureProject(transaction, { name: "plans" }, 1),
    );
    store = projectStore(recording(database, asked), project);
  });
  afterAll(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function plansOf(query: () => Promise<unknown>): Promise<readonly string[]> {
    asked.length = 0;
    // If the record does not exist, the query fails, but only after the database was asked.
    await query().catch(() => {});
    const plans: string[] = [];
    for (const { text } of asked) {
      const { text: numbered, parameters } = prepare(text);
      const values = parameters.length === 0 ? "" : `(${parameters.map(() => "null").join(", ")})`;
      await client.query(`prepare asked as ${numbered}`);
      const { rows } = await client.query<{ readonly "QUERY PLAN": string }>(`explain execute asked${values}`);
      await client.query("deallocate asked");
      plans.push(...rows.map((row) => row["QUERY PLAN"]));
    }
    return plans;
  }

  const ID = "00000000-0000-7000-8000-000000000000";

  test.each<readonly [string, () => Promise<unknown>]>([
    ["read", () => store.executions.get(ID)],
    ["claimed", () => store.queue.claim(ID, "o", 1)],
    ["finished", () => store.executions.finish(ID, 1, { state: "complete", outputs: [], at: 1 })],
    ["given its input files", () => store.data.setInputFiles(ID, 1, [])],
    ["asked for its input files", () => store.data.listInputFiles(ID)],
    ["asked for its metadata", () => store.metadata.list(ID, { limit: 1 })],
  ])("an execution that is %s is found by its id or key alone", async (_, query) => {
    const scans = (await plansOf(query)).filter((line) => /Scan .*\bon executions\b/.test(line));
    expect(scans.length).toBeGreaterThan(0);
    expect(scans.filter((line) => !/Scan using (executions_id_key|executions_pkey) on executions/.test(line))).toEqual(
      [],
    );
  });
});
