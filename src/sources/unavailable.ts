import { HeadraceError } from "../errors.ts";

/** An input that cannot be had. `uri` must be free of credentials. */
export function unavailable(uri: string, what: string, hint: string, cause?: unknown): HeadraceError {
  return new HeadraceError("HR_INPUT_UNAVAILABLE", `Input ${uri}: ${what}`, { hint, cause });
}
