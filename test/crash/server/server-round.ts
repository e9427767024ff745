import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "../../../scripts/fuzz/random.ts";
import { GitServer } from "../../../src/remotes/fixtures/git-server.ts";
import { freePort } from "../../../src/server/listen.ts";
import { leftProcesses } from "../leftovers.ts";
import { addUser, makeProject, makeToken, setVariable } from "./account-deeds.ts";
import { answered } from "./answers.ts";
import { CONFIGURATION, fetchCommit, importPackage, sendFiles, uploadPackage } from "./code-deeds.ts";
import type { Deed, Stage, Told } from "./ledger.ts";
import { PatientClient } from "./patient-client.ts";
import { followStream } from "./patient-stream.ts";
import { readAlong, runExecution, runPipeline, stopRun } from "./run-deeds.ts";
import { PASSWORD, type ServerKill, type ServerPlace, ServerProcess } from "./server-processes.ts";

export interface ServerRoundPlan {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  /** All text that the database has, for a search for secrets; absent: it is a file of the home. */
  readonly dump?: () => Promise<string>;
  readonly seed: number;
  readonly kills: readonly ServerKill[];
  /** Two servers of the API and one engine, each killed in its turn; else one of both. */
  readonly isSplit: boolean;
}

export interface ServerRoundResult {
  readonly killed: readonly string[];
  readonly deeds: number;
  readonly faults: readonly string[];
  /** Kept when there are faults. */
  readonly folder: string;
}

const DEEDS: readonly Deed[] = [
  ...[addUser, makeToken, makeProject, setVariable, uploadPackage, sendFiles, fetchCommit],
  ...[runPipeline, runExecution, stopRun, readAlong],
];
/** So many users do their deeds at a time. */
const USERS = 4;

/** Kills servers while users work with them, and holds what they were told against what is there at the end. */
export async function playServerRound(plan: ServerRoundPlan): Promise<ServerRoundResult> {
  const root = mkdtempSync(join(tmpdir(), "headrace-crash-"));
  mkdirSync(join(root, "tmp"));
  const place: ServerPlace = { program: plan.program, root, environment: plan.environment };
  await using git = await GitServer.start();
  const servers = await makeServers(place, plan.isSplit);
  const faults: string[] = [];
  const killed: string[] = [];
  let told: readonly Told[] = [];
  try {
    for (const server of servers) await beginAgain(server, root);
    const client = new PatientClient(servers.filter(({ url }) => !url.endsWith(":0")).map(({ url }) => url));
    const stage = await makeStage(client, git, plan.seed);
    const over = new AbortController();
    const heardAll = new AbortController();
    const reading = readEvents(stage, heardAll.signal);
    const working = work(stage, over.signal);

    for (const [turn, kill] of plan.kills.entries()) {
      const server = servers[turn % servers.length] as ServerProcess;
      // The one that runs has no fault point: it is killed, and one that has is put in its place.
      killed.push(...(await server.die({ afterMs: kill.beforeMs })));
      // At some points it dies before it works.
      await server.start(kill);
      killed.push(...(await server.die(kill)));
      await beginAgain(server, root);
    }
    over.abort();
    told = await working;
    faults.push(...(await checkAll(client, told)));
    heardAll.abort();
    faults.push(...(await checkEvents(stage, await reading)));
    for (const server of servers) faults.push(...[(await server.stop()) ?? []].flat());
    faults.push(
      ...(await leftProcesses(root)),
      ...leftFolders(root),
      ...(await shownSecrets(root, stage.secrets, plan)),
    );
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    for (const server of servers) server.end();
    await leftProcesses(root);
  }
  if (faults.length === 0) rmSync(root, { recursive: true, force: true });
  return { killed, deeds: told.length, faults, folder: root };
}

/** Tries again if the database is away for a moment. */
async function beginAgain(server: ServerProcess, root: string): Promise<void> {
  for (let attempts = 0; !(await server.start()); attempts++) {
    if (attempts > 100) throw new Error(`no server begins, see ${root}`);
    await delay(100);
  }
}

