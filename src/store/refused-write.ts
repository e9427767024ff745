import type { Advice } from "../advice.ts";
import { HeadraceError } from "../errors.ts";

/**
 * The reason why a guarded write was refused. `fence`: another process has taken the run or the execution over.
 * `ended`: it has ended. `lost`: another process changed it, or what the write rests upon, at the same moment.
 */
export type Refusal = "fence" | "ended" | "lost";

/**
 * A guarded write was refused, and nothing of it was written. Code that shows errors sees HR_CONFLICT as any other;
 * code that decides by it asks `why`, since a conflict of another kind says nothing about whose a run or an execution
 * is.
 */
export class RefusedWrite extends HeadraceError {
  readonly why: Refusal;

  constructor(why: Refusal, message: string, hint: Advice) {
    super("HR_CONFLICT", message, { hint });
    this.name = "RefusedWrite";
    this.why = why;
  }
}

export type GuardedResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: Refusal };

/** The outcome of a guarded write, for a caller that goes on in either case; every other failure is thrown. */
export async function outcomeOf<T>(write: Promise<T>): Promise<GuardedResult<T>> {
  try {
    return { ok: true, value: await write };
  } catch (error) {
    if (error instanceof RefusedWrite) return { ok: false, why: error.why };
    throw error;
  }
}
