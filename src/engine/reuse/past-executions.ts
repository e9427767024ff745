import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlobRef } from "../../blobs/index.ts";
import type { NodeResult } from "../../planning/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { NOTHING, resultOf } from "../node-results.ts";

/** An execution that has ended, as far as what it left is concerned. */
export interface PastExecution {
  readonly result: NodeResult;
  readonly files: readonly (BlobRef & { readonly name: string })[];
  /** Names of files that were purged since. */
  readonly purged: readonly string[];
}

/** A chain uses one at a time, a wide fan-in each once; one that was dropped is read again. */
const KEPT = 1_000;

/**
 * Reads what executions left, each once as long as it is in use, and all that are asked for in one turn of the event
 * loop together.
 */
export class PastExecutions {
  readonly #store: Pick<ProjectStore, "executions">;
  readonly #kept = new Map<string, Promise<PastExecution>>();
  #asked = new Set<string>();
  #reading: Promise<ReadonlyMap<string, PastExecution>> | undefined;

  constructor(store: Pick<ProjectStore, "executions">) {
    this.#store = store;
  }

  of(executionId: string): Promise<PastExecution> {
    const kept = this.#kept.get(executionId);
    if (kept !== undefined) {
      // The last to go: a thousand nodes may follow one.
      this.#kept.delete(executionId);
      this.#kept.set(executionId, kept);
      return kept;
    }
    const reading = this.#read(executionId);
    this.#kept.set(executionId, reading);
    reading.catch(() => this.#kept.delete(executionId));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return reading;
  }

  /** Reads executions before they are asked for. */
  expect(executionIds: Iterable<string>): void {
    // A caller that asks for one of them gets the error.
    for (const id of executionIds) if (!this.#kept.has(id)) this.of(id).catch(() => undefined);
  }

  async #read(executionId: string): Promise<PastExecution> {
    this.#asked.add(executionId);
    this.#reading ??= this.#readAsked();
    // One that is gone has left nothing.
    return (await this.#reading).get(executionId) ?? { result: NOTHING, files: [], purged: [] };
  }

  async #readAsked(): Promise<ReadonlyMap<string, PastExecution>> {
    await nextTurn();
    const asked = this.#asked;
    this.#asked = new Set();
    this.#reading = undefined;
    const found = await this.#store.executions.listById(asked);
    return new Map(
      found.map((past) => {
        const files = past.outputs.map(({ name, sha256, sizeBytes }) => ({ name, sha256, sizeBytes }));
        const purged = past.outputs.flatMap(({ name, purgedAt }) => (purgedAt === undefined ? [] : [name]));
        return [past.execution.id, { result: resultOf(past), files, purged }];
      }),
    );
  }
}
