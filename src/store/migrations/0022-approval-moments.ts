import type { Migration } from "../migrate.ts";

/**
 * A node may ask for an approval twice: before it begins (`start`), and before what follows from its end does (`end`).
 * A primary key cannot be changed in both databases, hence the new table.
 */
export const approvalMoments: Migration = {
  version: 22,
  name: "approval-moments",
  script: ({ integer, text, clusteredTable }) => `
    create table approvals_by_moment (
      run_key ${integer} not null references runs (key) on delete cascade,
      node ${text} not null,
      moment ${text} not null,
      requested_at ${integer} not null,
      decision ${text},
      decided_at ${integer},
      actor ${text},
      comment ${text},
      primary key (run_key, node, moment)
    ) ${clusteredTable};
    insert into approvals_by_moment (run_key, node, moment, requested_at, decision, decided_at, actor, comment)
    select run_key, node, 'start', requested_at, decision, decided_at, actor, comment from approvals;
    drop table approvals;
    alter table approvals_by_moment rename to approvals;
  `,
};
