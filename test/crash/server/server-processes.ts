import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AWAY } from "../records-place.ts";

/** The moment at which a server is killed: at a fault point, or after a while where that is not passed. */
export interface ServerKill {
  readonly point?: { readonly name: string; readonly count: number };
  readonly afterMs: number;
  /** So long the server before it works undisturbed. */
  readonly beforeMs: number;
}

export interface ServerPlace {
  /** The bundled command with fault points in it. */
  readonly program: string;
  /** A folder of the round alone. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The role of a process; a server has both unless said otherwise. */
export type Part = "api" | "engine";

export const PASSWORD = "correct horse battery";
/** No server takes this long to begin or to end, on however slow a machine: it hangs. */
const HANG_MS = 120_000;

/** One of the servers of a round, which is killed and started anew on the same port. */
export class ServerProcess {
  readonly url: string;
  readonly #place: ServerPlace;
  readonly #port: number;
  readonly #part: Part | undefined;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(place: ServerPlace, port: number, part?: Part) {
    this.#place = place;
    this.#port = port;
    this.#part = part;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts it and waits until it works. False where it was killed before. */
  async start(kill?: ServerKill): Promise<boolean> {
    const { program, root, environment } = this.#place;
    const only = this.#part === undefined ? [] : ["--only", this.#part];
    const port = this.#part === "engine" ? [] : ["--port", String(this.#port)];
    const child = spawn(
      process.execPath,
      [program, "serve", "--home", join(root, "home"), "--sandbox", "off", "--json", "--jobs", "4", ...port, ...only],
      {
        cwd: root,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          ...{
            NO_COLOR: "1",
            HEADRACE_ADMIN_PASSWORD: PASSWORD,
            HEADRACE_ENVIRONMENT: "local",
            HEADRACE_GRACE_S: "0.3",
          },
          ...{ HEADRACE_ALLOW_HOSTS: "127.0.0.1", HEADRACE_GIT_TRANSPORTS: "http" },
          ...{
            XDG_CACHE_HOME: join(root, "cache"),
            HEADRACE_STEP_CACHE: join(root, "cache"),
            TMPDIR: join(root, "tmp"),
          },
          ...(kill?.point !== undefined && { HEADRACE_TEST_KILL_AT: `${kill.point.name}:${kill.point.count}` }),
          ...environment,
        },
      },
    );
    this.#child = child;
    this.#output = "";
    const ready = this.#part === "engine" ? '"ready"' : '"listening"';
    const seen = Promise.withResolvers<boolean>();
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        appendFileSync(join(root, "servers.log"), text);
        if (this.#output.includes(ready)) seen.resolve(true);
      });
    child.once("close", () => seen.resolve(false));
    return await within(seen.promise, `a server that begins:\n${this.#output}`);
  }

  /** Waits for its death at the fault point, and kills it where that does not come; where it was killed. */
  async die({ afterMs, point }: Omit<ServerKill, "beforeMs">): Promise<readonly string[]> {
    const child = this.#child;
    if (child === undefined) throw new Error("there is no server to kill");
    const over = new AbortController();
    const ended = exitOf(child).finally(() => over.abort());
    await Promise.race([ended, delay(afterMs, undefined, { signal: over.signal }).catch(() => undefined)]);
    const isByItself = hasEnded(child);
    child.kill("SIGKILL");
    await within(ended, "a killed server");
    if (child.signalCode !== "SIGKILL") {
      if (AWAY.test(this.#output)) return [];
      throw new Error(`a server ended by itself:\n${this.#output}`);
    }
    return [isByItself && point !== undefined ? point.name : "at a random time"];
  }

  /** Asks it to end; the text that it said where it did not end well. */
  async stop(): Promise<string | undefined> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return this.#output;
    child.kill("SIGTERM");
    await within(exitOf(child), `a server that is to end:\n${this.#output}`);
    return child.exitCode === 0
      ? undefined
      : `a server ended with ${child.exitCode ?? child.signalCode}: ${this.#output}`;
  }

  /** Leaves nothing running, whatever has happened before. */
  end(): void {
    this.#child?.kill("SIGKILL");
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, "exit");
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const over = new AbortController();
  const hang = delay(HANG_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`this took more than ${HANG_MS / 1_000} s: ${what}`);
  });
  try {
    return await Promise.race([promise, hang]);
  } finally {
    over.abort();
    hang.catch(() => undefined);
  }
}
