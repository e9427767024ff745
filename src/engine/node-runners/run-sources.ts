import type { NodeResult, PlannedNode, PlannedTask } from "../../planning/index.ts";
import type { ProjectStore, RunRecord } from "../../store/index.ts";
import type { SourceLookup } from "../node-results.ts";
import { readTaskResult } from "./task/task-results.ts";

/** Finds the results of the nodes of a run that have ended, for those after them. */
export class RunSources implements SourceLookup {
  /** The executions of nodes that execute a step once, by the name of the node. */
  readonly executionIds = new Map<string, string>();
  readonly #store: Pick<ProjectStore, "tasks" | "executions">;
  readonly #run: RunRecord;
  readonly #tasks: ReadonlyMap<string, PlannedTask>;
  readonly #results = new Map<string, Promise<NodeResult>>();

  constructor(store: Pick<ProjectStore, "tasks" | "executions">, run: RunRecord, nodes: readonly PlannedNode[]) {
    this.#store = store;
    this.#run = run;
    this.#tasks = new Map(nodes.flatMap((node) => (node.kind === "task" ? [[node.name, node] as const] : [])));
  }

  executionIdOf(node: string): string | undefined {
    return this.executionIds.get(node);
  }

  /** Asked for by those after it alone, so that it has ended: read once. */
  resultOfTask(node: string): Promise<NodeResult> | undefined {
    const task = this.#tasks.get(node);
    if (task === undefined) return undefined;
    const known = this.#results.get(node) ?? readTaskResult(this.#store, this.#run.id, task);
    this.#results.set(node, known);
    return known;
  }
}
