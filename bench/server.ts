/**
 * Measures a real server (`headrace serve --home`, as it is built), each figure with the processor time of the server
 * beside it, since the clients of the benchmark need the same processors.
 *
 *     npm run build && node bench/server.ts [--url start] [--rows 1000000] [--only lists,runs,…]
 *
 * With `--url start` on a PostgreSQL of its own, else on SQLite.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { freePort } from "../src/server/listen.ts";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { encodeManifest } from "../src/snapshots/index.ts";
import { startPostgres, type TestServer } from "../src/store/postgres/test-server.ts";
import { fillProject, type Records } from "./server/fill-project.ts";
import { listPages } from "./server/list-pages.ts";
import { followAt, type HomePlace, latencies, percentile, ServedHome, told } from "./server/served-home.ts";
import { report } from "./store/accounting.ts";

const { values: options } = parseArgs({
  options: {
    url: { type: "string" },
    rows: { type: "string", default: "1000000" },
    only: { type: "string", default: "start,lists,runs,logs,files,followers,streams,accounting,idle" },
    calls: { type: "string", default: "60" },
    lines: { type: "string", default: "1000000" },
  },
});
const CALLS = Number(options.calls);
const LINES = Number(options.lines);
const wanted = new Set(options.only.split(","));
const FILE_MB = 256;
const MB = 1_048_576;
/** A row takes some minutes, also where others use the machine. */
const LIMIT_MINUTES = 10;

const CONFIGURATION = `
- step: {name: nothing, image: alpine, command: 'true'}
- step: {name: talk, image: alpine, command: 'node -e ''let n = 0; setInterval(() => { let t = ""; for (let i = 0; i < 50; i++) t += Date.now() + " line " + n++ + "\\n"; process.stdout.write(t); if (n >= 1500000) process.exit() }, 10)'''}
- step: {name: long, image: alpine, command: 'seq -f "2026-01-01 00:00:00 INFO step %.0f reading batch of shard-07" ${LINES}'}
- step: {name: large, image: alpine, command: 'head -c ${FILE_MB}M /dev/urandom > "$VH_OUTPUTS_DIR/large.bin"'}
- pipeline:
    name: wide
    nodes: [${Array.from({ length: 1_000 }, (_, index) => `{name: n${index}, type: execution, step: nothing}`).join(", ")}]
    edges: []
`;

