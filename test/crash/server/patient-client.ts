import { setTimeout as delay } from "node:timers/promises";

export interface ClientRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: object | FormData | Uint8Array;
  /** Sent as the idempotency key: the same one each time. */
  readonly key?: string;
}

export interface ClientAnswer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the campaign looks into whatever was answered
  readonly json: any;
  /** Number of times that it was sent before it was answered. */
  readonly attempts: number;
}

/** Between two attempts. */
const PAUSE_MS = 40;
/** An answer that takes longer is not waited for. */
const ATTEMPT_MS = 60_000;

/** A client that sends a request again, as it is, until a server has answered it. */
export class PatientClient {
  readonly #urls: readonly string[];
  #turn = 0;
  #token = "";

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  get token(): string {
    return this.#token;
  }

  async logIn(username: string, password: string): Promise<void> {
    const { json } = await this.call("/get-token/", { method: "POST", body: { username, password } });
    this.#token = json.token;
  }

  /** The address of a server, another one after each failure. */
  next(): string {
    return this.#urls[this.#turn++ % this.#urls.length] ?? "";
  }

  async call(path: string, request: ClientRequest = {}): Promise<ClientAnswer> {
    for (let attempts = 0; ; attempts++) {
      const answer = await this.#attempt(path, request).catch(() => undefined);
      if (answer !== undefined && !isForAnother(answer)) return { ...answer, attempts };
      await delay(PAUSE_MS);
    }
  }

  async #attempt(path: string, { method = "GET", body, key }: ClientRequest): Promise<Omit<ClientAnswer, "attempts">> {
    const isJson = body !== undefined && !(body instanceof FormData) && !(body instanceof Uint8Array);
    const response = await fetch(`${this.next()}/api/v0${path}`, {
      method,
      signal: AbortSignal.timeout(ATTEMPT_MS),
      headers: {
        ...(this.#token !== "" && { authorization: `Token ${this.#token}` }),
        ...(isJson && { "content-type": "application/json" }),
        ...(body instanceof Uint8Array && { "content-type": "application/octet-stream" }),
        ...(key !== undefined && { "idempotency-key": key }),
      },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as BodyInit) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, text, json: /json/.test(type) ? JSON.parse(text) : undefined };
  }
}

/** The server cannot answer now, or another attempt of the same request is being answered. */
function isForAnother({ status, json }: Omit<ClientAnswer, "attempts">): boolean {
  if (status === 503 || status === 429) return true;
  return status === 409 && json?.detail === "the same request is being answered";
}
