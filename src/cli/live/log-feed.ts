import type { LogBatchView } from "../../api/index.ts";
import type { EventRecord } from "../../store/index.ts";
import { isFinal, type LiveState } from "../../views/index.ts";
import type { LogSource } from "./log-source.ts";

/** The receiver of the lines; if it cannot take more yet, it says so with a promise. */
export type LogSink = (node: string, batch: LogBatchView) => void | Promise<void>;

export interface LogViewer {
  readonly take: LogSink;
  /** The log of a node can be shown no further; it is kept all the same. */
  readonly fail: (node: string, error: unknown) => void;
}

/** The number of earlier lines that are shown first if a step ran before somebody looked. */
const EARLIER_LINES = 20;
/** The events of the past come in one go: after this long, what has not ended by them runs now. */
const PAST_MS = 300;

interface Followed {
  readonly execution: number;
  readonly ended: Promise<void>;
}

/** Follows the log of each node of a run from the start of its step to its end. */
export class LogFeed {
  readonly #source: LogSource;
  readonly #viewer: LogViewer;
  readonly #since: number;
  readonly #leaving = new AbortController();
  readonly #followed = new Map<string, Followed>();
  /** Nodes whose steps had started before anybody looked. */
  readonly #earlier = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #hasFailed = false;

  /** Executions that started before `since` are shown from their last lines on, and not at all if they have ended. */
  constructor(source: LogSource, viewer: LogViewer, since: number) {
    this.#source = source;
    this.#viewer = viewer;
    this.#since = since;
  }

  /** To be told of every event; `state` has it taken in already. */
  onEvent({ at, body }: EventRecord, state: LiveState): void {
    if (body.kind !== "execution-state") return;
    const execution = state.nodes.get(body.node)?.executionNumber;
    if (execution === undefined) return;
    if (isFinal(body.state)) this.#forgetEarlier(body.node);
    else if (body.state === "started" && at >= this.#since) this.#follow(body.node, execution);
    else if (body.state === "started") {
      this.#forgetEarlier(body.node);
      this.#earlier.set(
        body.node,
        setTimeout(() => this.#follow(body.node, execution, EARLIER_LINES), PAST_MS),
      );
    }
  }

  /** Resolves when all that the node's step has printed is shown; undefined where it is not followed. */
  endOf(node: string): Promise<void> | undefined {
    return this.#followed.get(node)?.ended;
  }

  /** Returns true if the log of an execution was followed from its beginning. */
  hasShown(execution: number): boolean {
    return !this.#hasFailed && [...this.#followed.values()].some((followed) => followed.execution === execution);
  }

  /** Waits until everything is shown; or, where the steps go on without anybody who looks, ends now. */
  async close(how: "to-the-end" | "now"): Promise<void> {
    for (const node of [...this.#earlier.keys()]) this.#forgetEarlier(node);
    if (how === "now") this.#leaving.abort();
    await Promise.all(this.#running);
  }

  #forgetEarlier(node: string): void {
    clearTimeout(this.#earlier.get(node));
    this.#earlier.delete(node);
  }

  #follow(node: string, execution: number, tail?: number): void {
    if (this.#leaving.signal.aborted) return;
    const ended = this.#showAll(node, execution, tail).catch((error: unknown) => {
      // That a log cannot be shown must not end the run.
      this.#hasFailed = true;
      this.#viewer.fail(node, error);
    });
    this.#running.add(ended);
    void ended.then(() => this.#running.delete(ended));
    if (tail === undefined) this.#followed.set(node, { execution, ended });
  }

  async #showAll(node: string, execution: number, tail: number | undefined): Promise<void> {
    const { signal } = this.#leaving;
    for await (const batch of this.#source(execution, { signal, ...(tail === undefined ? {} : { tail }) })) {
      await this.#viewer.take(node, batch);
      if (signal.aborted) return;
    }
  }
}
