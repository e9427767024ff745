import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../database.ts";
import { type Asked, recording } from "../fixtures/recording.ts";
import type { ExecutionQuery, RunQuery } from "../index.ts";
import { ensureProject } from "../installation/projects.ts";
import { migrate } from "../migrate.ts";
import { type ProjectStore, projectStore } from "../project/project-store.ts";
import { openSqlite } from "./open-sqlite.ts";

/** Lists must not slow down with the size of the project: each is held to the plan that SQLite makes of it. */
describe("query plans", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-plans-"));
  const file = join(folder, "headrace.db");
  const asked: Asked[] = [];
  let database: Database;
  let store: ProjectStore;

  beforeAll(async () => {
    database = await openSqlite({ file, readOnly: false, lockTimeoutMs: 1_000 });
    await migrate(database);
    const project = await database.transaction("immediate", (transaction) =>
      ensureProject(transaction, { name: "plans" }, 1),
    );
    store = projectStore(recording(database, asked), project);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** Returns the plans by which SQLite would run the statements of `query`. */
  async function plansOf(query: () => Promise<unknown>): Promise<readonly string[]> {
    asked.length = 0;
    await query();
    const connection = new Sqlite(file, { readonly: true });
    try {
      return asked.flatMap(({ text, parameters }) => {
        const rows = connection.prepare(`explain query plan ${text}`).all(parameters) as { readonly detail: string }[];
        return rows.map((row) => row.detail);
      });
    } finally {
      connection.close();
    }
  }

  const runFilters: readonly RunQuery[] = [
    { limit: 50 },
    { limit: 50, below: 10 },
    { limit: 50, states: ["started"] },
    { limit: 50, states: ["started", "error"], name: "n" },
    { limit: 50, name: "n" },
    { limit: 50, tags: ["t"] },
    { limit: 50, tags: ["t"], states: ["error"], name: "n", below: 10 },
  ];
  const executionFilters: readonly ExecutionQuery[] = [
    { limit: 50 },
    { limit: 50, states: ["complete", "error"] },
    { limit: 50, step: "s" },
    { limit: 50, step: "s", states: ["queued"] },
    { limit: 50, runId: "r" },
    { limit: 50, runId: "r", step: "s", states: ["error"], below: 10 },
  ];

  test.each([
    ...runFilters.map((filter) => ({ what: "runs", filter, query: () => store.lists.runs(filter) })),
    ...executionFilters.map((filter) => ({ what: "executions", filter, query: () => store.lists.executions(filter) })),
  ])("a page of $what with $filter reads short ranges of an index", async ({ query }) => {
    const plan = await plansOf(query);
    expect(plan.length).toBeGreaterThan(0);
    // Only the few numbers that the ranges gave are walked and sorted as a whole.
    const whole = plan.filter(
      (line) => line.startsWith("SCAN") && !/^SCAN (numbers|ids|json_each |\w+_numbers|CONSTANT ROW)/.test(line),
    );
    expect(whole).toEqual([]);
    const ranges = plan.filter((line) =>
      /^SEARCH (runs|run_tags|executions) USING (COVERING INDEX|INDEX|PRIMARY KEY) .*number<\?/.test(line),
    );
    expect(ranges.length).toBeGreaterThan(0);
  });

  /**
   * More than are read at once, so that lists go along their order; `rare` values and tags stand for what few rows
   * have.
   */
  function fill(): void {
    const connection = new Sqlite(file);
    connection.exec(`
      with recursive counter (i) as (select 1 union all select i + 1 from counter where i < 1500)
      insert into runs (key, id, project_key, number, kind, name, state, tags, parameters, commit_id, jobs, created_at, started_at, finished_at)
      select i, 'run-' || i, 1, 2 * i, 'pipeline', 'many', 'complete', '[]', '{}', '~c', 1, i, i, 2 * i from counter;
      insert into run_tags select 1, 'many', state, number, name, key from runs;
      insert into executions (key, id, project_key, number, run_key, node, step, state, commit_id, image, environment, metadata, created_at,
        started_at, finished_at, fence)
      select key, 'execution-' || key, 1, number + 1, key, 'a', 'many', state, '~c', '', '{}', '{}', 1, 1, key, 1 from runs;
      insert into execution_values select key, 1, 'auc', 1, number, 0, key, null from executions;
      insert into nodes (run_key, name, position, state) select run_key, 'a', 0, 'complete' from executions;
      insert into node_executions (run_key, node, ordinal, role, execution_key) select run_key, 'a', 1, 'attempt', key from executions;`);
    connection.close();
  }

  const many = { name: "auc", operator: ">", value: 0 } as const;
  const rare = { name: "auc", operator: ">", value: 1_490 } as const;
  const [byDuration, byValue] = [
    { by: "duration", direction: "descending" },
    { by: { name: "auc" }, direction: "ascending" },
  ] as const;
  const walks: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["runs", () => store.lists.runs({ limit: 9 })],
    ["runs of a state and a name", () => store.lists.runs({ limit: 9, states: ["complete"], name: "many" })],
    ["runs with a tag and a value", () => store.lists.runs({ limit: 9, tags: ["many"], values: [many] })],
    [
      "runs by duration",
      () =>
        store.lists.runs({ limit: 9, sort: byDuration, states: ["complete"], name: "many", tags: ["many", "many"] }),
    ],
    ["executions of a time", () => store.lists.executions({ limit: 9, since: 5, until: 100 })],
    [
      "executions with a value and a tag",
      () => store.lists.executions({ limit: 9, values: [many], tags: ["many"], runName: "many" }),
    ],
    [
      "executions by duration",
      () => store.lists.executions({ limit: 9, sort: byDuration, step: "many", values: [many] }),
    ],
    [
      "executions by a value",
      () => store.lists.executions({ limit: 9, sort: byValue, states: ["complete"], node: "a" }),
    ],
    ["files", () => store.lists.files({ limit: 9 })],
    ["files of a hash", () => store.lists.files({ limit: 9, sha256: "abcd" })],
    [
      "files by name of a beginning",
      () => store.lists.files({ limit: 9, namePrefix: "m", sort: { by: "name", direction: "ascending" } }),
    ],
    [
      "files by name",
      () => store.lists.files({ limit: 9, sort: { by: "name", direction: "ascending" }, step: "many" }),
    ],
  ];

  test.each(walks)("a page of %s goes along an index, and sorts no more than the page", async (_, query) => {
    fillOnce();
    const plan = await plansOf(query);
    expect(
      plan.filter((line) => /^SCAN (?!numbers|\w+_numbers|counted|found|ids|keys|json_each |CONSTANT ROW)/.test(line)),
    ).toEqual([]);
    const sorted = plan.filter((line) => line.includes("TEMP B-TREE"));
    // Ranges of states are put together, at most a page of each.
    expect(sorted.filter(() => !plan.some((line) => /_numbers/.test(line)))).toEqual([]);
    expect(plan.some((line) => line.startsWith("SEARCH"))).toBe(true);
  });

  test("a page of runs by a value goes along the index of values, and sorts runs of equal values alone", async () => {
    fillOnce();
    const sort = { by: [{ name: "auc" }, { node: "a", name: "auc" }], direction: "ascending" } as const;
    const { next } = await store.lists.runs({ limit: 9, sort });
    const plan = await plansOf(() => store.lists.runs({ limit: 9, sort, after: next ?? "", states: ["complete"] }));
    expect(
      plan.filter((line) => /^SCAN (?!reading\d|found|counted|ids|keys|json_each |CONSTANT ROW)/.test(line)),
    ).toEqual([]);
    const sorted = plan.filter((line) => line.includes("TEMP B-TREE"));
    // The pages of both readings are put together, once for numbers and once for texts.
    expect(sorted.filter((line) => !line.includes("LAST TERM"))).toHaveLength(2);
    expect(
      plan.filter((line) => /^SEARCH v USING INDEX execution_values_by_\w+ .*(value|text)>\?/.test(line)),
    ).toHaveLength(2);
  });

  test.each<readonly [string, () => Promise<unknown>]>([
    ["runs", () => store.lists.runs({ limit: 9, values: [rare], sort: byDuration })],
    [
      "runs by a value",
      () => store.lists.runs({ limit: 9, values: [rare], sort: { ...byValue, by: [{ name: "auc" }] } }),
    ],
    ["executions", () => store.lists.executions({ limit: 9, values: [many, rare], sort: byDuration })],
    [
      "executions by another value",
      () => store.lists.executions({ limit: 9, values: [rare], sort: { ...byValue, by: { name: "loss" } } }),
    ],
    ["executions of a rare step", () => store.lists.executions({ limit: 9, step: "rare", sort: byValue })],
  ])("what few %s have in common is read by its index, and nothing is walked through", async (_, query) => {
    fillOnce();
    const plan = await plansOf(query);
    expect(plan.filter((line) => /^SCAN (?!few|found|counted|ids|keys|json_each |CONSTANT ROW)/.test(line))).toEqual(
      [],
    );
    expect(plan.some((line) => line === "SCAN few")).toBe(true);
    expect(plan.some((line) => /^SEARCH (runs|executions) USING INTEGER PRIMARY KEY/.test(line))).toBe(true);
  });

  let isFilled = false;
  function fillOnce(): void {
    if (!isFilled) fill();
    isFilled = true;
  }

  test.each<readonly [string, () => Promise<unknown>]>([
    ["the nodes in pages", () => store.lists.nodes("r", { limit: 9 })],
    ["the claims", () => store.queue.listClaimed()],
    ["what has not ended", () => store.queue.listOpen()],
    ["what has not ended of a run", () => store.queue.listOpen("r")],
    ["a planned node", () => store.nodes.getPlanned("r", "a")],
    ["the engines", () => store.engines.list()],
    ["the events of a run", () => store.events.list({ afterId: 5, runId: "r", limit: 10 })],
    ["the events", () => store.events.list({ afterId: 5, limit: 10 })],
    ["the stop requests", () => store.runs.getStopRequests("r")],
    ["the outputs", () => store.data.listOutputs("e")],
    ["the nodes", () => store.nodes.list("r")],
    ["datums of a URI", () => store.data.findByUri("u")],
    ["the points of metadata", () => store.metadata.list("e", { limit: 10 })],
    ["the input files", () => store.data.listInputFiles("e")],
  ])("%s are found through an index", async (_, query) => {
    const plan = await plansOf(query);
    expect(plan.filter((line) => line.startsWith("SCAN"))).toEqual([]);
    expect(plan.some((line) => line.startsWith("SEARCH"))).toBe(true);
  });

  test("a beat walks through the processes and nothing else", async () => {
    const plan = await plansOf(() => store.engines.beat("e", 1));
    expect(plan.filter((line) => /^(SCAN|SEARCH)/.test(line))).toEqual([
      expect.stringMatching(/^SEARCH engine_processes USING INDEX .*\(id=\?\)$/),
      "SCAN others",
    ]);
  });

  test.each(["unfinished", "waiting"] as const)("%s work is found among the unfinished runs alone", async (what) => {
    const plan = await plansOf(() => store.engines.listWork(what));
    expect(plan.filter((line) => /\bruns\b/.test(line))).toEqual([expect.stringContaining("INDEX runs_unfinished")]);
  });

  test.each<readonly [string, () => Promise<unknown>]>([
    ["behind the nodes of a run", () => store.executions.listOfNodes("r")],
    ["of many ids", () => store.executions.listById(["0".repeat(36), "1".repeat(36)])],
    ["of many nodes", () => store.reuse.listNewestOfNodes({ nodes: [{ node: "a", step: "s" }] })],
    ["with many fingerprints", () => store.reuse.listNewest({ wanted: [{ base: "b".repeat(64), node: "a" }] })],
  ])("executions %s are found by their keys, not by walking through the project", async (_, query) => {
    const plan = await plansOf(query);
    expect(
      plan.filter((line) => /\(project_key=\?\)|^SCAN (?!ids|keys|wanted|json_each |CONSTANT ROW)/.test(line)),
    ).toEqual([]);
  });

  test.each(["", "r"])("a claim (of run “%s”) looks at what waits in the queue alone", async (runId) => {
    const plan = await plansOf(() => store.queue.claimNext({ pool: "p", owner: "o", at: 1, runId }));
    expect(plan[0]).toMatch(/^SEARCH executions USING INDEX executions_(queued|by_state) /);
    expect(plan.filter((line) => /SCAN|TEMP B-TREE/.test(line))).toEqual([]);
  });
});
