import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";

const PASSWORD = "s3cret/word";

/** A real PostgreSQL server of its own for tests, on a socket in a temporary folder, with `fsync` on. */
export interface TestServer extends AsyncDisposable {
  /** An address as a user would give it; its password must show up in no message. */
  readonly url: string;
  readonly password: string;
  urlOf(database: string): string;
  /** Makes an empty database; returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Runs a statement past the store, as another program would. */
  query(text: string, database?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The folder of its socket. */
  readonly folder: string;
  /**
   * `fast` ends all connections; `crash` ends the server as a power cut would, so that it recovers at the next start.
   */
  stop(how: "fast" | "crash"): Promise<void>;
  start(): Promise<void>;
  /** Freezes all of its processes: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

/** Returns the reason why there can be no server here; undefined if there can. In CI that is a failure. */
export function whyNoPostgres(): string | undefined {
  const reason = findReason();
  if (reason !== undefined && process.env.CI !== undefined) throw new Error(`CI may skip nothing: ${reason}`);
  if (reason !== undefined) console.error(`SKIPPED: the tests on PostgreSQL: ${reason}`);
  return reason;
}

export async function startPostgres(settings: Readonly<Record<string, string | number>> = {}): Promise<TestServer> {
  const binaries = findBinaries();
  if (binaries === undefined) throw new Error("PostgreSQL is not installed");
  const folder = mkdtempSync(join(tmpdir(), "headrace-pg-"));
  const server = new LocalServer(folder, binaries, settings);
  try {
    server.initialise();
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

class LocalServer implements TestServer {
  readonly password = PASSWORD;
  readonly folder: string;
  readonly #binaries: string;
  readonly #settings: Readonly<Record<string, string | number>>;
  readonly #identity = serverIdentity();
  #process: ChildProcess | undefined;

  constructor(folder: string, binaries: string, settings: Readonly<Record<string, string | number>>) {
    this.folder = folder;
    this.#binaries = binaries;
    this.#settings = settings;
  }

  get url(): string {
    return this.urlOf("postgres");
  }

  urlOf(database: string): string {
    return `postgres://postgres:${encodeURIComponent(PASSWORD)}@localhost/${database}?host=${encodeURIComponent(this.folder)}`;
  }

  async createDatabase(name: string): Promise<string> {
    await this.query(`create database ${name}`);
    return this.urlOf(name);
  }

  async query(text: string, database = "postgres"): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new pg.Client({ connectionString: this.urlOf(database) });
    // The connection breaks if the server is stopped meanwhile; the queries that it was asked fail then.
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  initialise(): void {
    const passwordFile = join(this.folder, "password");
    writeFileSync(passwordFile, PASSWORD);
    if (this.#identity !== undefined) {
      for (const path of [this.folder, passwordFile]) chownSync(path, this.#identity.uid, this.#identity.gid);
    }
    const options = [
      "-D",
      this.#data,
      "-U",
      "postgres",
      "-A",
      "scram-sha-256",
      "--pwfile",
      passwordFile,
      "-E",
      "UTF8",
      "--no-sync",
    ];
    const { status, stderr } = spawnSync(join(this.#binaries, "initdb"), [...options, "--locale=C.UTF-8"], {
      ...this.#identity,
      cwd: this.folder,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: "",
      unix_socket_directories: this.folder,
      max_connections: 60,
      fsync: "on",
      ...this.#settings,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(join(this.#binaries, "postgres"), ["-D", this.#data, ...options], {
      ...this.#identity,
      cwd: this.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    process.once("exit", this.#killAtExit);
    const log: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      log.push(line);
      if (line.includes("ready to accept connections")) {
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`the server did not start:\n${log.join("\n")}`);
  }

  async stop(how: "fast" | "crash"): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    process.removeListener("exit", this.#killAtExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  }

  pause(): void {
    this.#signalAll("SIGSTOP");
  }

  resume(): void {
    this.#signalAll("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.stop("crash");
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.folder, "data");
  }

  readonly #killAtExit = (): void => void this.#process?.kill("SIGQUIT");

  /** Each backend has a session of its own, so they are found by their parent. */
  #signalAll(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    for (const each of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(each, signal);
      } catch {
        // A backend may end between the look and the signal.
      }
    }
  }
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // pid (name) state parent …; the name may hold spaces and brackets.
        return Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}

function findReason(): string | undefined {
  if (findBinaries() === undefined) return "PostgreSQL's server is not installed (Debian: postgresql)";
  if (process.getuid?.() === 0 && serverIdentity() === undefined)
    return "its server does not run as root, and there is no user “postgres”";
  return undefined;
}

function findBinaries(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** The server refuses to run as root. */
function serverIdentity(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const number = (option: string) =>
    Number.parseInt(spawnSync("id", [option, "postgres"], { encoding: "utf8" }).stdout, 10);
  const identity = { uid: number("-u"), gid: number("-g") };
  return Number.isNaN(identity.uid) || Number.isNaN(identity.gid) ? undefined : identity;
}
