import type { DatumView, ExecutionView, NodeView, Page } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ExecutionQuery, FileQuery, NodeQuery, ProjectStore } from "../../store/index.ts";
import { describeExecutions, describeNodes } from "../details.ts";
import { findSubject } from "../refs.ts";
import { datumView } from "../view-of.ts";

/** A page of the nodes of a run, in the plan's order. Throws HR_USAGE where the reference names an execution. */
export async function nodePage(store: ProjectStore, ref: string, query: NodeQuery): Promise<Page<NodeView>> {
  const subject = await findSubject(store, ref);
  if (subject.kind === "run") return await describeNodes(store, subject.run, query);
  throw new HeadraceError("HR_USAGE", `${subject.execution.number} is an execution and has no nodes`, { hint: "name its run" });
}

/** A page of executions with their files. */
export async function executionPage(store: ProjectStore, query: ExecutionQuery): Promise<Page<ExecutionView>> {
  const { items, next } = await store.lists.executions(query);
  return { items: await describeExecutions(store, items), next };
}

/** A page of stored files. */
export async function filePage(store: ProjectStore, query: FileQuery): Promise<Page<DatumView>> {
  const { items, next } = await store.lists.files(query);
  const makers = await store.executions.listById(new Set(items.flatMap(({ executionId }) => executionId ?? [])));
  const byId = new Map(makers.map(({ execution }) => [execution.id, execution]));
  return { items: items.map((datum) => datumView(datum, byId.get(datum.executionId ?? ""))), next };
}
