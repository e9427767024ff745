import type { Pruning } from "../../../config/index.ts";
import type { ProjectStore } from "../../../store/index.ts";
import { type Progress, progressOf, whyPruned } from "../../../tasks/index.ts";

const PAGE = 10_000;

/** Says which executions of a task do worse than the others, by the metadata that they have printed so far. */
export class Pruner {
  readonly #store: Pick<ProjectStore, "metadata">;
  readonly #rule: Pruning;
  /** By execution: what it has printed of the metric, read as far as `offset`. */
  readonly #read = new Map<string, { points: Readonly<Record<string, unknown>>[]; offset: number }>();

  constructor(store: Pick<ProjectStore, "metadata">, rule: Pruning) {
    this.#store = store;
    this.#rule = rule;
  }

  /**
   * `running` may be stopped, `others` are those that they are compared with besides. Returns the reasons in words, by
   * execution.
   */
  async worse(running: readonly string[], others: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const progress = new Map<string, readonly Progress[]>();
    for (const id of [...running, ...others]) progress.set(id, await this.#progressOf(id, running.includes(id)));
    const reasons = new Map<string, string>();
    for (const id of running) {
      const rest = [...progress].flatMap(([other, each]) => (other === id ? [] : [each]));
      const reason = whyPruned(this.#rule, progress.get(id) ?? [], rest);
      if (reason !== undefined) reasons.set(id, `pruned: ${reason}`);
    }
    return reasons;
  }

  /** Points of an ended trial are read once; those of a running trial are read on from the last offset. */
  async #progressOf(executionId: string, goesOn: boolean): Promise<readonly Progress[]> {
    const known = this.#read.get(executionId);
    if (known !== undefined && !goesOn) return progressOf(this.#rule, known.points);
    const entry = known ?? { points: [], offset: -1 };
    this.#read.set(executionId, entry);
    const { metric, step } = this.#rule;
    for (;;) {
      const page = await this.#store.metadata.list(executionId, { afterOffset: entry.offset, limit: PAGE });
      for (const { offset, values } of page) {
        entry.offset = offset;
        if (Object.hasOwn(values, metric) || (step !== undefined && Object.hasOwn(values, step)))
          entry.points.push({ [metric]: values[metric], ...(step === undefined ? {} : { [step]: values[step] }) });
      }
      if (page.length < PAGE) return progressOf(this.#rule, entry.points);
    }
  }
}
