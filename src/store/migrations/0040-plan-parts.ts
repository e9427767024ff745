import type { Migration } from "../migrate.ts";

/** A run knows which of its nodes stand together, as those of a pipeline that a node runs, and its named outputs. */
export const planParts: Migration = {
  version: 40,
  name: "plan-parts",
  script: ({ integer, text }) => `
    alter table runs add column plan_parts ${text};
    alter table runs add column plan_parts_v ${integer} not null default 1;
  `,
};
