import type { IncomingHttpHeaders } from "node:http";

export interface WantedRange {
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/**
 * The range of a file that a request asks for (RFC 9110, section 14), undefined for the whole: also for several ranges
 * at once, and for one of what the file was before.
 */
export function rangeOf(
  headers: IncomingHttpHeaders,
  { sizeBytes, tag }: { readonly sizeBytes: number; readonly tag: string | undefined },
): WantedRange | "outside" | undefined {
  const { range, "if-range": condition } = headers;
  if (range === undefined || (condition !== undefined && condition !== tag)) return undefined;
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(range.trim()) ?? [];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  // A last byte before the first makes the header none at all.
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  return start < end ? { start, end } : "outside";
}
