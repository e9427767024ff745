import type { Migration } from "../migrate.ts";

/** The tasks of a project are those that have a first trial: one entry each, among however many executions. */
export const taskList: Migration = {
  version: 38,
  name: "task-list",
  script: () => `
    create index node_executions_of_tasks on node_executions (run_key, node) where trial = 1;
  `,
};
