import type { Migration } from "../migrate.ts";

/**
 * Logs of steps that run, for readers that cannot see where. `log_followers` has who is followed: the count grows as
 * long as somebody is. `log_parts` has the newest pieces of these logs; they go when the log is kept.
 */
export const liveLogs: Migration = {
  version: 16,
  name: "live-logs",
  script: ({ integer, text, clusteredTable }) => `
    create table log_followers (
      execution_key ${integer} not null primary key references executions (key) on delete cascade,
      project_key ${integer} not null references projects (key),
      count ${integer} not null
    ) ${clusteredTable};

    create table log_parts (
      execution_key ${integer} not null references executions (key) on delete cascade,
      first_entry ${integer} not null,
      entries ${integer} not null,
      bytes ${integer} not null,
      body ${text} not null,
      primary key (execution_key, first_entry)
    ) ${clusteredTable};
  `,
};
