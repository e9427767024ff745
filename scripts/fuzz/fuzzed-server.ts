import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";

/** A server with something in it that can be asked for. */
export interface FuzzedServer {
  readonly url: string;
  readonly token: string;
  /** Names of what is there, by the parameter of the API that takes them. */
  readonly known: Readonly<Record<string, string | readonly string[]>>;
}

/** Runs `use` with a process that serves, and ends that in order. */
export async function withServer<T>(
  folder: string,
  command: { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  use: (child: ChildProcess) => Promise<T>,
): Promise<T> {
  const child = spawn(process.execPath, command.args, {
    ...{ cwd: folder, stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...command.env } },
  });
  try {
    return await use(child);
  } finally {
    child.stdin.end();
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** The first line of JSON that the server prints, of those that `isMeant`. */
export async function lineOf<T>({ stdout }: ChildProcess, isMeant: (line: object) => boolean): Promise<T> {
  let text = "";
  for await (const chunk of stdout ?? []) {
    text += String(chunk);
    const lines = text.split("\n").slice(0, -1);
    const found = lines.map((line) => JSON.parse(line) as object).find(isMeant);
    if (found !== undefined) {
      // Later lines must not fill the pipe.
      stdout?.on("data", () => undefined);
      return found as T;
    }
  }
  throw new Error(`the server ended before it could be asked: ${text}`);
}

/** Asks a server as a client does. Throws where it refuses. */
export class Asker {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  async ask(method: string, path: string, body?: object): Promise<any> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.#url}/api/v0${path}`, {
      method,
      headers: {
        ...(this.#token !== "" && { authorization: `Token ${this.#token}` }),
        ...(!isForm && body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
