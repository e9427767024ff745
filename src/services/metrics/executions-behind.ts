import type { PageRequest } from "../../api/index.ts";
import type { ExecutionRecord, Listed, ProjectStore } from "../../store/index.ts";
import { isCount, isInnerCursor, readCursor, writeCursor } from "../lists/cursor.ts";
import { findSubject, type Subject } from "../records/refs.ts";

/**
 * The executions that runs and executions stand for, in pages: a run stands for those behind its nodes, in the plan's
 * order. One that two references mean is given once, with the first.
 */
export class ExecutionsBehind {
  readonly #store: ProjectStore;
  readonly #subjects: readonly Subject[];
  /** By the position of the reference: what the references before it stand for. */
  readonly #before = new Map<number, Promise<ReadonlySet<string>>>();

  private constructor(store: ProjectStore, subjects: readonly Subject[]) {
    this.#store = store;
    this.#subjects = subjects;
  }

  /** Throws as `findSubject` does, for any of the references. */
  static async of(store: ProjectStore, refs: readonly string[]): Promise<ExecutionsBehind> {
    return new ExecutionsBehind(store, await Promise.all(refs.map((ref) => findSubject(store, ref))));
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

  async #recordsOf(subject: Subject, limit: number, after: string | null) {
    if (subject.kind === "execution") return { records: [subject.execution], next: null };
    const page = await this.#store.lists.nodes(subject.run.id, { limit, ...(after === null ? {} : { after }) });
    const ids = page.items.flatMap(({ node }) => node.executionId ?? []);
    const records = new Map(
      (await this.#store.executions.listById(new Set(ids))).map(({ execution }) => [execution.id, execution]),
    );
    return { records: ids.flatMap((id) => records.get(id) ?? []), next: page.next };
  }

  #idsBefore(position: number): Promise<ReadonlySet<string>> {
    const known = this.#before.get(position) ?? this.#readIds(this.#subjects.slice(0, position));
    this.#before.set(position, known);
    return known;
  }

  async #readIds(subjects: readonly Subject[]): Promise<ReadonlySet<string>> {
    const ids = await Promise.all(
      subjects.map(async (subject) =>
        subject.kind === "execution"
          ? [subject.execution.id]
          : (await this.#store.nodes.list(subject.run.id)).flatMap(({ executionId }) => executionId ?? []),
      ),
    );
    return new Set(ids.flat());
  }
}

function placeIn(text: string): { readonly position: number; readonly nodes: string | null } {
  return readCursor(text, ([position, nodes]) =>
    isCount(position) && isInnerCursor(nodes) ? { position, nodes } : undefined,
  );
}
