import type { Queries, SqlParameters } from "../../database.ts";
import { actorOfRun, createdBetween, kindOfRun, numberAmong, tagOfRun, valueOfRun } from "./conditions.ts";
import type { Listed, RunQuery } from "./list-query.ts";
import { numbersBetween } from "./numbers-between.ts";
import { orderOf } from "./order.ts";
import { countRows, type ListSource, orderedPage } from "./ordered-page.ts";

/** The ids of a page of runs. */
export async function pageOfRuns(queries: Queries, project: number, query: RunQuery): Promise<Listed<string>> {
  return await orderedPage(queries, await sourceOf(queries, project, query), orderOf("runs", query.sort), query);
}

/** Counts the runs that a query finds in all its pages. */
export async function countRuns(queries: Queries, project: number, query: Omit<RunQuery, "limit">): Promise<number> {
  return await countRows(queries, await sourceOf(queries, project, query));
}

async function sourceOf(queries: Queries, project: number, query: Omit<RunQuery, "limit">): Promise<ListSource> {
  const { states, name, tags: [tag, ...tags] = [], below, since, until, values = [], kind, numbers, actor } = query;
  const parameters: SqlParameters = { project, ...(name !== undefined && { name }), ...(tag !== undefined && { tag }) };
  return {
    table: "runs",
    ranges: {
      table: tag === undefined ? "runs" : "run_tags",
      where: [
        { column: "project_key", is: ":project" },
        ...(tag === undefined ? [] : [{ column: "tag", is: ":tag" } as const]),
        ...(name === undefined ? [] : [{ column: "name", is: ":name" } as const]),
      ],
    },
    states,
    numbers: await numbersBetween(queries, project, "runs", { below, since, until }),
    conditions: [
      ...values.map(valueOfRun),
      ...tags.map(tagOfRun),
      ...createdBetween(since, until),
      ...(kind === undefined ? [] : [kindOfRun(kind)]),
      ...(numbers === undefined ? [] : [numberAmong("runs", numbers)]),
      ...(actor === undefined ? [] : [actorOfRun(actor)]),
    ],
    parameters,
  };
}
