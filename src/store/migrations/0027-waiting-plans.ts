import type { Migration } from "../migrate.ts";

/**
 * Plans that wait to be started, by what was asked for: another server on the database, or one that was started anew,
 * makes the same plan of it. The digest tells whether it is the same.
 */
export const waitingPlans: Migration = {
  version: 27,
  name: "waiting-plans",
  script: ({ integer, text, clusteredTable }) => `
    create table waiting_plans (
      id ${text} not null primary key,
      project_key ${integer} not null references projects (key) on delete cascade,
      request ${text} not null,
      digest ${text} not null,
      planned_at ${integer} not null
    ) ${clusteredTable};
    create index waiting_plans_by_time on waiting_plans (planned_at);
    create index waiting_plans_by_project on waiting_plans (project_key);
  `,
};
