import type { Remark, RemarkTopic } from "../store/index.ts";
import type { EngineParts } from "./engine-parts.ts";

/** Remarks to people about a step while it is prepared, runs and is collected. */
export interface StepRemarks {
  /** Says what is being done, in words; the last message counts. */
  progress(message: string): void;
  warn(message: string): void;
  /** Returns the remarks that are not written yet: for a transaction that is due anyway. */
  take(): readonly Remark[];
}

/** Remarks wait so long for a transaction that is due anyway: those of a short step cost none of their own. */
const WAIT_MS = 100;
/** Progress is written so often at most. */
const PROGRESS_MS = 1_000;

/** Writes what is said of a step to the records: progress now and then, each warning once. */
export class RecordedRemarks implements StepRemarks {
  readonly #parts: Pick<EngineParts, "store" | "clock">;
  readonly #topic: RemarkTopic;
  readonly #warned = new Set<string>();
  #pending: readonly Remark[] = [];
  #progress: string | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #successor: StepRemarks | undefined;

  constructor(parts: Pick<EngineParts, "store" | "clock">, topic: RemarkTopic) {
    this.#parts = parts;
    this.#topic = topic;
  }

  progress(message: string): void {
    if (this.#successor !== undefined) {
      this.#successor.progress(message);
      return;
    }
    if (this.#progress === message) return;
    this.#progress = message;
    this.#pending = [...this.#pending.filter(({ kind }) => kind === "warning"), { kind: "progress", message }];
    const { monotonic } = this.#parts.clock;
    this.#timer ??= this.#writeIn(Math.max(WAIT_MS, this.#writtenAt + PROGRESS_MS - monotonic()));
  }

  warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    if (this.#successor !== undefined) {
      this.#successor.warn(message);
      return;
    }
    this.#pending = [...this.#pending, { kind: "warning", message }];
    clearTimeout(this.#timer);
    this.#timer = this.#writeIn(WAIT_MS);
  }

  take(): readonly Remark[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length > 0) this.#writtenAt = this.#parts.clock.monotonic();
    return pending;
  }

  /**
   * The successor gets the remarks that were made here: a node's execution takes over the remarks that were begun for
   * the node.
   */
  handTo(successor: StepRemarks): void {
    const progress = this.take().findLast(({ kind }) => kind === "progress");
    this.#successor = successor;
    for (const message of this.#warned) successor.warn(message);
    if (progress !== undefined) successor.progress(progress.message);
  }

  /** Resolves when nothing is being written any more. With `write`, what is left is written first. */
  async close({ write }: { readonly write: boolean }): Promise<void> {
    const left = this.take();
    if (write && left.length > 0) this.#write(left);
    await this.#writing;
  }

  #writeIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#write(this.take()), ms);
  }

  #write(remarks: readonly Remark[]): void {
    const { store, clock } = this.#parts;
    this.#writing = this.#writing
      .then(() => store.events.remark(this.#topic, remarks, clock.now()))
      // An error that keeps it from being written also meets the record of the step's end, which brings warnings along.
      .catch(() => {
        this.#pending = [...remarks.filter(({ kind }) => kind === "warning"), ...this.#pending];
      });
  }
}

/** Warns of an execution from beside its life: when its place is cleared, or cannot be reached. */
export async function warnOf(
  { store, clock }: Pick<EngineParts, "store" | "clock">,
  executionId: string,
  message: string,
): Promise<void> {
  // A remark that cannot be written is no reason to fail.
  const record = await store.executions.get(executionId).catch(() => undefined);
  if (record === undefined) return;
  const { runId, node } = record;
  await store.events
    .remark({ runId, node, executionId }, [{ kind: "warning", message }], clock.now())
    .catch(() => undefined);
}
