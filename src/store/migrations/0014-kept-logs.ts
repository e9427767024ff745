import type { Migration } from "../migrate.ts";

/**
 * Logs among the stored files. `log_waits` is 1 from the end of an execution until its log is kept, which survives the
 * process that was to keep it; null for executions that ended before this migration: their logs stay where they ran.
 * `discarded_at`: the log is old, and goes for good when that still holds a month later.
 */
export const keptLogs: Migration = {
  version: 14,
  name: "kept-logs",
  script: ({ integer, text, clusteredTable }) => `
    alter table executions add column log_waits ${integer};
    create index executions_with_waiting_log on executions (project_key, key) where log_waits = 1;

    create table kept_logs (
      execution_key ${integer} not null primary key references executions (key) on delete cascade,
      project_key ${integer} not null references projects (key),
      sha256 ${text} not null,
      size_bytes ${integer} not null,
      discarded_at ${integer}
    ) ${clusteredTable};
  `,
};