const root = mkdtempSync(join(tmpdir(), "headrace-bench-server-"));
let postgres: TestServer | undefined;
// Servers and steps outlive a benchmark that is ended, unless they are ended with it.
process.once("exit", () => {
  for (const folder of [root, postgres?.folder]) {
    if (folder === undefined) continue;
    ServedHome.killWithin(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
if (options.url === "start") postgres = await startPostgres({ max_connections: 200 });
try {
  const records: Records =
    postgres === undefined ? { file: join(root, "home/headrace.db") } : { url: await postgres.createDatabase("bench") };
  await measure({ root, environment: "url" in records ? { HEADRACE_DATABASE_URL: records.url } : {} }, records);
} finally {
  await postgres?.[Symbol.asyncDispose]();
}
// A connection that was left open must not keep it from its end.
process.exit();

async function measure(place: HomePlace, records: Records): Promise<void> {
  await ServedHome.timeToAnswer(place);
  if (wanted.has("start")) await startUp(place);
  const server = await ServedHome.start(place, "--jobs", "2");
  let rows: string | undefined;
  try {
    await server.logIn();
    const project = await projectWithCode(server, "bench");
    if (wanted.has("start")) await row("start", () => atRest(server));
    if (wanted.has("runs")) await row("runs", () => runs(server, project));
    if (wanted.has("logs")) await row("logs", () => logs(server, project));
    if (wanted.has("files")) await row("files", () => files(server, project));
    if (wanted.has("followers")) await row("followers", () => followers(server, project));
    if (wanted.has("streams")) await row("streams", () => streams(server, project));
    rows = wanted.has("lists")
      ? await server.json("/projects/", post({ name: "rows" })).then(({ id }) => id)
      : undefined;
  } finally {
    await server.stop();
  }
  if (wanted.has("accounting")) await row("accounting", () => accounting(place));
  if (wanted.has("idle")) await row("idle", () => idle(place, postgres));
  // At the end: its rows are in the way of nobody.
  const project = rows;
  if (project !== undefined) await row("lists", () => lists(place, records, project));
}

/**
 * One of the rows. A server that answers no more must not stop the whole benchmark: after a while the row fails and
 * says so, and what it started is killed.
 */
async function row(name: string, work: () => Promise<void>): Promise<void> {
  const running = ServedHome.running;
  const over = Promise.withResolvers<never>();
  const limit = setTimeout(() => over.reject(new Error(`${LIMIT_MINUTES} minutes are over`)), LIMIT_MINUTES * 60_000);
  try {
    await Promise.race([work(), over.promise]);
  } catch (error) {
    process.exitCode = 1;
    report(`${name}: no figure`, String(error).slice(0, 300));
    await ServedHome.killAll(running);
  } finally {
    clearTimeout(limit);
  }
}

function post(body: object): { readonly method: "POST"; readonly body: object } {
  return { method: "POST", body };
}

interface BenchProject {
  readonly id: string;
  readonly commit: string;
}

/** The code of a project, sent file by file. */
async function projectWithCode(server: ServedHome, name: string): Promise<BenchProject> {
  const { id } = await server.json("/projects/", post({ name }));
  return { id, commit: await sendFile(server, id, { path: "valohai.yaml", content: Buffer.from(CONFIGURATION) }) };
}

async function sendFile(
  server: ServedHome,
  project: string,
  { path, content }: { readonly path: string; readonly content: Buffer },
): Promise<string> {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const manifest = encodeManifest([{ path, sha256, size: content.length, executable: false }]);
  const head = `${JSON.stringify({ manifestBytes: manifest.length, sends: [sha256] })}\n`;
  const body = Buffer.concat([Buffer.from(head), manifest, content]);
  return (await server.json(`/projects/${project}/code/`, { method: "POST", body })).commit;
}

async function startRun(server: ServedHome, { id, commit }: BenchProject, target: string): Promise<number> {
  const wish = { target, commit, parameters: [], inputs: [], environmentVariables: {}, fresh: true };
  const plan = await server.json(`/projects/${id}/plans/`, post(wish));
  return (await server.json(`/projects/${id}/runs/`, post({ plan: plan.id }))).number;
}

async function ended(server: ServedHome, { id }: BenchProject, run: number): Promise<void> {
  for (;;) {
    const { state } = await server.json(`/projects/${id}/runs/${run}/`);
    if (state === "complete") return;
    if (state === "error" || state === "stopped") throw new Error(`run ${run} is ${state}`);
    await delay(100);
  }
}

async function begun(server: ServedHome, { id }: BenchProject, run: number): Promise<void> {
  while ((await server.json(`/projects/${id}/executions/?run=${run}&states=started`)).items.length === 0)
    await delay(100);
}

async function stopped(server: ServedHome, { id }: BenchProject, run: number): Promise<void> {
  while ((await server.json(`/projects/${id}/runs/${run}/`)).state !== "stopped") await delay(100);
}

/** A figure, and what the server took of the processors meanwhile. */
async function measured(server: ServedHome, what: string, work: () => Promise<string>): Promise<void> {
  const [cpu, since] = [server.cpuSeconds, performance.now()];
  const figure = await work();
  const seconds = (performance.now() - since) / 1_000;
  report(what, `${figure} (server ${((100 * (server.cpuSeconds - cpu)) / seconds).toFixed(0)} % of a processor)`);
}

async function startUp(place: HomePlace): Promise<void> {
  const [bare, own]: [number[], number[]] = [[], []];
  for (let round = 0; round < 7; round++) {
    const since = performance.now();
    await once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "exit");
    bare.push(performance.now() - since);
    own.push(await ServedHome.timeToAnswer(place));
  }
  const [limit, ms] = [bare, own].map((times) =>
    percentile(
      times.toSorted((a, b) => a - b),
      0.5,
    ),
  ) as [number, number];
  report("start to the first answer", `${ms.toFixed(0)} ms, ${(ms / limit).toFixed(1)} × \`node -e 0\``);
}

async function atRest(server: ServedHome): Promise<void> {
  await delay(5_000);
  const [cpu] = [server.cpuSeconds];
  await delay(10_000);
  report(
    "at rest",
    `${server.memoryMb.toFixed(0)} MB, ${((server.cpuSeconds - cpu) * 10).toFixed(2)} % of a processor`,
  );
}

async function lists(place: HomePlace, records: Records, project: string): Promise<void> {
  await fillProject(records, project, Number(options.rows));
  const server = await ServedHome.start(place, "--only", "api");
  const pages = listPages(project);
  try {
    await server.logIn();
    for (const [what, address] of pages)
      await measured(server, `${what}, of ${Number(options.rows).toLocaleString("en")}`, () =>
        latencies(CALLS, () => server.ask(`/api/v0${address}`)),
      ).catch((error: unknown) => report(what, String(error).slice(0, 200)));
    await measured(server, "twenty of the first page at a time", async () => {
      const times: number[] = [];
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (let call = 0; call < CALLS; call++) times.push((await server.ask(`/api/v0${pages[0]?.[1]}`)).ms);
        }),
      );
      return told(times.toSorted((a, b) => a - b));
    });
  } finally {
    await server.stop();
  }
}

