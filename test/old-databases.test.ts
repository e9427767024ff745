import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { subjectOf } from "../src/store/events/event.ts";
import { type EventRecord, openDatabase, type ProjectStore } from "../src/store/index.ts";
import { isOnPostgres, ProjectRig } from "./rig.ts";

const FOLDER = join(import.meta.dirname, "databases");
const SCHEMAS = readdirSync(FOLDER).flatMap((name) => /^schema-\d+(?=\.tar\.gz$)/.exec(name) ?? []);

function extract(schema: string): ProjectRig {
  const rig = new ProjectRig();
  execFileSync("tar", ["-xzf", join(FOLDER, `${schema}.tar.gz`), "-C", rig.root]);
  return rig;
}

/** What the store of that schema's program told. */
function toldBy(schema: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(join(FOLDER, `${schema}.told.json.gz`))).toString());
}

/** The same questions to today's store. */
async function tell(store: ProjectStore): Promise<unknown> {
  const runs = await store.runs.list({ limit: 100 });
  const executions = await store.executions.list({ limit: 100 });
  const told = {
    runs,
    executions,
    plans: await Promise.all(runs.map((run) => store.nodes.getPlan(run.id))),
    nodes: await Promise.all(runs.map((run) => store.nodes.list(run.id))),
    points: await Promise.all(executions.map(({ id }) => store.metadata.list(id, { limit: 10_000 }))),
    outputs: await Promise.all(executions.map(({ id }) => store.data.listOutputs(id))),
    inputs: await Promise.all(executions.map(({ id }) => store.data.listInputFiles(id))),
    fingerprints: await Promise.all(executions.map(async ({ id }) => (await store.reuse.getFingerprint(id)) ?? null)),
    events: await store.events.list({ afterId: 0, limit: 1_000 }),
    engines: await store.engines.list(),
    snapshot: await store.snapshots.get(runs[0]?.commit ?? ""),
  };
  return JSON.parse(JSON.stringify(told));
}

describe.skipIf(isOnPostgres).each(SCHEMAS)("a database of %s", (schema) => {
  test.each([false, true])("tells what it told (opened for reading only: %s)", async (readOnly) => {
    await using rig = extract(schema);
    await using database = await openDatabase({ file: join(rig.root, ".headrace/headrace.db"), readOnly });
    const [project] = await database.installation.listProjects();
    expect(project).toMatchObject({ name: "demo-9ce55d3b", id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(await tell(await database.project(project?.id ?? ""))).toMatchObject(toldBy(schema) as object);
  });

  test("has events about runs and executions, and goes on counting them", async () => {
    await using rig = extract(schema);
    const file = join(rig.root, ".headrace/headrace.db");
    const newest = (toldBy(schema) as { events: EventRecord[] }).events.at(-1)?.id ?? 0;
    const former = new Sqlite(file);
    former.prepare("delete from events where id > ?").run(newest - 10);
    former.close();
    await using database = await openDatabase({ file });
    const store = await database.ensureProject({ name: "demo", orOnly: true });
    const events = await store.events.list({ afterId: 0, limit: 1_000 });
    expect(events).toHaveLength(newest - 10);
    expect(events.map(({ subject }) => subject)).toEqual(events.map(({ body }) => subjectOf(body)));
    const [run] = await store.runs.list({ limit: 1 });
    await store.events.add({ kind: "warning", runId: run?.id ?? "", message: "x" }, 1);
    expect((await store.events.list({ afterId: newest - 10, limit: 9 })).map(({ id }) => id)).toEqual([newest + 1]);
  });

  test("a folder keeps the id that its steps knew", async () => {
    await using rig = extract(schema);
    const id = crypto.randomUUID();
    const open = async (wanted: { readonly name: string; readonly id: string }): Promise<string> => {
      await using database = await openDatabase({ file: join(rig.root, ".headrace/headrace.db") });
      return (await database.ensureProject({ ...wanted, orOnly: true })).project.id;
    };
    expect(await open({ name: "moved-12345678", id })).toBe(id);
    expect(await open({ name: "moved-again", id: crypto.randomUUID() })).toBe(id);
  });

  test("is listed, explained, resumed and reproduced", { timeout: 180_000 }, async () => {
    await using rig = extract(schema);
    const listed = await rig.json<readonly { readonly number: number; readonly state: string; readonly tags: readonly string[] }[]>(
      0,
      "ls",
    );
    expect(listed.map(({ number, state }) => `${number} ${state}`)).toEqual([
      ...["14 started", "12 stopped", "10 complete", "7 error", "5 error", "4 complete", "1 complete"],
    ]);
    expect(listed.at(-1)).toMatchObject({ title: "first", note: "looks good", tags: ["nightly", "best"] });
    expect(await rig.json(0, "why", "4")).toMatchObject([
      { node: "prepare", outcome: "reused", comparedWith: 2, text: "nothing that counts has changed since execution 2" },
      { node: "train", outcome: "reused", comparedWith: 3, text: "nothing that counts has changed since execution 3" },
    ]);
    expect(await rig.json(0, "why", "9")).toMatchObject([{ node: "flaky", outcome: "ran" }]);
    expect((await rig.headrace("logs", "5")).stdout).toContain("about to fail");

    // Its engine was another machine's, and is silent for ten seconds before it is taken for dead.
    const resumed = await rig.json<{ readonly state: string }>(0, "resume", "14");
    expect(resumed).toMatchObject({
      state: "complete",
      nodes: [{ reused: true }, { state: "complete", attempts: 2 }, { state: "complete" }],
    });
    for (const number of [1, 10]) {
      const result = await rig.headrace("reproduce", `${number}`);
      expect(`${result.code} ${result.stdout}`).toMatch(new RegExp(`^0 [^]*run \\d+ is byte for byte what ${number} was`));
    }
  });
});
