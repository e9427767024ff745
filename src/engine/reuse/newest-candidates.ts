import { setImmediate as nextTurn } from "node:timers/promises";
import type { PlannedExecution } from "../../planning/index.ts";
import type { ProjectStore, ReusableRecord } from "../../store/index.ts";

type Wanted = Parameters<ProjectStore["reuse"]["listNewest"]>[0]["wanted"][number];

export interface CandidatesOf {
  /** Those of the run's plan. */
  readonly nodes: readonly PlannedExecution[];
  readonly beforeNumber: number;
}

/** Nodes whose newest executions are looked up before they are asked for. */
const AHEAD = 500;
/** Kept so long: later an execution may have been removed, and a newer one may be there. */
const REMEMBERED_MS = 1_000;

/**
 * Looks for the newest execution of a node with a fingerprint, for all that are asked for in one turn of the event loop
 * together. Once one was found, others mostly follow: then the newest executions of the nodes around the next one are
 * looked up with it, since a chain asks for one node at a time.
 */
export class NewestCandidates {
  readonly #store: Pick<ProjectStore, "reuse">;
  readonly #plan: CandidatesOf;
  readonly #expect: (executionIds: Iterable<string>) => void;
  readonly #indexes = new Map<string, number>();
  #asked: Wanted[] = [];
  #reading: Promise<ReadonlyMap<string, ReusableRecord>> | undefined;
  #isLikely = false;
  #ahead: { readonly slice: number; readonly since: number; readonly records: Promise<Ahead> } | undefined;

  /** `expect` is told which executions are likely to be read next. */
  constructor(
    store: Pick<ProjectStore, "reuse">,
    plan: CandidatesOf,
    expect: (executionIds: Iterable<string>) => void,
  ) {
    this.#store = store;
    this.#plan = plan;
    this.#expect = expect;
    for (const [index, { name }] of plan.nodes.entries()) this.#indexes.set(name, index);
  }

  async of(wanted: Wanted): Promise<ReusableRecord | undefined> {
    const known = this.#isLikely ? (await this.#lookAhead(wanted.node))?.get(wanted.node) : undefined;
    // The newest of all that the node has is the newest of those with its fingerprint.
    const found = known?.base === wanted.base ? known : await this.#find(wanted);
    this.#isLikely = found !== undefined;
    return found;
  }

  async #find(wanted: Wanted): Promise<ReusableRecord | undefined> {
    this.#asked.push(wanted);
    this.#reading ??= this.#readAsked();
    return (await this.#reading).get(keyOf(wanted));
  }

  async #readAsked(): Promise<ReadonlyMap<string, ReusableRecord>> {
    await nextTurn();
    const wanted = this.#asked;
    this.#asked = [];
    this.#reading = undefined;
    const found = await this.#store.reuse.listNewest({ wanted, beforeNumber: this.#plan.beforeNumber });
    return new Map(found.map((record) => [keyOf(record), record]));
  }

  #lookAhead(node: string): Promise<Ahead> | undefined {
    const index = this.#indexes.get(node);
    if (index === undefined) return undefined;
    const slice = Math.floor(index / AHEAD);
    if (this.#ahead?.slice !== slice || performance.now() - this.#ahead.since > REMEMBERED_MS)
      this.#ahead = { slice, since: performance.now(), records: this.#readAhead(slice) };
    return this.#ahead.records;
  }

  async #readAhead(slice: number): Promise<Ahead> {
    const nodes = this.#plan.nodes.slice(slice * AHEAD, (slice + 1) * AHEAD);
    const found = await this.#store.reuse.listNewestOfNodes({
      nodes: nodes.map(({ name: node, step }) => ({ node, step: step.name })),
      beforeNumber: this.#plan.beforeNumber,
    });
    this.#expect(found.map(({ executionId }) => executionId));
    return new Map(found.map((record) => [record.node, record]));
  }
}

type Ahead = ReadonlyMap<string, ReusableRecord>;

function keyOf({ base, node }: Wanted): string {
  return `${base} ${node}`;
}
