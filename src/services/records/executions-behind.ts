import type { ListedNode, ProjectStore } from "../../store/index.ts";

/** The executions behind all nodes of a run. */
export async function executionIdsOfRun(store: ProjectStore, runId: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.lists.nodes(runId, { limit: NODES_AT_ONCE, ...(after === undefined ? {} : { after }) });
    ids.push(...(await executionIdsBehind(store, runId, page.items)));
    after = page.next;
  }
  return [...new Set(ids)];
}

const NODES_AT_ONCE = 1_000;

/** The executions behind nodes, in the order of the nodes; a task has those of its trials. */
export async function executionIdsBehind(
  store: ProjectStore,
  runId: string,
  nodes: readonly ListedNode[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { node, planned } of nodes) {
    if (planned.kind !== "task") ids.push(...(node.executionId === undefined ? [] : [node.executionId]));
    else ids.push(...(await executionIdsOfTask(store, runId, node.name)));
  }
  return ids;
}

/** The last execution of each trial of a task. Few runs have one, and the room of the tasks loads much. */
export async function executionIdsOfTask(store: ProjectStore, runId: string, node: string): Promise<readonly string[]> {
  const { lastOfEach } = await import("../../tasks/index.ts");
  return lastOfEach(await store.tasks.listTrials(runId, node)).map(({ executionId }) => executionId);
}
