import type { PageRequest } from "../../api/index.ts";
import type { ExecutionRecord, Listed, ProjectStore } from "../../store/index.ts";
import { isCount, isInnerCursor, readCursor, writeCursor } from "../lists/cursor.ts";
import { executionIdsOfTask } from "../records/executions-behind.ts";
import { findSubjectOrTask, type Subject, type TaskNode } from "../records/refs.ts";

/**
 * The executions that runs, tasks and executions stand for, in pages: a run stands for those behind its nodes, in the
 * plan's order, and a task for those of its trials. One that two references mean is given once, with the first.
 */
export class ExecutionsBehind {
  readonly #store: ProjectStore;
  readonly #subjects: readonly (Subject | TaskNode)[];
  /** By the position of the reference: what the references before it stand for. */
  readonly #before = new Map<number, Promise<ReadonlySet<string>>>();

  private constructor(store: ProjectStore, subjects: readonly (Subject | TaskNode)[]) {
    this.#store = store;
    this.#subjects = subjects;
  }

  /** Throws as `findSubjectOrTask` does, for any of the references. */
  static async of(store: ProjectStore, refs: readonly string[]): Promise<ExecutionsBehind> {
    return new ExecutionsBehind(store, await Promise.all(refs.map((ref) => findSubjectOrTask(store, ref))));
  }

  async page({ limit, after }: PageRequest): Promise<Listed<ExecutionRecord>> {
    const found: ExecutionRecord[] = [];
    let { position, nodes } = after === undefined ? { position: 0, nodes: null } : placeIn(after);
    for (; position < this.#subjects.length; position += 1, nodes = null) {
      for (let isMore = true; isMore; ) {
        if (found.length >= limit) return { items: found, next: writeCursor([position, nodes]) };
        const { items, next } = await this.#read(position, limit - found.length, nodes);
        found.push(...items);
        isMore = next !== null;
        nodes = next;
      }
    }
    return { items: found, next: null };
  }

  async #read(position: number, limit: number, after: string | null): Promise<Listed<ExecutionRecord>> {
    const subject = this.#subjects[position];
    if (subject === undefined) return { items: [], next: null };
    const { records, next } = await this.#recordsOf(subject, limit, after);
    if (position === 0) return { items: records, next };
    const known = await this.#idsBefore(position);
    return { items: records.filter(({ id }) => !known.has(id)), next };
  }

  async #recordsOf(subject: Subject | TaskNode, limit: number, after: string | null) {
    if (subject.kind === "execution") return { records: [subject.execution], next: null };
    if (subject.kind === "task") return await this.#trialsOf(subject, limit, after);
    const page = await this.#store.lists.nodes(subject.run.id, { limit, ...(after === null ? {} : { after }) });
    const ids = page.items.flatMap(({ node }) => node.executionId ?? []);
    return { records: await this.#records(ids), next: page.next };
  }

  async #trialsOf({ run, node }: TaskNode, limit: number, after: string | null) {
    const ids = await executionIdsOfTask(this.#store, run.id, node.name);
    const from = after === null ? 0 : readCursor(after, ([index]) => (isCount(index) ? index : undefined));
    const end = from + limit;
    return { records: await this.#records(ids.slice(from, end)), next: end < ids.length ? writeCursor([end]) : null };
  }

  async #records(ids: readonly string[]): Promise<readonly ExecutionRecord[]> {
    const records = new Map(
      (await this.#store.executions.listById(new Set(ids))).map(({ execution }) => [execution.id, execution]),
    );
    return ids.flatMap((id) => records.get(id) ?? []);
  }

  #idsBefore(position: number): Promise<ReadonlySet<string>> {
    const known = this.#before.get(position) ?? this.#readIds(this.#subjects.slice(0, position));
    this.#before.set(position, known);
    return known;
  }

  async #readIds(subjects: readonly (Subject | TaskNode)[]): Promise<ReadonlySet<string>> {
    const ids = await Promise.all(
      subjects.map(async (subject) => {
        if (subject.kind === "execution") return [subject.execution.id];
        if (subject.kind === "task") return await executionIdsOfTask(this.#store, subject.run.id, subject.node.name);
        return (await this.#store.nodes.list(subject.run.id)).flatMap(({ executionId }) => executionId ?? []);
      }),
    );
    return new Set(ids.flat());
  }
}

function placeIn(text: string): { readonly position: number; readonly nodes: string | null } {
  return readCursor(text, ([position, nodes]) =>
    isCount(position) && isInnerCursor(nodes) ? { position, nodes } : undefined,
  );
}
