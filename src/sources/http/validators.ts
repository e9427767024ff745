import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { redactUri } from "../redact-uri.ts";

/** A server sends these to tell one state of a file from another. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
  /**
   * Stands for the address that redirects led to, if they led elsewhere: validators tell states of one address, and say
   * nothing of another's.
   */
  readonly address?: string;
}

/** A state of the file that is stored here. */
export interface KnownState extends Validators {
  readonly sizeBytes: number;
}

/** The address that an answer came from, and the address that was asked first. */
export interface Addresses {
  readonly url: URL;
  readonly first: URL;
}

const ETAG = "headrace.http.etag";
const LAST_MODIFIED = "headrace.http.last-modified";
const ADDRESS = "headrace.http.address";

/**
 * A file may change again within the second in which it was written, and keep its time; clocks may differ by more. So a
 * time counts when it was a minute old as it was sent (RFC 9110, 8.8.2.2). Many servers make their ETags of time and
 * size: with a younger time they do not count either.
 */
const SETTLED_MS = 60_000;

/** Those by which a file may be known again in another run; a file that is too young has none. */
export function settledValidators(headers: IncomingHttpHeaders, addresses: Addresses): Validators {
  const address = addressKey(addresses);
  return isSettled(headers) ? { ...validatorsOf(headers), ...(address !== undefined && { address }) } : {};
}

export function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const etag = headers.etag;
  const lastModified = headers["last-modified"];
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

export function sameValidators(one: Validators, other: Validators): boolean {
  return one.etag === other.etag && one.lastModified === other.lastModified && one.address === other.address;
}

/** Returns the form that validators have in a datum's properties. */
export function toProperties({ etag, lastModified, address }: Validators): Readonly<Record<string, unknown>> {
  return {
    ...(etag !== undefined && { [ETAG]: etag }),
    ...(lastModified !== undefined && { [LAST_MODIFIED]: lastModified }),
    ...(address !== undefined && { [ADDRESS]: address }),
  };
}

export function fromProperties(properties: Readonly<Record<string, unknown>>): Validators {
  const { [ETAG]: etag, [LAST_MODIFIED]: lastModified, [ADDRESS]: address } = properties;
  return {
    ...(typeof etag === "string" && { etag }),
    ...(typeof lastModified === "string" && { lastModified }),
    ...(typeof address === "string" && { address }),
  };
}

/**
 * Headers that ask for the content only if it is another than known. Never a time: a server answers `If-Modified-Since`
 * with 304 for every file that is older, so that one that was put back to a state of before would pass for unchanged
 * (RFC 9110, 13.1.3).
 */
export function unlessUnchanged({ etag, address }: Validators, addresses: Addresses): Readonly<Record<string, string>> {
  return etag !== undefined && address === addressKey(addresses) ? { "if-none-match": etag } : {};
}

/** True if an answer that brings the content brings the state that is known: its body need not be read. */
export function isKnownState(
  { sizeBytes, ...known }: KnownState,
  headers: IncomingHttpHeaders,
  addresses: Addresses,
): boolean {
  if (known.etag === undefined && known.lastModified === undefined) return false;
  return (
    headers["content-length"] === String(sizeBytes) && sameValidators(known, settledValidators(headers, addresses))
  );
}

/**
 * Undefined for the address that was asked for itself. Parameters that are no names of contents belong to signatures,
 * new ones each time.
 */
function addressKey({ url, first }: Addresses): string | undefined {
  if (url.href === first.href) return undefined;
  const shown = new URL(redactUri(url.href));
  for (const [name, value] of [...shown.searchParams]) if (value.startsWith("hidden-")) shown.searchParams.delete(name);
  return hash("sha256", shown.href).slice(0, 32);
}

function isSettled({ date, "last-modified": lastModified }: IncomingHttpHeaders): boolean {
  return lastModified === undefined || Date.parse(date ?? "") - Date.parse(lastModified) >= SETTLED_MS;
}

/**
 * The value for `If-Range`: only what identifies the bytes themselves, so that two halves never come from two states. A
 * weak ETag does not.
 */
export function rangeValidator(headers: IncomingHttpHeaders): string | undefined {
  const { etag, lastModified } = validatorsOf(headers);
  if (etag !== undefined) return etag.startsWith("W/") ? undefined : etag;
  return isSettled(headers) ? lastModified : undefined;
}
