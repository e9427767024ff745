import { expect, test } from "vitest";
import { statement } from "../database.ts";
import { openDatabase } from "../index.ts";
import { MIGRATIONS, migrate } from "../migrate.ts";
import { openPostgres } from "./open-postgres.ts";
import { startPostgres, whyNoPostgres } from "./test-server.ts";

const RUN = "01a228ca-dc52-74c3-a990-d5a0cebc4d75";
const EXECUTION = "01a228ca-dc52-74c3-a990-d5a0cebc4d76";
const BODIES = [
  { kind: "run-created", runId: RUN, number: 1, name: "späť" },
  { kind: "execution-state", runId: RUN, executionId: EXECUTION, node: "a", state: "started" },
  { kind: "stop-requested", runId: RUN },
];

test.skipIf(whyNoPostgres() !== undefined)("a database of schema 5 is brought forward with its events", async () => {
  await using server = await startPostgres();
  const url = await server.createDatabase("former");
  {
    await using former = await openPostgres({ url, readOnly: false, lockTimeoutMs: 5_000 });
    await migrate(former, MIGRATIONS.slice(0, 5));
    await former.run(statement("insert into projects (name, next_number, created_at) values ('p', 3, 1)"), {});
    await former.run(
      statement<{ id: string }>(`
        insert into runs (id, project_key, number, kind, name, state, tags, parameters, commit_id, jobs, created_at)
        values (:id, 1, 1, 'step', 'p', 'created', '["x"]', '{}', '~c', 1, 1)`),
      { id: RUN },
    );
    const insert = statement<{ body: string }>(
      "insert into events (project_key, run_key, at, body) values (1, 1, 7, :body)",
    );
    await former.runMany(
      insert,
      [...BODIES, BODIES[2]].map((body) => ({ body: JSON.stringify(body) })),
    );
    await former.run(statement("delete from events where id = 4"), {});
  }
  await using database = await openDatabase({ url });
  const store = await database.project("p");
  const events = await store.events.list({ afterId: 0, limit: 9 });
  expect(events.map(({ id, body, subject }) => ({ id, body, subject }))).toEqual([
    { id: 1, body: BODIES[0], subject: { kind: "run", id: RUN } },
    { id: 2, body: BODIES[1], subject: { kind: "execution", id: EXECUTION } },
    { id: 3, body: BODIES[2], subject: { kind: "run", id: RUN } },
  ]);
  expect(await store.runs.get(RUN)).toMatchObject({ tags: ["x"], state: "created" });
  await store.events.remark({ runId: RUN }, [{ kind: "warning", message: "x" }], 8);
  // An id that was given once is not given again.
  expect((await store.events.list({ afterId: 3, limit: 9 })).map(({ id }) => id)).toEqual([5]);
});
