import type { CodeTrace } from "./code-trace.ts";

/**
 * The known facts, after a step, about the code that it used.
 *
 * `trace`: everything that it can have seen of the repository; another version that agrees with it gives the same step.
 * `opaque`: nothing less than the whole version of the code counts, for the reason given in words. `read` is what could
 * be observed all the same (files read and folders listed, by their access times): no proof, and used where the user
 * says that it is enough (`reuse: {code: read}`). `unknown`: it used something beside its version that may have changed
 * since, and is never used again.
 */
export type ObservedCode =
  | { readonly kind: "trace"; readonly trace: CodeTrace }
  | { readonly kind: "opaque"; readonly why: string; readonly read?: CodeTrace }
  | { readonly kind: "unknown"; readonly why: string };
