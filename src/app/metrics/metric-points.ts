import type { MetricPointView } from "../../api/index.ts";
import type { ExecutionRecord, ProjectStore } from "../../store/index.ts";
import { findSubject } from "../refs.ts";
import { isoTime } from "../view-of.ts";

const PAGE = 10_000;

/**
 * Every metadata point of an execution, or of all executions behind the nodes of a run, in the order in which they were printed.
 * Read in pages, so that a million points take no more memory than ten thousand.
 */
export async function* readMetricPoints(store: ProjectStore, refs: readonly string[]): AsyncGenerator<MetricPointView> {
  const seen = new Set<string>();
  for (const ref of refs) {
    for (const execution of await executionsOf(store, ref)) {
      if (seen.has(execution.id)) continue;
      seen.add(execution.id);
      yield* pointsOf(store, execution);
    }
  }
}

async function* pointsOf(store: ProjectStore, { id, number, node }: ExecutionRecord): AsyncGenerator<MetricPointView> {
  let index = 0;
  for (let afterOffset = -1; ; ) {
    const page = await store.metadata.list(id, { afterOffset, limit: PAGE });
    for (const { at, values } of page) yield { execution: number, node, index: index++, at: isoTime(at), values };
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    afterOffset = last.offset;
  }
}

async function executionsOf(store: ProjectStore, ref: string): Promise<readonly ExecutionRecord[]> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "execution") return [subject.execution];
  const [nodes, behind] = await Promise.all([store.nodes.list(subject.run.id), store.executions.listOfNodes(subject.run.id)]);
  const byId = new Map(behind.map(({ execution }) => [execution.id, execution]));
  return nodes.flatMap(({ executionId }) => (executionId === undefined ? [] : (byId.get(executionId) ?? [])));
}
