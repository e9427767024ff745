import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { subjectOf } from "../src/store/events/event.ts";
import { type EventRecord, openDatabase } from "../src/store/index.ts";
import { tell } from "./databases/tell.ts";
import { isOnPostgres, ProjectRig, type RunningCommand } from "./rig.ts";

const FOLDER = join(import.meta.dirname, "databases");
const NAMES = readdirSync(FOLDER).flatMap((name) => /^schema-\d+(-postgres)?(?=\.tar\.gz$)/.exec(name)?.[0] ?? []);
const SCHEMAS = NAMES.filter((name) => !name.endsWith("-postgres"));
/** The project's name in the databases on PostgreSQL. */
const PROJECT = "demo";

function extract(schema: string): ProjectRig {
  return unpack(new ProjectRig(), schema);
}

function unpack<Rig extends ProjectRig>(rig: Rig, schema: string): Rig {
  execFileSync("tar", ["-xzf", join(FOLDER, `${schema}.tar.gz`), "-C", rig.root]);
  return rig;
}

/** Returns what the store of that schema's program told, in the words of today's. */
function toldBy(schema: string): unknown {
  const told = JSON.parse(gunzipSync(readFileSync(join(FOLDER, `${schema}.told.json.gz`))).toString()) as Told;
  return {
    ...told,
    nodes: told.nodes.map((nodes) => nodes.map(withWaitingFor)),
    events: told.events.map(({ v: _, ...event }) => ({ ...event, body: withWaitingFor(event.body) })),
  };
}

interface Told {
  readonly nodes: readonly (readonly object[])[];
  readonly events: readonly { readonly body: object; readonly v?: number }[];
}

/** Up to schema 14, a node and its event had the time of the next attempt alone. */
function withWaitingFor<T extends object>(told: T): T {
  if (!("retryAt" in told)) return told;
  const { retryAt, ...rest } = told;
  const attempt = "name" in told ? { attempt: 2 } : {};
  return { ...rest, waitingFor: { kind: "retry", ...attempt, at: retryAt } } as unknown as T;
}

/** Runs of the fixtures; README.md there says what they are. */
function runsOf(schema: string): readonly string[] {
  const first = ["14 started", "12 stopped", "10 complete", "7 error", "5 error", "4 complete", "1 complete"];
  return schema === "schema-5" ? first : ["16 started", ...first];
}

/** A project whose records are in a database of its own on the server of these tests. */
class PostgresRig extends ProjectRig {
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
  }

  override start(...args: readonly string[]): RunningCommand {
    return this.startIn(this.root, { HEADRACE_DATABASE_URL: this.url, HEADRACE_PROJECT: PROJECT }, ...args);
  }
}