async function runs(server: ServedHome, project: BenchProject): Promise<void> {
  const wide = await startRun(server, project, "wide");
  await measured(server, "a run of 1,000 nodes that do nothing, to its end", async () => {
    const since = performance.now();
    await ended(server, project, wide);
    return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
  });
  const path = `/api/v0/projects/${project.id}`;
  const { id } = await server.json(`/projects/${project.id}/runs/${wide}/`);
  for (const [what, address] of [
    ["the run", `${path}/runs/${wide}/`],
    ["its nodes", `${path}/runs/${wide}/nodes/?limit=1000`],
    ["its executions", `${path}/executions/?limit=1000&run=${wide}`],
    ["the same in Valohai's shape", `/api/v0/pipelines/${id}/`],
  ] as const)
    await measured(server, `of 1,000 nodes: ${what}`, () => latencies(CALLS, () => server.ask(address)));
  const commit = project.commit;
  const wish = { target: "nothing", commit, parameters: [], inputs: [], environmentVariables: {}, fresh: true };
  const started: number[] = [];
  await measured(server, "plan a step", () => latencies(CALLS, () => server.ask(`${path}/plans/`, post(wish))));
  await measured(server, "plan and start a step", () =>
    latencies(CALLS, async () => void started.push(await startRun(server, project, "nothing"))),
  );
  const body = { project: project.id, step: "nothing", commit, inputs: {}, parameters: {} };
  await measured(server, "create an execution as Valohai's clients do", () =>
    latencies(CALLS, () => server.ask("/api/v0/executions/", post(body))),
  );
  await ended(server, project, started.at(-1) ?? 0);
}

async function logs(server: ServedHome, project: BenchProject): Promise<void> {
  const run = await startRun(server, project, "long");
  await ended(server, project, run);
  const path = `/api/v0/projects/${project.id}/records/${run}/log`;
  const of = `a log of ${LINES.toLocaleString("en")} lines`;
  await measured(server, `${of}: all of it`, async () => {
    const { bytes, ms } = await server.ask(`${path}/`, { isLarge: true });
    return `${((bytes / MB / ms) * 1_000).toFixed(0)} MB/s`;
  });
  for (const [what, query] of [
    ["its last 100 lines", "tail=100"],
    ["its first 100 lines", "limit=100"],
  ] as const)
    await measured(server, `${of}: ${what}`, () => latencies(CALLS, () => server.ask(`${path}/lines/?${query}`)));
  await measured(server, `${of}: lines that match`, async () => {
    const { ms } = await server.ask(`${path}/lines/?limit=100&matching=step%20999999%20`);
    return `${ms.toFixed(0)} ms`;
  });
  await measured(server, `${of}: as a stream of lines`, async () => {
    const since = performance.now();
    const stream = await server.follow(`/projects/${project.id}/records/${run}/log/lines/follow/`);
    await once(stream, "end");
    return `${Math.round((LINES / (performance.now() - since)) * 1_000).toLocaleString("en")} lines/s`;
  });
}

