import type { IncomingHttpHeaders } from "node:http";

/** What a server says to tell one state of a file from another. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

const ETAG = "headrace.http.etag";
const LAST_MODIFIED = "headrace.http.last-modified";

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

/**
 * The value for `If-Range`: only what identifies the bytes themselves, so that two halves never come from two states. A weak ETag does not;
 * a time does when the file was at least a second old as it was sent (RFC 9110, 8.8.2.2).
 */
export function rangeValidator(headers: IncomingHttpHeaders): string | undefined {
  const { etag, lastModified } = validatorsOf(headers);
  if (etag !== undefined) return etag.startsWith("W/") ? undefined : etag;
  if (lastModified === undefined) return undefined;
  const ageMs = Date.parse(headers.date ?? "") - Date.parse(lastModified);
  return ageMs >= 1000 ? lastModified : undefined;
}
