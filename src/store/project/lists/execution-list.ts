import type { Queries, SqlParameters } from "../../database.ts";
import {
  actorOfExecution,
  createdBetween,
  nodeOfExecution,
  numberAmong,
  runNameOfExecution,
  tagOfExecution,
  valueOfExecution,
} from "./conditions.ts";
import type { ExecutionQuery, Listed } from "./list-query.ts";
import { numbersBetween } from "./numbers-between.ts";
import { orderOf } from "./order.ts";
import { countRows, type ListSource, orderedPage } from "./ordered-page.ts";

/** The ids of a page of executions. */
export async function pageOfExecutions(
  queries: Queries,
  project: number,
  query: ExecutionQuery,
): Promise<Listed<string>> {
  return await orderedPage(queries, await sourceOf(queries, project, query), orderOf("executions", query.sort), query);
}

/** Counts the executions that a query finds in all its pages. */
export async function countExecutions(
  queries: Queries,
  project: number,
  query: Omit<ExecutionQuery, "limit">,
): Promise<number> {
  return await countRows(queries, await sourceOf(queries, project, query));
}

async function sourceOf(queries: Queries, project: number, query: Omit<ExecutionQuery, "limit">): Promise<ListSource> {
  const { states, runId, step, node, runName, tags = [], below, since, until, values = [], numbers, actor } = query;
  const parameters: SqlParameters = {
    project,
    ...(runId !== undefined && { runId }),
    ...(step !== undefined && { step }),
  };
  return {
    table: "executions",
    ranges: {
      table: "executions",
      where: [
        runId === undefined
          ? ({ column: "project_key", is: ":project" } as const)
          : ({ column: "run_key", is: "(select key from runs where id = :runId and project_key = :project)" } as const),
        ...(step === undefined ? [] : [{ column: "step", is: ":step" } as const]),
      ],
    },
    states,
    numbers: await numbersBetween(queries, project, "executions", { below, since, until }),
    conditions: [
      ...values.map(valueOfExecution),
      ...tags.map(tagOfExecution),
      ...(runName === undefined ? [] : [runNameOfExecution(runName)]),
      ...(node === undefined ? [] : [nodeOfExecution(node)]),
      ...createdBetween(since, until),
      ...(numbers === undefined ? [] : [numberAmong("executions", numbers)]),
      ...(actor === undefined ? [] : [actorOfExecution(actor)]),
    ],
    parameters,
  };
}
