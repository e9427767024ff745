import type { Migration } from "../migrate.ts";

/** From where each change was asked for; null in entries that are older. */
export const auditOrigin: Migration = {
  version: 26,
  name: "audit-origin",
  script: ({ text }) => `
    alter table audit add column address ${text};
    alter table audit add column via ${text};
    alter table audit add column agent ${text};
    alter table audit add column request_id ${text};
  `,
};
