import type { Migration } from "../migrate.ts";

/** The answer that a rule of the file gives where nobody has answered by then. */
export const approvalTimeouts: Migration = {
  version: 35,
  name: "approval-timeouts",
  script: ({ integer, text }) => `
    alter table approvals add column timeout_at ${integer};
    alter table approvals add column timeout_decision ${text};
  `,
};
