import type { Migration } from "../migrate.ts";

/** A file that was purged keeps its record, which says so; its bytes go. */
export const purgedData: Migration = {
  version: 31,
  name: "purged-data",
  script: ({ integer }) => `alter table datums add column purged_at ${integer};`,
};
