import type { Migration } from "../migrate.ts";

/** Nodes that a person has to let begin: asked once for each node of a run, and decided once. */
export const approvals: Migration = {
  version: 18,
  name: "approvals",
  script: ({ integer, text, clusteredTable }) => `
    create table approvals (
      run_key ${integer} not null references runs (key) on delete cascade,
      node ${text} not null,
      requested_at ${integer} not null,
      decision ${text},
      decided_at ${integer},
      actor ${text},
      comment ${text},
      primary key (run_key, node)
    ) ${clusteredTable};
  `,
};
