/** A real server of a home for the benchmarks: started, asked, measured, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { freePort } from "../../src/server/listen.ts";

const PROGRAM = join(import.meta.dirname, "../../bin/headrace.mjs");
const PASSWORD = "correct horse battery";
/** The kernel counts processor time in these ticks. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

export interface HomePlace {
  /** Has `home` in it. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
  readonly text: string;
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT";
  readonly body?: object | Uint8Array;
  readonly token?: string;
  /** The answer is counted, and not kept. */
  readonly isLarge?: boolean;
}

/** Those that run. */
const processes = new Set<ChildProcess>();

export class ServedHome {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 100 });
  token = "";

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start({ root, environment }: HomePlace, ...args: readonly string[]): Promise<ServedHome> {
    mkdirSync(join(root, "tmp"), { recursive: true });
    const port = await freePort("127.0.0.1");
    const home = ["serve", "--home", join(root, "home"), "--sandbox", "off", "--json"];
    if (!args.includes("engine")) home.push("--port", String(port));
    const child = spawn(process.execPath, [PROGRAM, ...home, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        ...{ HEADRACE_ADMIN_PASSWORD: PASSWORD, HEADRACE_ENVIRONMENT: "local", HEADRACE_DATABASE_URL: "" },
        ...{ XDG_CACHE_HOME: join(root, "cache"), TMPDIR: join(root, "tmp") },
        ...environment,
      },
    });
    ServedHome.watch(child);
    const ready = args.includes("engine") ? '"ready"' : '"listening"';
    // A loop over its output would close that at its end, and the server with it.
    const seen = Promise.withResolvers<void>();
    child.stdout.on("data", (text: Buffer) => (text.includes(ready) ? seen.resolve() : undefined));
    // Only the first of both counts.
    child.once("exit", () => seen.reject(new Error("the server ended before it began")));
    await seen.promise;
    return new ServedHome(`http://127.0.0.1:${port}`, child);
  }

  /** Kills a process of the benchmark with the others, should they hang. */
  static watch(child: ChildProcess): void {
    processes.add(child);
    child.once("exit", () => processes.delete(child));
  }

  static get running(): ReadonlySet<ChildProcess> {
    return new Set(processes);
  }

  /** Those but for some, with an end of each. */
  static async killAll(except: ReadonlySet<ChildProcess> = new Set()): Promise<void> {
    const killed = [...processes].filter((child) => !except.has(child));
    await Promise.all(
      killed.map(async (child) => {
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }),
    );
  }

  /** Ends steps too, which outlive their server, and the processes that start them. */
  static killWithin(root: string): void {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
      const [command, variables, folder] = [
        () => readFileSync(`/proc/${name}/cmdline`, "utf8"),
        () => readFileSync(`/proc/${name}/environ`, "utf8"),
        () => readlinkSync(`/proc/${name}/cwd`),
      ].map((look) => {
        try {
          return look();
        } catch {
          // It has ended, or is another user's.
          return "";
        }
      });
      const isOfHome = (command ?? "").includes(root) || (variables ?? "").includes(root) || folder?.startsWith(root);
      if (isOfHome !== true) continue;
      try {
        process.kill(Number(name), "SIGKILL");
      } catch {
        // It ended between the look and the signal.
      }
    }
  }

  /** From the start of the process to the first answer that it gives, with an end of it. */
  static async timeToAnswer(place: HomePlace): Promise<number> {
    const since = performance.now();
    const server = await ServedHome.start(place);
    await server.ask("/healthz");
    const ms = performance.now() - since;
    await server.stop();
    return ms;
  }

  async logIn(): Promise<void> {
    const body = { username: "admin", password: PASSWORD };
    this.token = JSON.parse((await this.ask("/api/v0/get-token/", { method: "POST", body })).text).token;
  }

  async ask(path: string, { method = "GET", body, token = this.token, isLarge = false }: Ask = {}): Promise<Answer> {
    const since = performance.now();
    const type = body instanceof Uint8Array ? "application/octet-stream" : "application/json";
    const asked = request(`${this.url}${path}`, {
      ...{ method, agent: this.#agent },
      headers: {
        ...(token !== "" && { authorization: `Token ${token}` }),
        ...(body !== undefined && { "content-type": type }),
      },
    });
    asked.end(body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body));
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (!isLarge) pieces.push(piece);
    }
    const text = Buffer.concat(pieces).toString();
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new Error(`${method} ${path} is answered with ${status}: ${text.slice(0, 500)}`);
    return { status, bytes, ms: performance.now() - since, text };
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of any call
  async json(path: string, ask: Ask = {}): Promise<any> {
    return JSON.parse((await this.ask(`/api/v0${path}`, ask)).text);
  }

  /** Opens a stream of server-sent events; each piece goes to `onData`. */
  async follow(
    path: string,
    onData: (text: Buffer) => void = () => undefined,
    token = this.token,
  ): Promise<IncomingMessage> {
    return await followAt(`${this.url}/api/v0${path}`, token, onData);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get memoryMb(): number {
    return (Number(readFileSync(`/proc/${this.pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES) / 1_048_576;
  }

  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
  }
}

/** With as little work as can be: many streams are read beside what is measured. */
export async function followAt(
  address: string,
  token: string,
  onData: (text: Buffer) => void = () => undefined,
): Promise<IncomingMessage> {
  const asked = request(address, { agent: false, headers: { authorization: `Token ${token}` } });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`a stream is answered with ${response.statusCode}`);
  response.on("data", onData).on("error", () => undefined);
  return response;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** p50, p95 and p99 of so many calls, one after the other. */
export async function latencies(count: number, call: (index: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const since = performance.now();
    await call(index);
    times.push(performance.now() - since);
  }
  times.sort((a, b) => a - b);
  return told(times);
}

export function told(sorted: readonly number[]): string {
  return [0.5, 0.95, 0.99].map((share) => `p${share * 100} ${percentile(sorted, share).toFixed(1)} ms`).join(", ");
}
