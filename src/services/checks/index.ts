import type { CheckSuggestionView, ChecksView } from "../../api/index.ts";
import type { CheckRequest } from "./check-files.ts";

/** Holds a table against a suite; loaded when it is called. */
export async function runChecksOfFiles(request: CheckRequest): Promise<ChecksView> {
  const { checkFiles } = await import("./check-files.ts");
  return await checkFiles(request);
}

/** Drafts a suite from a table; loaded when it is called. */
export async function suggestChecks(files: readonly string[]): Promise<CheckSuggestionView> {
  const { suggestFromFiles } = await import("./suggest-from-files.ts");
  return await suggestFromFiles(files);
}
