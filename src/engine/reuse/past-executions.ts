import type { BlobRef } from "../../blobs/index.ts";
import type { NodeResult } from "../../planning/index.ts";
import type { Store } from "../../store/index.ts";
import { readResult } from "../node-results.ts";

/** An execution that has ended, as far as what it left is concerned. */
export interface PastExecution {
  readonly result: NodeResult;
  readonly files: readonly (BlobRef & { readonly name: string })[];
}

/** Of a chain one is in use, of a wide fan-in each once; what is forgotten is read again. */
const KEPT = 1_000;

/** Reads what executions left, each once as long as it is in use. */
export class PastExecutions {
  readonly #store: Store;
  readonly #kept = new Map<string, Promise<PastExecution>>();

  constructor(store: Store) {
    this.#store = store;
  }

  of(executionId: string): Promise<PastExecution> {
    const kept = this.#kept.get(executionId);
    if (kept !== undefined) return kept;
    const reading = this.#read(executionId);
    this.#kept.set(executionId, reading);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return reading;
  }

  async #read(executionId: string): Promise<PastExecution> {
    const outputs = await this.#store.listOutputs(executionId);
    const result = await readResult(this.#store, executionId, outputs);
    return { result, files: outputs.map(({ name, sha256, sizeBytes }) => ({ name, sha256, sizeBytes })) };
  }
}
