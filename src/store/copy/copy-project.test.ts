import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOf, newRun, planOf, queueNode, startNode } from "../conformance/rig.ts";
import { openTestStore } from "../fixtures/open-test-store.ts";
import { copyProject, type ProjectStore } from "../index.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "../postgres/test-server.ts";
import { COPIED_TABLES, TABLES_OF_INSTALLATION } from "./copied-tables.ts";
import type { ProjectPlace } from "./copy-project.ts";

const noServer = whyNoPostgres() !== undefined;
const folder = mkdtempSync(join(tmpdir(), "headrace-copy-"));
let server: TestServer | undefined;
let made = 0;

beforeAll(async () => {
  if (!noServer) server = await startPostgres();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

type Kind = "file" | "server";

/** A database that nobody has opened yet. */
async function newPlace(kind: Kind, projectName: string): Promise<ProjectPlace> {
  const name = `copy_${++made}`;
  if (kind === "file") return { file: join(folder, `${name}.db`), name: projectName };
  return { url: (await server?.createDatabase(name)) ?? "", name: projectName };
}

/** A project with something in every table; its runs have ended. */
async function fill(store: ProjectStore): Promise<void> {
  for (const tags of [[], ["nightly", "späť"]]) {
    const run = await store.runs.create(newRun({ tags, title: "it’s\0 “new”", plan: planOf(["a", "b", "c"]) }));
    await store.runs.setState(run.id, { state: "started", at: 2 });
    const { id, fence } = await startNode(store, run, "a");
    const datum = await store.data.add(
      { name: "in.csv", sizeBytes: 2 ** 40, sha256: "b".repeat(64), uri: "file:///in", properties: {} },
      3,
    );
    await store.data.setInputFiles(id, fence, [
      { input: "data", name: "in.csv", uri: "file:///in", datumId: datum.id, sha256: datum.sha256, sizeBytes: 2 ** 40 },
    ]);
    const points = Array.from({ length: 2_500 }, (_, index) => ({
      offset: index * 7,
      at: index,
      values: { epoch: index, text: "ß\u0000" },
    }));
    await store.metadata.add(id, fence, points);
    await store.runs.requestStop({ runId: run.id, executionId: id }, 4);
    const output = { name: "model", sizeBytes: 1, sha256: "a".repeat(64), properties: { epoch: 1 } };
    await store.executions.finish(id, fence, {
      state: "error",
      reason: "exit code 1",
      exitCode: 1,
      outputs: [output],
      at: 5,
    });
    await store.nodes.skip(run.id, ["b", "c"], "“a” failed", 6);
    await store.runs.setState(run.id, { state: "error", reason: "“a” failed", at: 7 });
  }
  await store.snapshots.add({
    identifier: "~x",
    manifestSha256: "c".repeat(64),
    fileCount: 3,
    sizeBytes: 9,
    createdAt: 1,
  });
}

/** Everything that the store tells of the project. */
async function tell(store: ProjectStore): Promise<unknown> {
  const runs = (await store.lists.runs({ limit: 100 })).items;
  const executions = (await store.lists.executions({ limit: 100 })).items;
  return {
    runs: runs.map((run) => ({ ...run, title: run.title?.replaceAll("\0", "\uFFFD") })),
    tagged: (await store.lists.runs({ limit: 10, tags: ["nightly"], states: ["error"] })).items.map(
      (run) => run.number,
    ),
    executions,
    plans: await Promise.all(runs.map((run) => store.nodes.getPlan(run.id))),
    nodes: await Promise.all(runs.map((run) => store.nodes.list(run.id))),
    points: await Promise.all(executions.map(({ id }) => store.metadata.list(id, { limit: 10_000 }))),
    outputs: await Promise.all(executions.map(({ id }) => store.data.listOutputs(id))),
    inputs: await Promise.all(executions.map(({ id }) => store.data.listInputFiles(id))),
    fetched: await store.data.findByUri("file:///in"),
    events: await eventsOf(store),
    eventsOfRuns: await Promise.all(runs.map((run) => eventsOf(store, run.id))),
    snapshot: await store.snapshots.get("~x"),
  };
}

async function at<T>(place: ProjectPlace, work: (store: ProjectStore) => Promise<T>): Promise<T> {
  await using store = await openTestStore({ ...place, projectName: place.name });
  return await work(store);
}

test("every table and column of the schema is copied", async () => {
  const place = await newPlace("file", "p");
  await at(place, async () => {});
  const connection = new Sqlite(place.file ?? "");
  const columns = connection
    .prepare(
      `select tables.name || '.' || columns.name from sqlite_master as tables join pragma_table_info(tables.name) as columns
       where tables.type = 'table' and tables.name not like 'sqlite%'
         and tables.name not in (${TABLES_OF_INSTALLATION.map((name) => `'${name}'`).join()})`,
    )
    .pluck()
    .all() as string[];
  connection.close();
  expect(COPIED_TABLES.flatMap((table) => table.columns.map((column) => `${table.name}.${column}`)).toSorted()).toEqual(
    columns.toSorted(),
  );
  for (const table of COPIED_TABLES) {
    const keys = table.columns.filter(
      (column) =>
        column === "key" || column.endsWith("_key") || (["events", "audit"].includes(table.name) && column === "id"),
    );
    expect(Object.keys(table.keys).toSorted()).toEqual(keys.toSorted());
  }
});

const WAYS: readonly (readonly [Kind, Kind])[] = [
  ["file", "file"],
  ["file", "server"],
  ["server", "file"],
  ["server", "server"],
];

describe.each(WAYS)("from a %s to a %s", (fromKind, toKind) => {
  const skipped = noServer && (fromKind === "server" || toKind === "server");

  test.skipIf(skipped)("nothing is lost, and the project goes on where it was", async () => {
    const from = await newPlace(fromKind, "demo");
    const to = await newPlace(toKind, "demo there");
    await at(from, fill);
    await at({ ...to, name: "neighbour" }, fill);
    const before = await at(from, tell);
    const progress: string[] = [];
    const report = await copyProject(from, to, (table, rows) => progress.push(`${table} ${rows}`));
    expect(progress.filter((line) => line.startsWith("metadata_points"))).toEqual(
      [1, 2, 3, 4, 5].map((page) => `metadata_points ${page * 1_000}`),
    );
    expect([report.from, report.to].join(" ")).not.toContain(server?.password ?? "no server");
    expect(Object.fromEntries(report.tables.map(({ name, rows }) => [name, rows]))).toMatchObject({
      runs: 2,
      run_tags: 2,
      executions: 2,
      events: 26,
    });
    expect(await at(to, tell)).toEqual(before);
    expect(await at(from, tell)).toEqual(before);
    const idOf = (store: ProjectStore) => Promise.resolve(store.project.id);
    expect(await at(to, idOf)).toBe(await at(from, idOf));
    await at(to, async (store) => {
      const lastEvent = (await store.events.list({ afterId: 0, limit: 100 })).at(-1)?.id ?? 0;
      const run = await store.runs.create(newRun());
      expect(run.number).toBe(5);
      const { id, fence } = await startNode(store, run, "a");
      await store.executions.finish(id, fence, { state: "complete", exitCode: 0, outputs: [], at: 9 });
      expect((await store.events.list({ afterId: lastEvent, limit: 10 })).map((event) => event.body.kind)).toHaveLength(
        6,
      );
    });
    await at({ ...to, name: "neighbour" }, async (store) => expect((await store.runs.create(newRun())).number).toBe(5));
  });

  test.skipIf(skipped)("a target that has the project is left alone", async () => {
    const from = await newPlace(fromKind, "demo");
    const to = await newPlace(toKind, "demo");
    await at(from, fill);
    await at(to, async (store) => store.runs.create(newRun()));
    const before = await at(to, tell);
    await expect(copyProject(from, to)).rejects.toMatchObject({
      code: "HR_CONFLICT",
      message: expect.stringMatching(/^the database .* holds records of the project “demo” already$/),
      hint:
        toKind === "server"
          ? "give the project another name there, or another database"
          : "move that file away, with its -wal and -shm",
    });
    expect(await at(to, tell)).toEqual(before);
  });
});

test.skipIf(noServer)("a second copy in one database is refused, whatever it is called", async () => {
  const from = await newPlace("file", "demo");
  const to = await newPlace("server", "one");
  await at(from, fill);
  await copyProject(from, to);
  await expect(copyProject(from, { ...to, name: "two" })).rejects.toMatchObject({
    code: "HR_CONFLICT",
    message: expect.stringMatching(/ holds this project already, as “one”$/),
    hint: "`HEADRACE_PROJECT=one` opens it there; or give another database",
  });
});

test("what has been copied to a file once is not copied there again", async () => {
  const from = await newPlace("file", "demo");
  const to = await newPlace("file", "demo");
  await at(from, fill);
  await copyProject(from, to);
  await expect(copyProject(from, to)).rejects.toMatchObject({
    code: "HR_CONFLICT",
    message: expect.stringMatching(/ holds this project already, as “demo”$/),
    hint: "move that file away, with its -wal and -shm, if its records are no longer wanted",
  });
});

test.each<readonly [string, (store: ProjectStore) => Promise<unknown>, string]>([
  [
    "an execution is queued",
    async (store) => queueNode(store, await store.runs.create(newRun()), "a"),
    "execution 2 is queued",
  ],
  [
    "an execution is started",
    async (store) => startNode(store, await store.runs.create(newRun()), "a"),
    "execution 2 is started and held by host:1:1",
  ],
  ["a run has not ended", (store) => store.runs.create(newRun()), "run 1 has not ended (created)"],
])("refused while %s", async (_, begin, what) => {
  const from = await newPlace("file", "demo");
  await at(from, begin);
  await expect(copyProject(from, await newPlace("file", "demo"))).rejects.toMatchObject({
    code: "HR_CONFLICT",
    message: `${what}: a project is moved only while nothing runs`,
    hint: "let it end (resuming the run where nothing drives it), or end it by stopping the run; then try again",
  });
});

test("a database is not copied into itself", async () => {
  const place = await newPlace("file", "demo");
  await at(place, fill);
  await expect(copyProject(place, place)).rejects.toMatchObject({
    code: "HR_CONFLICT",
    message: `the database ${place.file} is both the source and the target`,
    hint: "name another database",
  });
});

test.skipIf(noServer)("an unknown project is named", async () => {
  const from = await newPlace("server", "demo");
  await expect(copyProject(from, await newPlace("file", "demo"))).rejects.toMatchObject({
    code: "HR_NOT_FOUND",
    message: expect.stringMatching(/ has no project “demo”$/),
    hint: "check the database and the project's name",
  });
});
