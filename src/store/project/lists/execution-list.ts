import type { Queries, SqlParameters } from "../../database.ts";
import { createdBetween, nodeOfExecution, runNameOfExecution, tagOfExecution, valueOfExecution } from "./conditions.ts";
import type { ExecutionQuery, Listed } from "./list-query.ts";
import { numbersBetween } from "./numbers-between.ts";
import { orderOf } from "./order.ts";
import { orderedPage } from "./ordered-page.ts";

/** The ids of a page of executions. */
export async function pageOfExecutions(queries: Queries, project: number, query: ExecutionQuery): Promise<Listed<string>> {
  const { states, runId, step, node, runName, tags = [], below, since, until, values = [] } = query;
  const parameters: SqlParameters = { project, ...(runId !== undefined && { runId }), ...(step !== undefined && { step }) };
  const source = {
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
    ],
    parameters,
  } as const;
  return await orderedPage(queries, source, orderOf("executions", query.sort), query);
}
