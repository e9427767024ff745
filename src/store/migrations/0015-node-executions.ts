import type { Migration } from "../migrate.ts";

/**
 * A node may have any number of executions: attempts, one after the other, and children, many at a time. The last
 * attempt, or all children, stand behind it. `role` is `attempt` or `child`; `ordinal` counts a node's executions from
 * 1, in the order in which they came to it. An execution that the node took from an earlier run is there as well.
 *
 * `nodes.waiting_for` is what a node waits for whose turn has come.
 */
export const nodeExecutions: Migration = {
  version: 15,
  name: "node-executions",
  script: ({ integer, text, clusteredTable }) => `
    create table node_executions (
      run_key ${integer} not null references runs (key) on delete cascade,
      node ${text} not null,
      ordinal ${integer} not null,
      role ${text} not null,
      execution_key ${integer} not null references executions (key),
      primary key (run_key, node, ordinal)
    ) ${clusteredTable};
    insert into node_executions (run_key, node, ordinal, role, execution_key)
    select run_key, node, row_number() over (partition by run_key, node order by key), 'attempt', key from executions;
    insert into node_executions (run_key, node, ordinal, role, execution_key)
    select run_key, name, attempts + 1, 'attempt', execution_key from nodes where reused = 1 and execution_key is not null;
    -- Who has taken an execution's results, and what keeps an execution from being deleted.
    create index node_executions_by_execution on node_executions (execution_key);

    alter table nodes add column waiting_for ${text};
    alter table nodes add column waiting_for_v ${integer} not null default 1;
    update nodes set waiting_for = '{"kind":"retry","attempt":' || (attempts + 1) || ',"at":' || retry_at || '}'
    where retry_at is not null and state = 'waiting';

    drop index nodes_by_execution;
    alter table nodes drop column execution_key;
    alter table nodes drop column attempts;
    alter table nodes drop column retry_at;
  `,
};
