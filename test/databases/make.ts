/**
 * Makes the fixtures of `old-databases.test.ts` with the program as it is, before its schema or a document of it
 * changes: `node test/databases/make.ts`. README.md says what they hold.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { openDatabase, type ProjectStore, type StorePlace } from "../../src/store/index.ts";
import { MIGRATIONS } from "../../src/store/migrate.ts";
import { startPostgres } from "../../src/store/postgres/test-server.ts";
import { tell } from "./tell.ts";

const FOLDER = import.meta.dirname;
const COMMAND = join(FOLDER, "../../src/cli/main.ts");
const PROJECT = "demo";
/** The machine that the records name, and that no test runs on. */
const MACHINE = "laptop";

/** Its first attempt fails, and the second one is due in twenty seconds, long before a test goes on with it. */
const PATIENT = `- step:
    name: patient
    image: bash
    retry: {limit: 1, backoff: 20s}
    command:
      - echo first > $VH_OUTPUTS_DIR/first.txt
      - exit 4
`;

interface Records {
  readonly place: StorePlace;
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  run(sql: string): Promise<unknown>;
  /** Leaves the records where the archive takes them from. */
  keep(state: string): void;
}

// The records would name this machine; the name of another one is the root user's to give, within a namespace.
if (hostname() === MACHINE) await makeAll(`schema-${MIGRATIONS.length}`);
else {
  const again = ["sh", "-c", `hostname ${MACHINE} && exec "$0" "$@"`, process.execPath, ...process.argv.slice(1)];
  execFileSync("unshare", ["--uts", ...again], { stdio: "inherit" });
}

async function makeAll(schema: string): Promise<void> {
  const root = makeFolder();
  const file = join(root, PROJECT, ".headrace/headrace.db");
  await make(root, {
    place: { file },
    env: {},
    name: schema,
    run: async (sql) => {
      const database = new Sqlite(file);
      database.exec(sql);
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.close();
    },
    keep: () => undefined,
  });
  await using server = await startPostgres();
  const url = await server.createDatabase("old");
  const options = ["--inserts", "--no-owner", "--no-privileges", "--dbname", url];
  await make(makeFolder(), {
    place: { url },
    env: { HEADRACE_DATABASE_URL: url, HEADRACE_PROJECT: PROJECT },
    name: `${schema}-postgres`,
    run: (sql) => server.query(`set search_path to headrace; ${sql}`, "old"),
    keep: (state) => {
      const dump = execFileSync("pg_dump", options, { encoding: "utf8" });
      // `\restrict` is for psql, and the tests hand the text to a server themselves.
      writeFileSync(join(state, "dump.sql"), dump.replaceAll(/^\\.*$/gm, ""));
    },
  });
}

function makeFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "headrace-old-"));
  const demo = join(root, PROJECT);
  mkdirSync(demo);
  execFileSync("tar", ["-xzf", join(FOLDER, "schema-5.tar.gz"), "-C", demo, "--exclude", "./.headrace"]);
  appendFileSync(join(demo, "valohai.yaml"), PATIENT);
  return root;
}

async function make(root: string, records: Records): Promise<void> {
  const demo = join(root, PROJECT);
  const state = join(demo, ".headrace");
  const own = { HOME: root, PATH: "/usr/bin:/bin", LANG: "C.UTF-8", HEADRACE_ENVIRONMENT: "local", NO_COLOR: "1" };
  const env = { ...own, ...records.env };
  const start = (...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [COMMAND, ...args], { cwd: demo, env, stdio: ["ignore", "ignore", "inherit"] });
  const headrace = async (...args: readonly string[]): Promise<void> => void (await once(start(...args), "exit"));
  await headrace("run", "daily", "--title", "first", "--tag", "nightly");
  for (const target of ["daily", "failing", "flaky"]) await headrace("run", target);
  await headrace("run", "train", "--input", "data=code/numbers.txt", "--rate", "0.25");
  await headrace("note", "1", "looks good");
  await headrace("tag", "1", "best");
  await using database = await openDatabase(records.place);
  const [project] = await database.installation.listProjects();
  const store = await database.project(project?.id ?? "");
  const stopped = start("run", "slow", "--seconds", "60");
  await until(store, 12, (nodes) => nodes.get("slow") === "active");
  await Promise.all([headrace("stop", "12"), once(stopped, "exit")]);
  await kill(start("run", "halfway"), () => until(store, 14, (nodes) => nodes.get("slow") === "active"));
  await kill(start("run", "patient"), () => until(store, 16, (nodes) => nodes.get("patient") === "retrying"));
  killSteps(state);
  for (const [table, column] of [
    ["engines", "identity"],
    ["engines", "pool"],
    ["runs", "pool"],
  ])
    await records.run(
      `update ${table} set ${column} = replace(${column}, '${state}', '/home/ada/${PROJECT}/.headrace')`,
    );
  for (const { id } of (await store.lists.executions({ limit: 100 })).items.filter((each) => each.state === "started"))
    rmSync(join(state, "executions", id), { recursive: true });
  for (const name of ["owners", "cache"]) rmSync(join(state, name), { recursive: true, force: true });
  const told = await tell(store);
  await database[Symbol.asyncDispose]();
  records.keep(state);
  writeFileSync(join(FOLDER, `${records.name}.told.json.gz`), gzipSync(JSON.stringify(told, undefined, 1)));
  execFileSync("tar", ["-czf", join(FOLDER, `${records.name}.tar.gz`), "--owner=0", "--group=0", "-C", demo, "."]);
  rmSync(root, { recursive: true });
}

/** Waits for the nodes of a run; `retrying` is said of one that waits for another attempt. */
async function until(
  store: ProjectStore,
  number: number,
  isSo: (nodes: ReadonlyMap<string, string>) => boolean,
): Promise<void> {
  for (;;) {
    const run = (await store.lists.runs({ limit: 100 })).items.find((each) => each.number === number);
    const nodes = run === undefined ? [] : await store.nodes.list(run.id);
    if (isSo(new Map(nodes.map((node) => [node.name, node.waitingFor !== undefined ? "retrying" : node.state]))))
      return;
    await delay(50);
  }
}

async function kill(engine: ChildProcess, when: () => Promise<void>): Promise<void> {
  await when();
  // The step has begun, too.
  await delay(1_000);
  engine.kill("SIGKILL");
  await once(engine, "exit");
}

function killSteps(state: string): void {
  for (const path of globSync(join(state, "executions/*/control/pid"))) {
    const pid = Number(/^\d+/.exec(readFileSync(path, "utf8"))?.[0]);
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended long ago.
    }
  }
}