async function makeServers(place: ServerPlace, isSplit: boolean): Promise<readonly ServerProcess[]> {
  const port = (): Promise<number> => freePort("127.0.0.1");
  if (!isSplit) return [new ServerProcess(place, await port())];
  const [first, second] = [await port(), await port()];
  return [
    new ServerProcess(place, first, "api"),
    new ServerProcess(place, 0, "engine"),
    new ServerProcess(place, second, "api"),
  ];
}

async function makeStage(client: PatientClient, git: GitServer, seed: number): Promise<Stage> {
  await client.logIn("admin", PASSWORD);
  const random = new Random(seed);
  let names = 0;
  const name = (): string => `n${seed}-${names++}`;
  const project = answered(await client.call("/projects/", { method: "POST", body: { name: "flights" } }), 201).id;
  git.commit("main", "first", { files: { "valohai.yaml": CONFIGURATION, "file.txt": "x\n" } });
  const repository = { method: "PUT", body: { url: git.url } } as const;
  answered(await client.call(`/projects/${project}/repository/`, repository), 200);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const commit = await importPackage(
    { client, project, name },
    { "valohai.yaml": CONFIGURATION, "file.txt": "first file\n" },
  );
  return { client, git, project, commit, name, below, secrets: [] };
}

/** Users who do one deed after the other, until it is over. */
async function work(stage: Stage, over: AbortSignal): Promise<readonly Told[]> {
  const told: Told[] = [];
  const user = async (): Promise<void> => {
    while (!over.aborted) {
      const deed = DEEDS[stage.below(DEEDS.length)] as Deed;
      try {
        told.push(await deed(stage));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        told.push({ what: deed.name, check: async () => [`${deed.name}: ${why}`] });
      }
    }
  };
  await Promise.all(Array.from({ length: USERS }, user));
  return told;
}

async function checkAll(client: PatientClient, told: readonly Told[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { what, check } of told)
    faults.push(...(await check(client).catch((error: unknown) => [`${what}: ${String(error)}`])));
  return faults;
}

/** The ids of the events of the project, as a reader hears them that comes back after each death of a server. */
async function readEvents({ client, project }: Stage, over: AbortSignal): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id = "" } of followStream(client, `/projects/${project}/events/follow/`, over)) ids.push(id);
  return ids;
}

async function checkEvents({ client, project }: Stage, heard: readonly string[]): Promise<readonly string[]> {
  const all: string[] = [];
  for (let after = ""; ; ) {
    const page = answered(await client.call(`/projects/${project}/events/?limit=1000${after}`), 200);
    all.push(...page.items.map(({ id }: { id: unknown }) => String(id)));
    if (page.items.length === 0) break;
    after = `&after=${page.next}`;
  }
  const wanted = all.slice(0, heard.length);
  const place = wanted.findIndex((id, index) => id !== heard[index]);
  if (heard.length === 0 && all.length > 0) return ["a reader of events heard none"];
  return place < 0 ? [] : [`a reader of events heard ${heard[place]} as number ${place}, in place of ${wanted[place]}`];
}

/** Folders that only a request or a run under way may have. */
function leftFolders(root: string): readonly string[] {
  const home = join(root, "home");
  const below = (folder: string): readonly string[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const projects = below(join(home, "projects"));
  const left = [
    ...below(join(root, "tmp")),
    ...below(join(home, "blobs/incoming")),
    ...below(join(home, "storing")),
    ...projects.flatMap((project) => below(join(project, "uploads"))),
    // A lock keeps its highest number.
    ...below(join(home, "mirrors")).filter((path) => !/\.(git|lock\.\d+)$/.test(path)),
  ];
  return left.map((path) => `${path.slice(root.length + 1)} is left`);
}

/** Secrets that stand somewhere in clear. */
async function shownSecrets(
  root: string,
  secrets: readonly string[],
  { dump }: ServerRoundPlan,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const look = (text: string | Buffer, place: string): void => {
    for (const secret of secrets) if (text.includes(secret)) faults.push(`${place} has a secret in clear`);
  };
  if (dump !== undefined) look(await dump(), "the database");
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    const path = join(root, name);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) look(readFileSync(path), name);
  }
  return faults;
}
