import * as z from "zod";
import { fieldTable } from "../manual.ts";
import type { RouteAccess, RouteContract } from "./contract.ts";
import { ROUTES } from "./routes.ts";

/** The entry for a call in the reference of the API. */
export interface RouteEntry {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly who: string;
  /** Tables in Markdown, by what they describe. */
  readonly tables: readonly { readonly title: string; readonly rows: readonly string[] }[];
}

/** Calls by the heading that they stand under, in the order of their contracts. */
export function referenceOf(routes: readonly RouteContract[]): ReadonlyMap<string, readonly RouteEntry[]> {
  return Map.groupBy(routes, ({ tag }) => tag)
    .entries()
    .map(([tag, all]) => [tag, all.map(entryOf)] as const)
    .reduce((found, [tag, entries]) => found.set(tag, entries), new Map<string, readonly RouteEntry[]>());
}

function entryOf({ method, path, summary, access, params, query, body, reply, stream }: RouteContract): RouteEntry {
  const parts = [
    ["in the address", params],
    ["as a query", query],
    ["in the body", body],
    [stream === "events" ? "in each event" : "in the answer", reply],
  ] as const;
  const tables = parts.flatMap(([title, schema]) => (schema === undefined ? [] : [{ title, rows: rowsOf(schema) }]));
  return { method, path, summary, who: whoMay(access), tables };
}

function rowsOf(schema: z.ZodType): readonly string[] {
  const rows = fieldTable(schema instanceof z.ZodArray ? (schema.element as z.ZodType) : schema);
  return rows.length > 2 ? rows : [];
}

export function whoMay(access: RouteAccess): string {
  if (access === "open") return "everybody";
  if (access === "execution") return "a step, by its own token";
  return "server" in access ? access.server : access.project;
}

/** docs/api.md with its calls as the contracts have them now: all that stands below the heading. */
export function withCalls(
  page: string,
  routes: readonly RouteContract[] = Object.values<RouteContract>(ROUTES),
): string {
  const [head = ""] = page.split(/(?<=^## Calls\n)/m);
  const sections = [...referenceOf(routes)].map(([tag, entries]) => {
    const rows = [...Map.groupBy(entries, ({ path, who, summary }) => `${path}\`| ${who} | ${summary} |`)].map(
      ([rest, all]) => `| \`${all.map(({ method }) => method).join(", ")} ${rest.replace("`|", "` |")}`,
    );
    return [`### ${tag}`, "", "| call | who | what it does |", "| --- | --- | --- |", ...rows, ""].join("\n");
  });
  return `${head}\n${sections.join("\n")}`;
}
