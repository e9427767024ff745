import type { CheckSuggestionView } from "../../api/index.ts";
import { suggestSuite } from "../../checks/index.ts";
import { Tables } from "../../tables/index.ts";

/** Drafts a suite from a table. Throws as `checkFiles` does. */
export async function suggestFromFiles(files: readonly string[]): Promise<CheckSuggestionView> {
  await using tables = Tables.open([files]);
  const { columns, rows } = await tables.describe(0);
  const suite = await suggestSuite({ columns, ask: async (sql) => (await tables.query(sql)).rows });
  return { kind: "suggestion", files: [...files], rows, suite };
}