async function restore(schema: string): Promise<PostgresRig> {
  const shared = new URL(process.env.HEADRACE_DATABASE_URL ?? "");
  const name = `old_${crypto.randomUUID().replaceAll("-", "")}`;
  await query(shared.href, `create database ${name}`);
  const url = new URL(shared);
  url.pathname = `/${name}`;
  const rig = unpack(new PostgresRig(url.href), schema);
  // The project has moved here, with its files.
  const dump = rig.read(".headrace/dump.sql").replaceAll("laptop:/home/ada/demo", `${hostname()}:${rig.root}`);
  await query(rig.url, dump);
  return rig;
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function isListedExplainedResumedAndReproduced(rig: ProjectRig, schema: string): Promise<void> {
  const listed = await rig.json<
    readonly { readonly number: number; readonly state: string; readonly tags: readonly string[] }[]
  >(0, "ls");
  expect(listed.map(({ number, state }) => `${number} ${state}`)).toEqual(runsOf(schema));
  expect(listed.at(-1)).toMatchObject({ title: "first", note: "looks good", tags: ["nightly", "best"] });
  expect(await rig.json(0, "why", "4")).toMatchObject([
    {
      node: "prepare",
      outcome: "reused",
      comparedWith: 2,
      text: "nothing that counts has changed since execution 2",
    },
    { node: "train", outcome: "reused", comparedWith: 3, text: "nothing that counts has changed since execution 3" },
  ]);
  expect(await rig.json(0, "why", "9")).toMatchObject([{ node: "flaky", outcome: "ran" }]);
  expect(await rig.json(0, "info", "7")).toMatchObject({
    run: {
      nodes: [
        {
          ...{ name: "flaky", state: "error", earlierAttempts: [{ number: 8, attempt: 1, state: "error" }] },
          execution: { number: 9, attempt: 2 },
        },
      ],
    },
  });
  expect((await rig.headrace("logs", "5")).stdout).toContain("about to fail");
  expect((await rig.headrace("compare", "3", "11")).stdout).toMatch(/rate +0\.5 +0\.25/);

  // Its engine was another machine's, and is silent for ten seconds before it is taken for dead.
  const resumed = await rig.json<{ readonly state: string }>(0, "resume", "14");
  expect(resumed).toMatchObject({
    state: "complete",
    nodes: [{ reused: true }, { state: "complete", attempts: 2 }, { state: "complete" }],
  });
  for (const number of [1, 10]) {
    const result = await rig.headrace("reproduce", `${number}`);
    expect(`${result.code} ${result.stdout}`).toMatch(
      new RegExp(`^0 [^]*run \\d+ is byte for byte what ${number} was`),
    );
  }
}

/** The second attempt fails as the first one did. */
async function isTriedAgain(rig: ProjectRig): Promise<void> {
  expect(await rig.json(0, "info", "16")).toMatchObject({
    run: { nodes: [{ state: "waiting", waitingFor: { kind: "retry", attempt: 2, at: expect.any(String) } }] },
  });
  expect(await rig.json(1, "resume", "16")).toMatchObject({
    state: "error",
    nodes: [
      {
        ...{ state: "error", reason: "it exited with code 4" },
        earlierAttempts: [{ number: 17, attempt: 1, reason: "it exited with code 4" }],
        execution: { attempt: 2 },
      },
    ],
  });
}

describe.skipIf(isOnPostgres).each(SCHEMAS)("a database of %s", (schema) => {
  test.each([false, true])("tells what it told (opened for reading only: %s)", async (readOnly) => {
    await using rig = extract(schema);
    await using database = await openDatabase({ file: join(rig.root, ".headrace/headrace.db"), readOnly });
    const [project] = await database.installation.listProjects();
    const name = expect.stringMatching(/^demo-[0-9a-f]{8}$/);
    expect(project).toMatchObject({ name, id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
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
    const [run] = (await store.lists.runs({ limit: 1 })).items;
    await store.events.remark({ runId: run?.id ?? "" }, [{ kind: "warning", message: "x" }], 1);
    expect((await store.events.list({ afterId: newest - 10, limit: 9 })).map(({ id }) => id)).toEqual([newest + 1]);
  });

  test("a folder keeps the id that its steps knew", async () => {
    await using rig = extract(schema);
    const id = crypto.randomUUID();
    const open = async (wanted: { readonly name: string; readonly id: string }): Promise<string> => {
      await using database = await openDatabase({ file: join(rig.root, ".headrace/headrace.db") });
      return (await database.ensureProject({ ...wanted, orOnly: true })).project.id;
    };
    // Records have told the project's id since schema 6.
    const { events } = toldBy(schema) as { events: Partial<EventRecord>[] };
    const kept = events[0]?.project ?? id;
    expect(await open({ name: "moved-12345678", id })).toBe(kept);
    expect(await open({ name: "moved-again", id: crypto.randomUUID() })).toBe(kept);
  });

  test("is listed, explained, compared, resumed and reproduced", async () => {
    await using rig = extract(schema);
    await isListedExplainedResumedAndReproduced(rig, schema);
  });

  test.skipIf(schema === "schema-5")("a node that waited for another attempt has it", async () => {
    await using rig = extract(schema);
    await isTriedAgain(rig);
  });
});

describe.skipIf(!isOnPostgres).each(NAMES.filter((name) => !SCHEMAS.includes(name)))("a database of %s", (schema) => {
  test("tells what it told", async () => {
    await using rig = await restore(schema);
    await using database = await openDatabase({ url: rig.url });
    const told = (await tell(await database.project(PROJECT))) as { engines: readonly { readonly host: string }[] };
    const { engines: _, runs, ...expected } = toldBy(schema) as { engines: unknown; runs: readonly object[] };
    expect(told).toMatchObject({ ...expected, runs: runs.map((run) => ({ ...run, pool: expect.any(String) })) });
    expect(told.engines.map(({ host }) => host)).toEqual(["laptop", "laptop"]);
  });

  test("is listed, explained, compared, resumed and reproduced", async () => {
    await using rig = await restore(schema);
    await isListedExplainedResumedAndReproduced(rig, schema);
    await isTriedAgain(rig);
  });
});
