import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { explainForbidden } from "./socket-access.ts";

// An import of node:http reads all its exports, WebSocket among them, which loads a whole client for the web: 35 ms
// instead of 3.
const { Agent, request } = process.getBuiltinModule("node:http");

/** An answer of the engine that is no success. */
export class EngineRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string, call: string) {
    super(message === "" ? `${call} was answered with status ${status}` : message);
    this.name = "EngineRefusal";
    this.status = status;
  }
}

/** The socket is gone, refuses, or broke off: the daemon is down or restarting. */
export class EngineUnreachable extends Error {
  readonly code: string;
  readonly socketPath: string;

  constructor(code: string, socketPath: string, cause: unknown) {
    super(`the container engine does not answer (${code})`, { cause });
    this.name = "EngineUnreachable";
    this.code = code;
    this.socketPath = socketPath;
  }
}

/** The socket is there, and this user may not use it. */
export function isForbidden({ code }: EngineUnreachable): boolean {
  return code === "EACCES" || code === "EPERM";
}

const HOLD_MS = 60_000;

export interface EngineCall {
  readonly method: "GET" | "POST" | "DELETE";
  /** Without version: each engine answers in its own, and what is used here has been the same since 1.40. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Calls that wait (a container's end, a pull) have none. */
  readonly timeoutMs?: number;
}

/**
 * The Engine API over its socket: plain HTTP, which Node speaks. The well-kept client, dockerode, brings ssh2 and gRPC
 * along (native builds, 70 packages) for the dozen calls used here.
 */
export class EngineClient implements Disposable {
  readonly socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** The answer's JSON; undefined for an empty one. Throws EngineRefusal and EngineUnreachable. */
  async call<T = unknown>(call: EngineCall): Promise<T> {
    const response = await this.#send(call);
    const text = await this.#readAll(response);
    try {
      // Podman ends an empty answer with a newline.
      return (text.trim() === "" ? undefined : JSON.parse(text)) as T;
    } catch {
      const message = `what listens at ${this.socketPath} is no Docker or Podman: its answer is no JSON`;
      throw new EngineRefusal(response.statusCode ?? 0, message, `${call.method} ${call.path}`);
    }
  }

  /** The quickest sign of life of both engines; its answer is a text, and no JSON. Throws as `call` does. */
  async ping(timeoutMs: number): Promise<void> {
    await this.#readAll(await this.#send({ method: "GET", path: "/_ping", timeoutMs }));
  }

  /** For answers that come piece by piece: one JSON object a line. */
  async *lines(call: EngineCall): AsyncGenerator<Readonly<Record<string, unknown>>> {
    const response = await this.#send(call);
    let rest = "";
    response.setEncoding("utf8");
    try {
      for await (const chunk of response) {
        const pieces = (rest + String(chunk)).split("\n");
        rest = pieces.pop() ?? "";
        for (const piece of pieces)
          if (piece.trim() !== "") yield JSON.parse(piece) as Readonly<Record<string, unknown>>;
      }
    } catch (error) {
      throw this.#unreachable(error);
    }
    if (rest.trim() !== "") yield JSON.parse(rest) as Readonly<Record<string, unknown>>;
  }

  /** A connection to what reads at the other end; `end` writes all, and says that nothing more comes. */
  async hold(path: string): Promise<{ end(bytes: Buffer): Promise<void> }> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const sent = request({
      socketPath: this.socketPath,
      agent: false,
      method: "POST",
      path,
      headers: { host: "localhost", connection: "Upgrade", upgrade: "tcp", "content-length": "0" },
      timeout: HOLD_MS,
    });
    sent.on("upgrade", (_response, socket) => resolve(socket as Socket));
    sent.on("response", (response) => {
      this.#readAll(response).then(
        (text) => reject(new EngineRefusal(response.statusCode ?? 0, messageOf(text), `POST ${path}`)),
        reject,
      );
    });
    sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
    sent.on("error", (error) => reject(this.#unreachable(error)));
    sent.end();
    const socket = await promise;
    const failed = new Promise<never>((_, fail) => socket.once("error", (error) => fail(this.#unreachable(error))));
    failed.catch(() => undefined);
    return {
      end: async (bytes) => {
        const written = new Promise<void>((done) => socket.end(bytes, done));
        await Promise.race([written, failed]);
        // The engine closes it once the other side has all, or has ended.
        socket.resume().unref();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #send(call: EngineCall): Promise<IncomingMessage> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request({
      socketPath: this.socketPath,
      // A kept connection may just be closed by the other side; what only asks may be asked again, what waits gets one
      // of its own.
      agent: call.timeoutMs === undefined ? false : this.#agent,
      method: call.method,
      path: call.path,
      headers: {
        host: "localhost",
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
        ...call.headers,
      },
      ...(call.timeoutMs === undefined ? {} : { timeout: call.timeoutMs }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    sent.on("response", resolve);
    sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
    sent.on("error", (error) => reject(call.signal?.aborted === true ? error : this.#unreachable(error)));
    sent.end(body);
    const response = await promise;
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 400) return response;
    throw new EngineRefusal(status, messageOf(await this.#readAll(response)), `${call.method} ${call.path}`);
  }

  async #readAll(response: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response) chunks.push(chunk as Buffer);
    } catch (error) {
      throw this.#unreachable(error);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  #unreachable(error: unknown): EngineUnreachable {
    return new EngineUnreachable(systemErrorCode(error) ?? "no answer", this.socketPath, error);
  }
}

/** Docker and Podman say `{"message": …}`. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text.trim();
  }
}

/** A step's trouble with the engine, in words for its record. */
export function explainEngine(error: unknown, what: string): unknown {
  if (error instanceof EngineUnreachable && isForbidden(error)) {
    const { message, hint } = explainForbidden(error.socketPath);
    return new HeadraceError("HR_STEP_START", `${what}: ${message}`, { hint, cause: error });
  }
  if (error instanceof EngineUnreachable) {
    return new HeadraceError("HR_STEP_START", `${what}: ${error.message}`, {
      hint: ["start Docker (or Podman's socket), or run with ", { do: "set", option: "environment", value: "local" }],
      cause: error,
    });
  }
  if (error instanceof EngineRefusal) {
    return new HeadraceError("HR_STEP_START", `${what}: the container engine said: ${error.message}`, {
      ...hintFor(error.message),
      cause: error,
    });
  }
  return error;
}

function hintFor(message: string): { readonly hint?: string } {
  if (/bind source path does not exist/.test(message)) {
    return {
      hint: "the engine does not see this machine's folders: share the project's folder with its virtual machine, or use an engine on this machine",
    };
  }
  if (/no space left on device/i.test(message))
    return { hint: "free some space where the engine keeps its data (`docker system df`)" };
  if (/could not select device driver/.test(message))
    return { hint: "install the NVIDIA container toolkit on this machine" };
  return {};
}
