import type { Agent, IncomingMessage, RequestOptions } from "node:http";
import { pipeline } from "node:stream/promises";
import { unreachable } from "./unreachable.ts";

/** A server, and how it is reached. */
export interface ServerConnection {
  /** Its address, without a slash at its end. */
  readonly url: string;
  /** The credential of the user. Sent as a header, and nowhere else. */
  readonly token?: string;
  /** Certificates (PEM) to trust beside those that the system does. */
  readonly certificates?: string;
  /** For `HTTPS_PROXY` and its kin. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The version of this program. */
  readonly version: string;
  /** A connection on which nothing comes or goes for so long is given up. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 120_000;

export interface WireRequest {
  readonly method: string;
  /** Behind the address of the server, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Time after which a silent connection is given up, if the server is known to speak more often. */
  readonly silenceMs?: number;
}

/**
 * Requests to one server. `node:http` and not `fetch`: it takes certificates and proxies of its own, sends a path as it
 * is, follows no redirect with the user's token, and costs a start of the program less.
 */
export class Wire implements Disposable {
  readonly connection: ServerConnection;
  #agent: Promise<Agent> | undefined;

  constructor(connection: ServerConnection) {
    this.connection = connection;
  }

  /** The head of the answer, whatever its status. Throws HR_SERVER_UNREACHABLE. */
  async send(request: WireRequest): Promise<IncomingMessage> {
    const { url } = this.connection;
    try {
      return await this.#exchange(request);
    } catch (error) {
      request.signal?.throwIfAborted();
      throw unreachable(url, error);
    }
  }

  [Symbol.dispose](): void {
    void this.#agent?.then((agent) => agent.destroy());
  }

  async #exchange({ method, path, headers, body, signal, silenceMs }: WireRequest): Promise<IncomingMessage> {
    const { url, token, version } = this.connection;
    const target = new URL(url);
    const { request: begin } = target.protocol === "https:" ? await import("node:https") : await import("node:http");
    const options: RequestOptions = {
      ...{ method, agent: await this.#agentOf(method) },
      // An address in brackets is one for URLs only.
      hostname: target.hostname.replace(/^\[|\]$/g, ""),
      ...(target.port !== "" && { port: target.port }),
      path: `${target.pathname.replace(/\/$/, "")}${path}`,
      headers: {
        "user-agent": `headrace/${version}`,
        accept: "application/json",
        ...(token !== undefined && { authorization: `Token ${token}` }),
        ...(typeof body === "string" && { "content-length": String(Buffer.byteLength(body)) }),
        ...headers,
      },
      ...(signal !== undefined && { signal }),
    };
    const silence = silenceMs ?? this.connection.silenceMs ?? SILENCE_MS;
    return await new Promise((resolve, reject) => {
      const request = begin(options, resolve);
      request.on("error", reject);
      request.setTimeout(silence, () => request.destroy(new SilentServer(silence)));
      if (body === undefined || typeof body === "string") request.end(body);
      // A server that refuses an upload answers before it has all, and closes; its answer counts then.
      else pipeline(body, request).catch((error: unknown) => setImmediate(reject, error));
    });
  }

  /**
   * Connections are kept for reading alone. One that the server closes at that moment breaks a request, and what
   * changes something cannot merely be sent again.
   */
  async #agentOf(method: string): Promise<Agent> {
    if (method !== "GET") return await newAgent(this.connection, false);
    this.#agent ??= newAgent(this.connection, true);
    return await this.#agent;
  }
}

export class SilentServer extends Error {
  constructor(silenceMs: number) {
    super(`nothing has come for ${Math.round(silenceMs / 1_000)} s`);
  }
}

async function newAgent({ url, certificates, env = {} }: ServerConnection, keepAlive: boolean): Promise<Agent> {
  const options = { keepAlive, proxyEnv: { ...env } };
  if (!url.startsWith("https:")) {
    const { Agent: HttpAgent } = await import("node:http");
    return new HttpAgent(options);
  }
  const [{ Agent: HttpsAgent }, { getCACertificates }] = await Promise.all([import("node:https"), import("node:tls")]);
  const trusted = certificates === undefined ? {} : { ca: [...getCACertificates("default"), certificates] };
  return new HttpsAgent({ ...options, ...trusted });
}
