import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "../../../scripts/fuzz/random.ts";
import { SERVER_FAULT_POINTS } from "../../../src/fault-point.ts";
import { startPostgres, type TestServer } from "../../../src/store/postgres/test-server.ts";
import { type Disturbance, disturb } from "../records-place.ts";
import type { ServerKill } from "./server-processes.ts";
import { playServerRound, type ServerRoundResult } from "./server-round.ts";

export interface ServerCampaignOptions {
  /** The command as `bundleForCrashes` makes it. */
  readonly program: string;
  /** Rounds are played until so many servers were killed. */
  readonly kills: number;
  readonly killsOfRound?: number;
  readonly seed: number;
  readonly parallel: number;
  readonly database?: "sqlite" | "postgres" | undefined;
  /** PostgreSQL is stopped and started every few seconds meanwhile. */
  readonly outages?: boolean | undefined;
  /** Two servers of the API and one engine on one home, each killed in its turn. */
  readonly isSplit?: boolean | undefined;
  /** Each kill is at this fault point. */
  readonly point?: string | undefined;
  readonly report: (line: string) => void;
}

export interface ServerCampaignResult {
  readonly rounds: number;
  readonly deeds: number;
  readonly outages: number;
  /** Number of times that a server was killed at each place. */
  readonly kills: ReadonlyMap<string, number>;
  readonly failures: readonly { readonly seed: number; readonly result: ServerRoundResult }[];
}

/** More failures say nothing new. */
const ENOUGH_FAILURES = 4;

export async function runServerCampaign(options: ServerCampaignOptions): Promise<ServerCampaignResult> {
  await using database = options.database === "postgres" ? await startPostgres({ max_connections: 300 }) : undefined;
  const chance = new Random(options.seed);
  const between = (least: number, most: number) => () => least + chance.next() * (most - least);
  let disturbance: Disturbance | undefined;
  const kills = new Map<string, number>();
  const failures: { seed: number; result: ServerRoundResult }[] = [];
  let [total, rounds, deeds, outages] = [0, 0, 0, 0];
  const player = async (): Promise<void> => {
    while (total < options.kills && failures.length < ENOUGH_FAILURES) {
      const seed = options.seed + rounds++;
      const records = database === undefined ? FILE : await recordsIn(database);
      const plan = { program: options.program, ...records, seed, isSplit: options.isSplit === true };
      const result = await playServerRound({ ...plan, kills: planKills(seed, options) });
      for (const place of result.killed) kills.set(place, (kills.get(place) ?? 0) + 1);
      total += result.killed.length;
      deeds += result.deeds;
      options.report(`${total} kills in ${rounds} rounds, ${deeds} deeds, ${failures.length} failures`);
      if (result.faults.length === 0) continue;
      failures.push({ seed, result });
      options.report(`FAILED --seed ${seed}, kept in ${result.folder}:\n  ${result.faults.join("\n  ")}`);
    }
  };
  const playing = Promise.all(Array.from({ length: options.parallel }, player));
  if (options.outages === true && database !== undefined)
    disturbance = disturb(database, { upMs: between(6_000, 20_000), downMs: between(100, 1_500) });
  try {
    await playing;
  } finally {
    outages = (await disturbance?.end()) ?? 0;
  }
  return { rounds, kills, deeds, failures, outages };
}

const FILE = { environment: { HEADRACE_DATABASE_URL: "" } };

/** A database of its own for a round: a server works for all projects of its database. */
async function recordsIn(server: TestServer) {
  const url = await patiently(() => server.createDatabase(`round_${crypto.randomUUID().replaceAll("-", "")}`));
  const dump = (): Promise<string> =>
    patiently(async () => {
      const options = {
        encoding: "utf8" as const,
        maxBuffer: 1024 ** 3,
        stdio: ["ignore", "pipe", "pipe"],
      } satisfies ExecFileSyncOptionsWithStringEncoding;
      return execFileSync("pg_dump", ["--inserts", "--dbname", url], options);
    });
  return { environment: { HEADRACE_DATABASE_URL: url }, dump };
}

const AWAY =
  /ECONNREFUSED|ENOENT|ECONNRESET|EPIPE|starting up|shutting down|terminat|recovery mode|not yet accepting|connection to server/;

/** Tries again where the database is stopped just now. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!AWAY.test(String(error))) throw error;
      await delay(200);
    }
}

function planKills(seed: number, { killsOfRound = 8, point }: ServerCampaignOptions): readonly ServerKill[] {
  const random = new Random(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  return Array.from({ length: Math.ceil(killsOfRound / 2) }, () => {
    const name = point ?? SERVER_FAULT_POINTS[below(SERVER_FAULT_POINTS.length)] ?? "";
    const isAtPoint = point !== undefined || below(10) < 8;
    return {
      ...(isAtPoint && { point: { name, count: 1 + below(3) } }),
      afterMs: isAtPoint ? 6_000 : 400 + below(3_000),
      beforeMs: below(2_500),
    };
  });
}
