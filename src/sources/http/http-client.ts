import { Agent, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure, Agent as SecureAgent } from "node:https";
import { isIP } from "node:net";
import { type AddressPolicy, guardedLookup, requireReachable } from "../../network/index.ts";
import { BodyReader } from "./body-reader.ts";
import { failureOfError, failureOfStatus, HttpFailure, refusedAddress, stalled } from "./http-failure.ts";
import type { HttpPolicy } from "./http-policy.ts";
import type { WebAddress } from "./web-address.ts";

export type RequestHeaders = Readonly<Record<string, string>>;
/** Returns the headers for an address, be it the first or one that a redirect led to. */
export type HeadersFor = (url: URL) => RequestHeaders;

/** An answer whose body is still to be read, and the address that gave it after all redirects. */
export interface Reply {
  readonly response: IncomingMessage;
  readonly body: BodyReader;
  readonly status: number;
  readonly url: URL;
}

export interface HttpClientOptions {
  readonly policy: HttpPolicy;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly addresses: AddressPolicy;
}

const MAX_CONNECTIONS_PER_HOST = 16;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Besides 200: part of the content, nothing new, nothing there from the asked position on. */
const USABLE: ReadonlySet<number> = new Set([200, 206, 304, 416]);

/**
 * Sends GET requests, through a proxy where the environment names one. Node's own client serves better here than
 * `fetch`: it leaves the bytes as they are, and tells why a connection failed.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #plain: Agent;
  readonly #secure: SecureAgent;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    const agentOptions = { maxSockets: MAX_CONNECTIONS_PER_HOST, proxyEnv: options.environment };
    this.#plain = new Agent(agentOptions);
    this.#secure = new SecureAgent(agentOptions);
  }

  /** One attempt. Follows redirects; throws HttpFailure, or the signal's reason. */
  async get(address: WebAddress, headers: HeadersFor, signal: AbortSignal): Promise<Reply> {
    const { policy, now } = this.#options;
    let url = address.url;
    for (let redirects = 0; ; redirects++) {
      const { response, body } = await this.#send(url, { ...headers(url), ...credentialsFor(url, address) }, signal);
      const status = response.statusCode ?? 0;
      if (USABLE.has(status)) return { response, body, status, url };
      response.destroy();
      const target = REDIRECTS.has(status) ? response.headers.location : undefined;
      if (target === undefined) throw failureOfStatus(response, now());
      if (redirects === policy.maxRedirects) throw redirected(`more than ${policy.maxRedirects} redirects`);
      url = followRedirect(url, target);
    }
  }

  async #send(url: URL, headers: RequestHeaders, signal: AbortSignal): Promise<Pick<Reply, "response" | "body">> {
    signal.throwIfAborted();
    const { policy, addresses } = this.#options;
    const { headTimeoutMs } = policy;
    // Each one anew, since a redirect may lead anywhere.
    requireAddress(url, addresses);
    const { promise, resolve, reject } = Promise.withResolvers<Pick<Reply, "response" | "body">>();
    const all = { "accept-encoding": "identity", "user-agent": "headrace", accept: "*/*", ...headers };
    const lookup = guardedLookup(url.hostname, addresses);
    const request =
      url.protocol === "https:"
        ? requestSecure(url, { agent: this.#secure, headers: all, signal, lookup })
        : requestPlain(url, { agent: this.#plain, headers: all, signal, lookup });
    const timer = setTimeout(() => request.destroy(stalled(headTimeoutMs)), headTimeoutMs);
    // Stays for the request's whole life: what goes wrong later shows in the response as well, and must not be thrown
    // at nobody.
    request.on("error", reject);
    // Listened to from the first moment on: a connection that breaks before somebody reads must be found broken then.
    request.once("response", (response) => resolve({ response, body: new BodyReader(response) }));
    request.end();
    try {
      return await promise;
    } catch (error) {
      signal.throwIfAborted();
      throw failureOfError(error, url);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Throws HttpFailure for a host in digits that may not be reached. A name is looked at when it is looked up, which a
 * proxy does where the environment names one.
 */
export function requireAddress({ hostname }: URL, addresses: AddressPolicy): void {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) === 0) return;
  try {
    requireReachable(hostname, [address], addresses);
  } catch (error) {
    throw refusedAddress(error) ?? error;
  }
}

/** Credentials are for the host that they were given for, and for no other that it points to. */
function credentialsFor(url: URL, { url: first, authorization }: WebAddress): RequestHeaders {
  return authorization !== undefined && url.origin === first.origin ? { authorization } : {};
}

function followRedirect(from: URL, location: string): URL {
  const target = URL.parse(location, from.href);
  if (target === null || (target.protocol !== "http:" && target.protocol !== "https:"))
    throw redirected("a redirect to no web address");
  if (from.protocol === "https:" && target.protocol === "http:")
    throw redirected(`a redirect from https to http (${target.host})`);
  target.username = "";
  target.password = "";
  return target;
}

function redirected(what: string): HttpFailure {
  return new HttpFailure(`the server answers with ${what}`, {
    hint: "give the address that the file really has",
    passing: false,
  });
}