async function files(server: ServedHome, project: BenchProject): Promise<void> {
  const content = randomBytes(FILE_MB * MB);
  const file = join(root, "large.bin");
  writeFileSync(file, content);
  const bare = spawn(process.execPath, [join(import.meta.dirname, "server/bare-server.ts"), file], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = await once(bare.stdout, "data");
  const address = `http://127.0.0.1:${String(port).trim()}`;
  const run = await startRun(server, project, "large");
  await ended(server, project, run);
  const { items } = await server.json(`/projects/${project.id}/files/?of=${run}`);
  const ratios = { up: [] as number[], down: [] as number[] };
  let [up, down] = [0, 0];
  for (let round = 0; round < 3; round++) {
    const limits = {
      up: await timeOf(() => bareUpload(address, content)),
      down: await timeOf(() => bareDownload(address)),
    };
    const fresh = Buffer.concat([randomBytes(16), content.subarray(16)]);
    up = await timeOf(() => sendFile(server, project.id, { path: "large.bin", content: fresh }));
    down = await timeOf(() =>
      server.ask(`/api/v0/projects/${project.id}/files/${items[0].id}/content/`, { isLarge: true }),
    );
    ratios.up.push(up / limits.up);
    ratios.down.push(down / limits.down);
  }
  bare.stdin.end();
  const median = (values: number[]): string =>
    percentile(
      values.toSorted((a, b) => a - b),
      0.5,
    ).toFixed(2);
  const rate = (ms: number): string => `${((FILE_MB / ms) * 1_000).toFixed(0)} MB/s`;
  report(`upload of ${FILE_MB} MB`, `${rate(up)}, time by a bare server's ${median(ratios.up)}`);
  report(`download of ${FILE_MB} MB`, `${rate(down)}, time by a bare server's ${median(ratios.down)}`);
  report("memory after both", `${server.memoryMb.toFixed(0)} MB`);
  const small = gzipSync(tarOf({ "valohai.yaml": CONFIGURATION, "a.txt": "a" }));
  await measured(server, "import of a small package", () =>
    latencies(Math.ceil(CALLS / 4), async (index) => {
      const form = new FormData();
      form.append("data", new Blob([small]), "data.tgz");
      form.append("description", String(index));
      const { status } = await fetch(`${server.url}/api/v0/projects/${project.id}/import-package/`, {
        ...{ method: "POST", body: form, headers: { authorization: `Token ${server.token}` } },
      });
      if (status !== 201) throw new Error(`an import is answered with ${status}`);
    }),
  );
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

async function bareUpload(url: string, content: Buffer): Promise<void> {
  await (await fetch(url, { method: "POST", body: new Uint8Array(content) })).text();
}

async function bareDownload(url: string): Promise<void> {
  const { body } = await fetch(url);
  for await (const piece of body ?? []) void piece;
}

/** 200 who follow a log of 5,000 lines a second; each event's last line says when it was printed. */
async function followers(server: ServedHome, project: BenchProject): Promise<void> {
  const run = await startRun(server, project, "talk");
  const delays: number[] = [];
  const open = await Promise.all(
    Array.from({ length: 200 }, () =>
      server.follow(`/projects/${project.id}/records/${run}/log/lines/follow/?follow=true`, (text) => {
        const at = text.lastIndexOf('"text":"1');
        if (at >= 0) delays.push(Date.now() - Number(text.subarray(at + 8, at + 21).toString()));
      }),
    ),
  );
  await delay(3_000);
  delays.length = 0;
  await measured(server, "200 followers of 5,000 lines/s", async () => {
    await delay(8_000);
    const seen = delays.filter((ms) => ms < 600_000).toSorted((a, b) => a - b);
    return seen.length === 0 ? "nothing came" : told(seen);
  });
  report("  memory with them", `${server.memoryMb.toFixed(0)} MB`);
  for (const stream of open) stream.destroy();
  await server.ask(`/api/v0/projects/${project.id}/runs/${run}/stop/`, post({}));
  await stopped(server, project, run);
}

/** Streams of events of which nothing happens. */
async function streams(server: ServedHome, project: BenchProject): Promise<void> {
  await delay(3_000);
  const before = server.memoryMb;
  const tokens: string[] = [];
  for (let index = 0; index < 10; index++)
    tokens.push((await server.json("/users/me/tokens/", post({ name: `t${index}` }))).token);
  const open: IncomingMessage[] = [];
  for (const count of [200, 2_000]) {
    while (open.length < count) {
      const token = tokens[open.length % tokens.length];
      open.push(await server.follow(`/projects/${project.id}/events/follow/?after=latest`, undefined, token));
    }
    await delay(2_000);
    await measured(server, `${count.toLocaleString("en")} open streams of events, each quiet`, async () => {
      await delay(10_000);
      const each = ((server.memoryMb - before) * 1_024) / count;
      return `${server.memoryMb.toFixed(0)} MB, ${each.toFixed(0)} KB a stream`;
    });
  }
  for (const stream of open) stream.destroy();
}

interface Accounted {
  readonly done: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** The accounting of steps in the process of a server that 50 clients ask each second and 200 follow a log of. */
async function accounting(place: HomePlace): Promise<void> {
  const port = await freePort("127.0.0.1");
  const child = fork(join(import.meta.dirname, "server/accounting-home.ts"), {
    // By its folder it is found where the benchmark is ended.
    cwd: place.root,
    env: { ...process.env, HEADRACE_DATABASE_URL: "", ...place.environment },
  });
  ServedHome.watch(child);
  const gone = once(child, "exit").then(() => {
    throw new Error("the server has ended");
  });
  gone.catch(() => undefined);
  const answered = async <T>(): Promise<T> => (await Promise.race([once(child, "message"), gone]))[0] as T;
  const talking = await ServedHome.start(place, "--jobs", "1", "--only", "engine");
  child.send({ folder: join(place.root, "home"), port });
  await answered();
  const server = await ServedHome.start(place, "--only", "api");
  await server.logIn();
  const project = await projectWithCode(server, "accounting");
  const run = await startRun(server, project, "talk");
  await begun(server, project, run);
  const url = `http://127.0.0.1:${port}`;
  const over = new AbortController();
  const headers = { authorization: `Token ${server.token}` };
  const times: number[] = [];
  const polling = Array.from({ length: 50 }, async (_, index) => {
    await delay(20 * index);
    while (!over.signal.aborted) {
      const since = performance.now();
      const path = index % 2 === 0 ? `executions/?limit=50` : `runs/${run}/`;
      await (await fetch(`${url}/api/v0/projects/${project.id}/${path}`, { headers })).text();
      times.push(performance.now() - since);
      await delay(1_000);
    }
  });
  const log = `${url}/api/v0/projects/${project.id}/records/${run}/log/lines/follow/?follow=true`;
  const following = await Promise.all(Array.from({ length: 200 }, () => followAt(log, server.token)));
  const polled = Promise.all(polling);
  // Told of where it is waited for.
  polled.catch(() => undefined);
  await delay(1_000);
  child.send({ project: project.id, executions: 4_000, width: 32 });
  const { done, seconds, cpuSeconds } = await answered<Accounted>();
  over.abort();
  await polled;
  for (const stream of following) stream.destroy();
  await server.ask(`/api/v0/projects/${project.id}/runs/${run}/stop/`, post({}));
  await stopped(server, project, run);
  const perS = done / seconds;
  const budget = options.url === undefined ? 1_000 : 500;
  report(
    "accounting of steps, 50 clients that poll, 200 that follow a log",
    `${perS.toFixed(0)}/s, ${(perS / budget).toFixed(2)} × the budget; ${((100 * cpuSeconds) / seconds).toFixed(0)} % of a processor`,
  );
  report("  the clients that poll meanwhile", told(times.toSorted((a, b) => a - b)));
  await end(child);
  await Promise.all([server.stop(), talking.stop()]);
}

async function end(child: ChildProcess): Promise<void> {
  child.disconnect();
  await once(child, "exit");
}

/** Statements a second of three servers that have nothing to do. */
async function idle(place: HomePlace, database: TestServer | undefined): Promise<void> {
  const servers = await Promise.all([
    ServedHome.start(place),
    ServedHome.start(place, "--only", "api"),
    ServedHome.start(place, "--only", "engine"),
  ]);
  await delay(5_000);
  const transactions = async (): Promise<number> => {
    const text = "select xact_commit + xact_rollback as count from pg_stat_database where datname = 'bench'";
    return Number((await database?.query(text))?.[0]?.count ?? Number.NaN);
  };
  const [before, cpu] = [await transactions(), servers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)];
  await delay(30_000);
  const count = (await transactions()) - before;
  const seconds = servers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) - cpu;
  if (database !== undefined)
    report("three idle servers on one database", `${(count / 30 / 3).toFixed(2)} transactions/s each`);
  report("three idle servers, together", `${((100 * seconds) / 30).toFixed(2)} % of a processor`);
  await Promise.all(servers.map((server) => server.stop()));
}
