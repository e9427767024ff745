import { type Advice, partsOf } from "../advice.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";

/** Failures of a connection in words, by the code of the system, of TLS or of Node's own reader of HTTP. */
const WORDS: readonly (readonly [codes: RegExp, words: string, hint: Advice])[] = [
  [/^ECONNREFUSED$/, "nobody listens there", "check the address, and whether the server runs"],
  [/^(?:ENOTFOUND|EAI_AGAIN|EAI_\w+)$/, "its name cannot be looked up", "check the name, and this machine's network"],
  [/^(?:ENETUNREACH|EHOSTUNREACH|ENETDOWN|EADDRNOTAVAIL)$/, "there is no way to it", "check this machine's network"],
  [/^ETIMEDOUT$/, "it does not answer", "check the address, and whether a firewall lies between"],
  [/^(?:ECONNRESET|EPIPE|ECONNABORTED)$/, "the connection was cut", "try again; the server may be restarting"],
  [/^EPROTO$|^ERR_SSL_/, "it does not speak TLS there", "check whether the address begins with http:// in truth"],
  [/^HPE_/, "what answers there does not speak HTTP", "check the address and the port"],
  [
    /^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    "its certificate is for another name",
    "use the name that the certificate is for",
  ],
  [/^CERT_HAS_EXPIRED$/, "its certificate has expired", "tell whoever runs the server"],
  [/^CERT_NOT_YET_VALID$/, "its certificate is not valid yet", "check this machine's clock"],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|INVALID_\w+)$/,
    "nobody whom this machine trusts has signed its certificate",
    [
      "if it is the right server, log in anew and name the certificate of its signer with ",
      { do: "set", option: "certificate", value: "FILE" },
    ],
  ],
];

/** Failures after which the same request may be answered a moment later. */
const PASSING = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ECONNABORTED|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)$/;

/** A failure to reach the server, with what can be done about it. */
export function unreachable(url: string, error: unknown): HeadraceError {
  if (error instanceof HeadraceError) return error;
  const code = networkCode(error);
  const [, words, hint] = WORDS.find(([codes]) => code !== undefined && codes.test(code)) ?? [];
  return new HeadraceError("HR_SERVER_UNREACHABLE", `the server ${url} cannot be reached: ${words ?? wordsOf(error)}`, {
    hint: [...partsOf(hint ?? "check the address, and whether the server runs")],
    cause: error,
  });
}

/** Returns true if the failure may pass by itself. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof HeadraceError) || error.code !== "HR_SERVER_UNREACHABLE") return false;
  const code = networkCode(error.cause);
  return code === undefined ? error.cause instanceof Error : PASSING.test(code);
}

function networkCode(error: unknown): string | undefined {
  // A name with several addresses fails with a failure for each.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = systemErrorCode(first);
  return code ?? (first instanceof Error && first.message === "aborted" ? "ECONNRESET" : undefined);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
