import type { Migration } from "../migrate.ts";

/**
 * The database itself keeps entries of the audit log as they were written, also against a user who reaches it past
 * Headrace.
 */
export const appendOnlyAudit: Migration = {
  version: 21,
  name: "append-only-audit",
  script: ({ appendOnly }) => appendOnly("audit"),
};
