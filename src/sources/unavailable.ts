import type { Advice } from "../advice.ts";
import { HeadraceError } from "../errors.ts";

/** An input that cannot be had. `uri` must be free of credentials. */
export function unavailable(uri: string, what: string, hint: Advice, cause?: unknown): HeadraceError {
  return new HeadraceError("HR_INPUT_UNAVAILABLE", `input ${uri}: ${what}`, { hint, cause });
}
