import type { Migration } from "../migrate.ts";

/**
 * A task may give each of its executions one file: `file` says which, so that a task that goes on after a crash gives
 * the others to those that are left. The index finds the executions of one trial among ten thousand.
 */
export const childFiles: Migration = {
  version: 36,
  name: "child-files",
  script: ({ integer, text }) => `
    alter table node_executions add column file ${text};
    alter table node_executions add column file_v ${integer} not null default 1;
    create index node_executions_by_trial on node_executions (run_key, node, trial) where trial is not null;
  `,
};
