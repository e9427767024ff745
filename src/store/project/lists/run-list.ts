import type { Queries, SqlParameters } from "../../database.ts";
import { createdBetween, tagOfRun, valueOfRun } from "./conditions.ts";
import type { Listed, RunQuery } from "./list-query.ts";
import { numbersBetween } from "./numbers-between.ts";
import { orderOf } from "./order.ts";
import { orderedPage } from "./ordered-page.ts";

/** The ids of a page of runs. */
export async function pageOfRuns(queries: Queries, project: number, query: RunQuery): Promise<Listed<string>> {
  const { states, name, tags: [tag, ...tags] = [], below, since, until, values = [] } = query;
  const parameters: SqlParameters = { project, ...(name !== undefined && { name }), ...(tag !== undefined && { tag }) };
  const source = {
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
    conditions: [...values.map(valueOfRun), ...tags.map(tagOfRun), ...createdBetween(since, until)],
    parameters,
  } as const;
  return await orderedPage(queries, source, orderOf("runs", query.sort), query);
}
