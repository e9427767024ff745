import type { Migration } from "../migrate.ts";

/**
 * The queue has an index of its own, as small as the queue is: PostgreSQL, asked for the oldest queued execution, went
 * through all that ever were in the order of their numbers, since it expects to meet a queued one soon
 * (`executions_by_number`, once it knew its statistics).
 *
 * `executions.stop_reason` carries the words of a driver's verdict to the engine that works on the execution.
 */
export const queue: Migration = {
  version: 3,
  name: "queue",
  script: ({ text }) => `
    create index executions_queued on executions (project_key, number) where state = 'queued';
    alter table executions add column stop_reason ${text};
  `,
};
