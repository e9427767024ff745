import type { GpusOfStep, RunningJob } from "../../executors/index.ts";
import type { MachineUseRepository } from "../../store/index.ts";
import { Rounds } from "../rounds.ts";
import { beginUse, UseSeries } from "./use-series.ts";

/** Interval at which all steps of this process are looked at. */
const LOOK_MS = 2_000;
/** A step that has ended by then costs nothing, and nothing is noted of it. */
const SHORT_MS = 1_000;
/**
 * Interval at which readings are written, from the first look on: an engine that dies loses so much of the series, and
 * nothing of the totals.
 */
const WRITE_MS = 10_000;
/** Cards are asked by a program of their own, which takes a moment. */
const GPU_MS = 6_000;

export interface WatchedStep {
  readonly executionId: string;
  readonly fence: number;
  /** An earlier engine may have noted something. */
  readonly isAdopted: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly running: Pick<RunningJob, "use" | "notesUse" | "began">;
  /** Names of the cards that it was given. */
  readonly cards: readonly string[];
}

interface Watched extends WatchedStep {
  /** By the clock that does not jump. */
  readonly since: number;
  use: UseSeries | undefined;
  writtenAt: number;
  isChanged: boolean;
}

export interface UseRecorderParts {
  readonly records: MachineUseRepository;
  readonly monotonic: () => number;
  readonly gpus: { look(): Promise<GpusOfStep | undefined> };
}

/**
 * Records what the steps of this process use of their machines: one look at all of them every two seconds, by whoever
 * knows where each runs. It holds nothing up, and a failure here costs a few points: the figures are for people.
 */
export class UseRecorder implements AsyncDisposable {
  readonly #parts: UseRecorderParts;
  readonly #running = new Set<Watched>();
  readonly #rounds = new Rounds(
    LOOK_MS,
    () => this.#look(),
    () => this.#running.size > 0,
  );
  #writing: Promise<void> = Promise.resolve();
  #gpus: GpusOfStep | undefined;
  #gpusAt = Number.NEGATIVE_INFINITY;

  constructor(parts: UseRecorderParts) {
    this.#parts = parts;
  }

  /** Until it is disposed, the step is looked at. The last figures are written while the step is finished. */
  watch(step: WatchedStep): Disposable {
    if (step.running.use === undefined) return { [Symbol.dispose]: () => undefined };
    const now = this.#parts.monotonic();
    const watched: Watched = {
      ...step,
      since: now,
      use: undefined,
      writtenAt: Number.NEGATIVE_INFINITY,
      isChanged: false,
    };
    step.running.began?.then(
      (startedAt) => Object.assign(watched, { startedAt }),
      // It never began, and has used nothing.
      () => undefined,
    );
    this.#running.add(watched);
    this.#rounds.begin();
    return {
      [Symbol.dispose]: () => {
        if (!this.#running.delete(watched)) return;
        if (watched.running.notesUse === true) this.#writeNoted(watched);
        else if (watched.isChanged) void this.#write([watched]);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.clear();
    await this.#rounds[Symbol.asyncDispose]();
    await this.#writing;
  }

  async #look(): Promise<void> {
    const now = this.#parts.monotonic();
    const due = [...this.#running].filter(({ since }) => now - since >= SHORT_MS);
    if (due.length === 0) return;
    if (now - this.#gpusAt >= GPU_MS) {
      this.#gpus = await this.#parts.gpus.look();
      this.#gpusAt = now;
    }
    await Promise.all(due.map((watched) => this.#lookAt(watched).catch(() => undefined)));
    await this.#write(
      due.filter((each) => each.isChanged && this.#running.has(each) && now - each.writtenAt >= WRITE_MS),
    );
  }

  async #lookAt(watched: Watched): Promise<void> {
    watched.use ??= await this.#known(watched);
    for (const reading of (await watched.running.use?.(watched.use.at)) ?? []) {
      const gpus = reading.gpus ?? this.#gpus?.(watched.cards, reading.pids ?? []);
      watched.use.add({ ...reading, ...(gpus && { gpus }) });
      watched.isChanged = true;
    }
  }

  /** Writes down the last use that was noted, at the end of the execution. */
  #writeNoted(watched: Watched): void {
    const noting = this.#lookAt(watched)
      .catch(() => undefined)
      .then(() => this.#write(watched.isChanged ? [watched] : []));
    this.#writing = this.#writing.then(() => noting);
  }

  async #known({ executionId, isAdopted, startedAt }: Watched): Promise<UseSeries> {
    const recorded = isAdopted ? await this.#parts.records.get(executionId) : undefined;
    return new UseSeries(recorded ?? beginUse(startedAt));
  }

  #write(all: readonly Watched[]): Promise<void> {
    if (all.length === 0) return Promise.resolve();
    const now = this.#parts.monotonic();
    const toSave = all.flatMap(({ executionId, fence, use }) =>
      use === undefined ? [] : [{ executionId, fence, use: use.record() }],
    );
    for (const each of all) Object.assign(each, { writtenAt: now, isChanged: false });
    const writing = this.#parts.records.save(toSave).catch(() => undefined);
    this.#writing = this.#writing.then(() => writing);
    return writing;
  }
}
