import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { atEndOfTest } from "./at-end-of-test.ts";
import { createDatabase } from "./own-database.ts";
import { ProjectRig, type RunningCommand } from "./rig.ts";

export const PASSWORD = "correct horse battery";

export interface ProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The text that it prints once it is ready. */
  readonly until?: string;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT";
  readonly body?: object;
}

/** The home of a server, and real processes of `headrace serve` on it, on whichever database the tests run. */
export class HomeProcesses implements AsyncDisposable {
  readonly rig = new ProjectRig();
  folder = join(this.rig.root, "home");
  /** Steps wait until something stands here, or its folder is gone. */
  readonly flag = join(mkdtempSync(join(tmpdir(), "headrace-go-")), "go");
  readonly #database: string | undefined;
  url = "";
  #token = "";

  private constructor(database: string | undefined) {
    this.#database = database;
    atEndOfTest(() => this[Symbol.asyncDispose]());
  }

  /** On PostgreSQL it has a database of its own: a server works for all projects of its database. */
  static async make(): Promise<HomeProcesses> {
    const shared = process.env.HEADRACE_DATABASE_URL ?? "";
    if (shared === "") return new HomeProcesses(undefined);
    return new HomeProcesses(await createDatabase(shared));
  }

  /** Asks its PostgreSQL server, past its own database. */
  async query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return await queryDatabase(process.env.HEADRACE_DATABASE_URL ?? "", text);
  }

  /** Changes its own records on PostgreSQL past the program. */
  async change(text: string): Promise<void> {
    await queryDatabase(this.#database ?? "", text);
  }

  get databaseName(): string {
    return /\/([^/?]+)\?/.exec(this.#database ?? "")?.[1] ?? "";
  }

  /** Starts a server, with a password of the tests for its first user, and waits until it is ready. */
  async start({ args = [], env, until = '"listening"' }: ProcessOptions = {}): Promise<RunningCommand> {
    const server = this.launch(args, { HEADRACE_ADMIN_PASSWORD: PASSWORD, ...env });
    await server.sees(until);
    this.url = linesOf(server).find(({ kind }) => kind === "listening")?.url ?? this.url;
    return server;
  }

  launch(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
    const places = { HEADRACE_ALLOW_HOSTS: "127.0.0.1", HEADRACE_GIT_TRANSPORTS: "http" };
    return this.rig.startIn(
      this.rig.root,
      { ...places, ...this.environment, ...env },
      ...["serve", "--home", this.folder, "--sandbox", "off", "--json", "--port", "0", ...args],
    );
  }

  /** The variables that another command needs to reach the same home. */
  get environment(): Readonly<Record<string, string>> {
    return this.#database === undefined ? {} : { HEADRACE_DATABASE_URL: this.#database };
  }

  /** The token of the first user; the same for all servers of the home. */
  async token(password: string = PASSWORD): Promise<string> {
    if (this.#token !== "") return this.#token;
    const answer = await this.logIn(password);
    this.#token = ((await answer.json()) as { readonly token: string }).token;
    return this.#token;
  }

  async logIn(password: string): Promise<Response> {
    return await fetch(`${this.url}/api/v0/get-token/`, {
      ...{ method: "POST", headers: { "content-type": "application/json" } },
      body: JSON.stringify({ username: "admin", password }),
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  async call(path: string, { method, body }: Call = {}): Promise<any> {
    const response = await fetch(`${this.url}/api/v0${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { authorization: `Token ${await this.token()}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} is answered with ${response.status}: ${text}`);
    return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text;
  }

  /** A new project; returns its id. */
  async project(): Promise<string> {
    return (await this.call("/projects/", { body: { name: "flights" } })).id;
  }

  /** Starts a run of a step; returns its number. */
  async run(project: string, target: string, commit: string): Promise<number> {
    const wish = { target, commit, parameters: [], inputs: [], environmentVariables: { HR_GO: this.flag } };
    const { id } = await this.call(`/projects/${project}/plans/`, { body: wish });
    return (await this.call(`/projects/${project}/runs/`, { body: { plan: id } })).number;
  }

  /** Waits for the end of a run; returns its state. */
  async ended(project: string, run: number): Promise<string> {
    return await seen(async () => {
      const { state } = await this.call(`/projects/${project}/runs/${run}/`);
      return ["complete", "error", "stopped"].includes(state) ? state : undefined;
    });
  }

  letGo(): void {
    writeFileSync(this.flag, "");
  }

  /** The files below a folder of a project's state. */
  filesOf(project: string, folder: string): readonly string[] {
    try {
      return readdirSync(join(this.folder, "projects", project, folder), { recursive: true }).map(String);
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(join(this.flag, ".."), { recursive: true, force: true });
    await this.rig[Symbol.asyncDispose]();
    if (this.#database !== undefined) await this.query(`drop database if exists ${this.databaseName} with (force)`);
  }
}

interface Line {
  readonly kind: string;
  readonly url?: string;
  readonly name?: string;
  readonly password?: string;
}

/** The whole lines that a server has said so far. */
export function linesOf({ stdout }: RunningCommand): readonly Line[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** Asks again and again until there is an answer. */
export async function seen<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await look();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Ends a process as a power cut does, and waits until it is gone. */
export async function kill({ child, result }: RunningCommand): Promise<void> {
  child.kill("SIGKILL");
  await result;
}

async function queryDatabase(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
