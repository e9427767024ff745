import { type IncomingMessage, STATUS_CODES } from "node:http";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

export interface HttpFailureFacts {
  readonly hint: string;
  /** Trying again may help. */
  readonly passing: boolean;
  /** The pause that the server asks for. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** One attempt of a download that failed. Ends in HR_INPUT_UNAVAILABLE, unless a further attempt succeeds. */
export class HttpFailure extends Error {
  readonly hint: string;
  readonly passing: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { hint, passing, retryAfterMs, cause }: HttpFailureFacts) {
    super(message, { cause });
    this.name = "HttpFailure";
    this.hint = hint;
    this.passing = passing;
    this.retryAfterMs = retryAfterMs;
  }
}

const LATER = "check the network and the server, then run again";
const ADDRESS = "check the address; a browser shows what is there";

const STATUS_HINTS: Readonly<Record<number, string>> = {
  401: "put user and password into the address: https://USER:PASSWORD@host/path (they are not recorded with the file)",
  403: "check that you may read it; a signed address may have expired",
  404: ADDRESS,
  407: "put user and password into the proxy's address: HTTPS_PROXY=http://USER:PASSWORD@host:port",
  410: ADDRESS,
};

/** 408 Request Timeout, 425 Too Early, 429 Too Many Requests, and whatever the server blames on itself. */
function isPassingStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function failureOfStatus(response: Pick<IncomingMessage, "statusCode" | "headers">, now: number): HttpFailure {
  const status = response.statusCode ?? 0;
  const passing = isPassingStatus(status);
  const retryAfterMs = passing ? parseRetryAfter(response.headers["retry-after"], now) : undefined;
  return new HttpFailure(`the server answers ${`${status} ${STATUS_CODES[status] ?? ""}`.trim()}`, {
    hint: STATUS_HINTS[status] ?? (passing ? LATER : ADDRESS),
    passing,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Seconds or a date; a pause that has passed already is none. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA$|EPROTO$)/;
const TLS_HINT =
  "check the server's certificate; NODE_EXTRA_CA_CERTS=FILE makes Node.js trust an authority of your own";

/** The meaning of each network error, in words. */
const NETWORK_ERRORS: Readonly<
  Record<string, (place: string) => { readonly what: string; readonly hint?: string; readonly final?: true }>
> = {
  ENOTFOUND: (place) => ({
    what: `no host of the name ${place} is known`,
    hint: "check the name of the host, and the network",
    final: true,
  }),
  EAI_AGAIN: (place) => ({ what: `the name ${place} cannot be looked up at the moment` }),
  ECONNREFUSED: (place) => ({
    what: `${place} refuses the connection`,
    hint: "check the host and port, and that the server is running",
  }),
  ECONNRESET: () => ({ what: "the connection broke off" }),
  EPIPE: () => ({ what: "the connection broke off" }),
  ENETDOWN: () => ({ what: "the network is down" }),
  ETIMEDOUT: (place) => ({ what: `${place} does not answer` }),
  EHOSTUNREACH: (place) => ({ what: `${place} cannot be reached` }),
  ENETUNREACH: (place) => ({ what: `${place} cannot be reached` }),
};

/** The failure of an address that the policy of the installation refuses; undefined for any other error. */
export function refusedAddress(error: unknown): HttpFailure | undefined {
  if (!(error instanceof HeadraceError) || error.code !== "HR_FORBIDDEN") return undefined;
  return new HttpFailure(error.message, { hint: error.hint ?? LATER, passing: false, cause: error });
}

/** `error` came out of a request to `url`. */
export function failureOfError(error: unknown, url: URL): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const refused = refusedAddress(error);
  if (refused !== undefined) return refused;
  const code = systemErrorCode(error) ?? "unknown error";
  if (TLS_CODE.test(code)) {
    return new HttpFailure(`no secure connection to ${url.host}: ${reasonOf(error)} (${code})`, {
      hint: TLS_HINT,
      passing: false,
      cause: error,
    });
  }
  if (code.startsWith("HPE_")) {
    return new HttpFailure(`${url.host} does not answer in HTTP (${code})`, {
      hint: ADDRESS,
      passing: false,
      cause: error,
    });
  }
  const known = NETWORK_ERRORS[code]?.(code === "ENOTFOUND" || code === "EAI_AGAIN" ? url.hostname : url.host);
  if (known === undefined) {
    return new HttpFailure(`the download from ${url.host} failed: ${reasonOf(error)} (${code})`, {
      hint: LATER,
      passing: true,
      cause: error,
    });
  }
  return new HttpFailure(known.what, { hint: known.hint ?? LATER, passing: known.final !== true, cause: error });
}

/** The one clause of a library's text that helps a reader. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const openssl = /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1];
  return openssl ?? error.message.split("\n", 1)[0] ?? "";
}

export function stalled(timeoutMs: number): HttpFailure {
  return new HttpFailure(`the server sent nothing for ${timeoutMs / 1000} s`, { hint: LATER, passing: true });
}

export function brokeOff(receivedBytes: number, totalBytes: number | undefined, cause?: unknown): HttpFailure {
  const whole = totalBytes === undefined ? "" : ` of ${totalBytes}`;
  return new HttpFailure(`the connection broke off after ${receivedBytes}${whole} bytes`, {
    hint: LATER,
    passing: true,
    cause,
  });
}
