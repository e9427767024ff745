/** The store on PostgreSQL: one engine process, then several that share a queue. */
import { fork } from "node:child_process";
import { once } from "node:events";
import pg from "pg";
import { openTestStore } from "../../src/store/fixtures/open-test-store.ts";
import { startPostgres } from "../../src/store/postgres/test-server.ts";
import {
  createRun,
  executionsPerSecond,
  largeRun,
  metadataPerSecond,
  perSecond,
  queueAll,
  rate,
  report,
} from "./accounting.ts";

const COMMITS = 1_000;
const BUDGET = 500;

export interface Share {
  readonly url: string;
  readonly projectName: string;
  readonly runId: string;
  readonly executions: number;
  readonly width: number;
}

export async function measurePostgres(given: string, executions: number): Promise<void> {
  if (given === "start") {
    await using server = await startPostgres();
    await measureAll(server.url, executions);
    return;
  }
  await measureAll(given, executions);
}

async function measureAll(url: string, executions: number): Promise<void> {
  await bareCommits(url);
  const projectName = `bench ${Date.now()}`;
  await using store = await openTestStore({ url, projectName });
  await executionsPerSecond(store, { executions, budget: BUDGET });
  const rates: number[] = [];
  for (const engines of [1, 2, 3]) {
    const run = await createRun(store, executions);
    await queueAll(store, run);
    const perS = await shared({ url, projectName, runId: run.id, executions, width: 16 }, engines);
    rates.push(perS);
    report(
      `claim from the queue + finish, ${engines} engine processes, 16 at a time each`,
      `${Math.round(perS).toLocaleString("en")}/s`,
    );
  }
  const [one = 1, two = 0, three = 0] = rates;
  report(
    `  one by the budget of ${BUDGET}/s; two, three by one`,
    [one / BUDGET, two / one, three / one].map((ratio) => `${ratio.toFixed(2)} ×`).join("; "),
  );
  await metadataPerSecond(store);
  await largeRun(store);
}

/** The limit: one row, committed again and again, by one connection that waits for each. */
async function bareCommits(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("set synchronous_commit to on; create table if not exists bare_commits (number integer)");
  const since = performance.now();
  for (let number = 0; number < COMMITS; number++)
    await client.query({ name: "bare", text: "insert into bare_commits values ($1)", values: [number] });
  report("bare insert + commit, one connection", perSecond(COMMITS, since));
  await client.query("drop table bare_commits");
  await client.end();
}

/** Executions a second. The processes have loaded and connected before the clock starts. */
async function shared(share: Share, engines: number): Promise<number> {
  const processes = Array.from({ length: engines }, () => fork(new URL("./engine-process.ts", import.meta.url)));
  for (const each of processes) each.send(share);
  await Promise.all(processes.map((each) => once(each, "message")));
  const since = performance.now();
  for (const each of processes) each.send("go");
  const answers = await Promise.all(processes.map((each) => once(each, "message")));
  const perS = rate(share.executions, since);
  const finished = answers.reduce((sum, [count]) => sum + Number(count), 0);
  if (finished !== share.executions) throw new Error(`${finished} of ${share.executions} executions were finished`);
  return perS;
}
