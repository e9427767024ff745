import type { Migration } from "../migrate.ts";

/**
 * The execution that a recorded run of a step will make: its id and number are told before anything has begun. They
 * stand with the run until the execution is there.
 */
export const promisedExecutions: Migration = {
  version: 19,
  name: "promised-executions",
  script: ({ integer, text }) => `
    alter table runs add column promised_id ${text};
    alter table runs add column promised_number ${integer};
    create unique index runs_by_promised_id on runs (promised_id) where promised_id is not null;
    create index runs_of_pipelines on runs (project_key, number) where kind = 'pipeline';
    create index runs_by_promised_number on runs (project_key, promised_number) where promised_id is not null;
  `,
};
