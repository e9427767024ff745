import type { TrialRecord } from "../../../store/index.ts";
import { isOpenTrial, lastOfEach } from "../../../tasks/index.ts";

/**
 * The trials of one task as far as its driver knows them: the last execution of each. Every question that is asked for
 * each of ten thousand trials is answered without going through them.
 */
export class KnownTrials {
  readonly #records = new Map<number, TrialRecord>();
  /** Trials whose execution is made or followed now. */
  readonly #underWay = new Set<number>();
  /** Trials of which something runs or will run. */
  readonly #open = new Set<number>();
  /** All before it are recorded or under way. */
  #lowest = 1;

  get size(): number {
    return this.#records.size;
  }

  /** Number of trials that are made or followed now. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** True if something of a trial runs or will run. */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  get(trial: number): TrialRecord | undefined {
    return this.#records.get(trial);
  }

  /** In the order of the trials. */
  all(): readonly TrialRecord[] {
    return lastOfEach(this.#records.values());
  }

  /** Those of which something runs or will run, each as it was last read. */
  open(): readonly TrialRecord[] {
    return this.#recordsOf(this.#open);
  }

  /** Those that are followed now, and have an execution. */
  followed(): readonly TrialRecord[] {
    return this.#recordsOf(this.#underWay);
  }

  /** Takes in what the records say; an answer may come late, after that to a later question. */
  note(record: TrialRecord): void {
    const { trial } = record;
    const known = this.#records.get(trial);
    if (known?.executionId === record.executionId && known.finishedAt !== undefined) return;
    this.#records.set(trial, record);
    if (isOpenTrial(record)) this.#open.add(trial);
    else this.#open.delete(trial);
  }

  begin(trial: number): void {
    this.#underWay.add(trial);
  }

  end(trial: number): void {
    this.#underWay.delete(trial);
  }

  /** A trial that is to be tried again by now. */
  due(now: number): number | undefined {
    for (const trial of this.#open) {
      const { state, retryAt } = this.#records.get(trial) ?? {};
      if (state === "error" && retryAt !== undefined && retryAt <= now && !this.#underWay.has(trial)) return trial;
    }
    return undefined;
  }

  /** The lowest numbers of trials that have not begun. */
  free(count: number): readonly number[] {
    const isTaken = (trial: number): boolean => this.#records.has(trial) || this.#underWay.has(trial);
    while (isTaken(this.#lowest)) this.#lowest++;
    const free: number[] = [];
    for (let trial = this.#lowest; free.length < count; trial++) if (!isTaken(trial)) free.push(trial);
    return free;
  }

  #recordsOf(trials: Iterable<number>): readonly TrialRecord[] {
    return [...trials].flatMap((trial) => this.#records.get(trial) ?? []);
  }
}
