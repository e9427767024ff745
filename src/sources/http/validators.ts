import type { IncomingHttpHeaders } from "node:http";

/** What a server says to tell one state of a file from another. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

const ETAG = "headrace.http.etag";
const LAST_MODIFIED = "headrace.http.last-modified";

/**
 * A file may change again within the second in which it was written, and keep its time; clocks may differ by more. So a time counts when it was a
 * minute old as it was sent (RFC 9110, 8.8.2.2). Many servers make their ETags of time and size: with a younger time they do not count either.
 */
const SETTLED_MS = 60_000;

/** Those by which a file may be known again in another run; of a file that is too young, none. */
export function settledValidators(headers: IncomingHttpHeaders): Validators {
  return isSettled(headers) ? validatorsOf(headers) : {};
}

export function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const etag = headers.etag;
  const lastModified = headers["last-modified"];
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

export function sameValidators(one: Validators, other: Validators): boolean {
  return one.etag === other.etag && one.lastModified === other.lastModified;
}

/** How validators stand in a datum's properties. */
export function toProperties({ etag, lastModified }: Validators): Readonly<Record<string, unknown>> {
  return { ...(etag !== undefined && { [ETAG]: etag }), ...(lastModified !== undefined && { [LAST_MODIFIED]: lastModified }) };
}

export function fromProperties(properties: Readonly<Record<string, unknown>>): Validators {
  const etag = properties[ETAG];
  const lastModified = properties[LAST_MODIFIED];
  return { ...(typeof etag === "string" && { etag }), ...(typeof lastModified === "string" && { lastModified }) };
}

/** Headers that ask for the content only if it is another than known. */
export function unlessUnchanged({ etag, lastModified }: Validators): Readonly<Record<string, string>> {
  return { ...(etag !== undefined && { "if-none-match": etag }), ...(lastModified !== undefined && { "if-modified-since": lastModified }) };
}

function isSettled({ date, "last-modified": lastModified }: IncomingHttpHeaders): boolean {
  return lastModified === undefined || Date.parse(date ?? "") - Date.parse(lastModified) >= SETTLED_MS;
}

/** The value for `If-Range`: only what identifies the bytes themselves, so that two halves never come from two states. A weak ETag does not. */
export function rangeValidator(headers: IncomingHttpHeaders): string | undefined {
  const { etag, lastModified } = validatorsOf(headers);
  if (etag !== undefined) return etag.startsWith("W/") ? undefined : etag;
  return isSettled(headers) ? lastModified : undefined;
}
