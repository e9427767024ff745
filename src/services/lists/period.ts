import { HeadraceError } from "../../errors.ts";

/** The period of a list in milliseconds since the epoch. Throws HR_USAGE for what is no moment. */
export function periodOf(query: { readonly since?: string; readonly until?: string }): {
  readonly since?: number;
  readonly until?: number;
} {
  const { since, until } = query;
  return {
    ...(since === undefined ? {} : { since: momentOf(since) }),
    ...(until === undefined ? {} : { until: momentOf(until) }),
  };
}

/** Throws HR_USAGE for what is no moment. */
export function momentOf(text: string): number {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new HeadraceError("HR_USAGE", `${JSON.stringify(text)} is no moment`, {
    hint: "write for example 2026-03-01T12:00:00Z",
  });
}
