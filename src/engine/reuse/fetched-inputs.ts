import type { StepInput } from "../../contract/index.ts";
import type { EngineParts } from "../engine-parts.ts";

/** An execution that another process takes up never asks for its own. */
const KEPT = 100;
const FETCHED = new WeakMap<EngineParts, Map<string, Promise<readonly StepInput[]>>>();

/**
 * Hands inputs that were fetched to decide whether a node runs on to the preparation of its execution, a failure as well: a server that
 * does not answer is not waited for twice.
 */
export function handOn(parts: EngineParts, executionId: string, inputs: Promise<readonly StepInput[]>): void {
  inputs.catch(() => undefined);
  const fetched = FETCHED.get(parts) ?? new Map<string, Promise<readonly StepInput[]>>();
  FETCHED.set(parts, fetched);
  fetched.set(executionId, inputs);
  for (const oldest of fetched.keys()) {
    if (fetched.size <= KEPT) break;
    fetched.delete(oldest);
  }
}

/** Once only: after a crash, or in another process, inputs are fetched anew. */
export function takeFetched(parts: EngineParts, executionId: string): Promise<readonly StepInput[]> | undefined {
  const inputs = FETCHED.get(parts)?.get(executionId);
  FETCHED.get(parts)?.delete(executionId);
  return inputs;
}
