import type { Migration } from "../migrate.ts";

/**
 * The executions of a task are trials, numbered from 1. A trial that is tried again has several executions, of which
 * the last counts; `retry_at` is when the next one may begin. `pruned` says that it was stopped for doing worse than
 * others, `decision` why it ran or was reused. An execution that a task took from an earlier run is a trial as well,
 * but has no `trial` of its own.
 *
 * `nodes.more_trials` is how many trials people have added; `nodes.best_key` the best execution of a task that has
 * ended; `nodes.stop_requested_at` when somebody asked a task to stop.
 */
export const taskTrials: Migration = {
  version: 30,
  name: "task-trials",
  script: ({ integer, text }) => `
    alter table node_executions add column trial ${integer};
    alter table node_executions add column pruned ${integer} not null default 0;
    alter table node_executions add column retry_at ${integer};
    alter table node_executions add column decision ${text};
    alter table node_executions add column decision_v ${integer} not null default 1;
    alter table executions add column trial ${integer};
    alter table nodes add column more_trials ${integer} not null default 0;
    alter table nodes add column best_key ${integer};
    alter table nodes add column stop_requested_at ${integer};
  `,
};
