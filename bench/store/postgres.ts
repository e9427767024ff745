/** The store on PostgreSQL: one engine process, then several that share a queue. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { openStore } from "../../src/store/index.ts";
import { startPostgres } from "../../src/store/postgres/test-server.ts";
import { createRun, executionsPerSecond, largeRun, metadataPerSecond, perSecond, queueAll, report } from "./accounting.ts";

const QUEUED = 6_000;

export interface Share {
  readonly url: string;
  readonly projectName: string;
  /** Each engine goes through the whole queue, from a place of its own. */
  readonly ids: readonly string[];
  readonly width: number;
}

export async function measurePostgres(given: string): Promise<void> {
  if (given === "start") {
    await using server = await startPostgres();
    await measureAll(server.url);
    return;
  }
  await measureAll(given);
}

async function measureAll(url: string): Promise<void> {
  const projectName = `bench ${Date.now()}`;
  await using store = await openStore({ url, projectName });
  await executionsPerSecond(store);
  for (const engines of [1, 2, 3]) {
    const run = await createRun(store, QUEUED);
    const ids = await queueAll(store, run);
    report(`claim + finish, ${engines} engine processes, 16 at a time each`, await shared({ url, projectName, ids, width: 16 }, engines));
  }
  await metadataPerSecond(store);
  await largeRun(store);
}

/** The processes have loaded and connected before the clock starts. */
async function shared(share: Share, engines: number): Promise<string> {
  const processes = Array.from({ length: engines }, () => fork(new URL("./engine-process.ts", import.meta.url)));
  for (const [index, each] of processes.entries()) {
    const start = Math.floor((index * share.ids.length) / engines);
    each.send({ ...share, ids: [...share.ids.slice(start), ...share.ids.slice(0, start)] });
  }
  await Promise.all(processes.map((each) => once(each, "message")));
  const since = performance.now();
  for (const each of processes) each.send("go");
  const answers = await Promise.all(processes.map((each) => once(each, "message")));
  const figure = perSecond(share.ids.length, since);
  const finished = answers.reduce((sum, [count]) => sum + Number(count), 0);
  if (finished !== share.ids.length) throw new Error(`${finished} of ${share.ids.length} executions were finished`);
  return figure;
}
