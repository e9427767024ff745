import type { StepInput } from "../../contract/index.ts";
import type { RecordedRemarks, StepRemarks } from "../step-remarks.ts";

/** An execution that another process takes up never asks for its own. */
const KEPT = 100;

export interface FetchedInputs {
  readonly files: Promise<readonly StepInput[]>;
  /** The remarks that are made while they are fetched. */
  readonly remarks: RecordedRemarks;
}

/**
 * Hands inputs that were fetched to decide whether a node runs on to the preparation of its execution, a failure as
 * well: a server that does not answer is not waited for twice.
 */
export class FetchedInputsByExecution {
  readonly #fetched = new Map<string, FetchedInputs>();

  add(executionId: string, inputs: FetchedInputs): void {
    inputs.files.catch(() => undefined);
    this.#fetched.set(executionId, inputs);
    for (const oldest of this.#fetched.keys()) {
      if (this.#fetched.size <= KEPT) break;
      this.#fetched.delete(oldest);
    }
  }

  /** Once only: after a crash, or in another process, inputs are fetched anew. */
  take(executionId: string, remarks: StepRemarks): Promise<readonly StepInput[]> | undefined {
    const inputs = this.#fetched.get(executionId);
    this.#fetched.delete(executionId);
    inputs?.remarks.handTo(remarks);
    return inputs?.files;
  }
}
