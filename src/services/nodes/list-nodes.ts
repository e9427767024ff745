import type { NodesQuery, NodeView, Page } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { describeNodes } from "../records/details.ts";
import { findRun } from "../records/refs.ts";

/** A page of the nodes of a run with their executions, in the plan's order; its cost does not grow with the run. */
export async function listNodes({ project }: Context, run: string, query: NodesQuery): Promise<Page<NodeView>> {
  requirePageSize(query.limit);
  const store = await project.reader();
  return await describeNodes(store, await findRun(store, run), query);
}
