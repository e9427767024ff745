import type { ProjectApi, RunDetailView } from "../api/index.ts";
import { runWithNodes } from "../views/index.ts";
import { everyItem } from "./every-page.ts";

const NODES_AT_ONCE = 1_000;

/** A run with all its nodes. Throws HR_USAGE where the reference names an execution. */
export async function wholeRun(api: ProjectApi, ref: string): Promise<RunDetailView> {
  const run = await api.runs.get(ref);
  const nodes = everyItem((page) => api.nodes.list(String(run.number), page), { atOnce: NODES_AT_ONCE });
  return runWithNodes(run, await Array.fromAsync(nodes));
}
