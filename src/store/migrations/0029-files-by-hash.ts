import type { Migration } from "../migrate.ts";

/** Files are found by what their hash begins with. */
export const filesByHash: Migration = {
  version: 29,
  name: "files-by-hash",
  script: () => "create index datums_by_sha256 on datums (project_key, sha256);",
};
