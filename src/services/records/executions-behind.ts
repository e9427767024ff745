import type { ListedNode, ProjectStore } from "../../store/index.ts";

/** The executions behind nodes, in the order of the nodes; a task has those of its trials. */
export async function executionIdsBehind(
  store: ProjectStore,
  runId: string,
  nodes: readonly ListedNode[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { node, planned } of nodes) {
    if (planned.kind !== "task") ids.push(...(node.executionId === undefined ? [] : [node.executionId]));
    else ids.push(...(await idsOfTrials(store, runId, node.name)));
  }
  return ids;
}

/** Few runs have a task, and the room of the tasks loads much. */
async function idsOfTrials(store: ProjectStore, runId: string, node: string): Promise<readonly string[]> {
  const { lastOfEach } = await import("../../tasks/index.ts");
  return lastOfEach(await store.tasks.listTrials(runId, node)).map(({ executionId }) => executionId);
}
