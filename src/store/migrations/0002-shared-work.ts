import type { Migration } from "../migrate.ts";

/**
 * Engines that share a project's work, attempts at a node, results that are used again, and environments.
 *
 * `runs.pool` names the place whose files the run's steps can reach (its blob store): only engines of that pool work on
 * it. `runs.owner` is the engine that drives the run, under a fence of its own; `executions.owner` the one that looks
 * after the step.
 */
export const sharedWork: Migration = {
  version: 2,
  name: "shared-work",
  script: ({ key, integer, text, table, clusteredTable }) => `
    create table engines (
      key ${key},
      id ${text} not null,
      project_key ${integer} not null references projects (key),
      pool ${text} not null,
      host ${text} not null,
      identity ${text} not null,
      beat ${integer} not null,
      started_at ${integer} not null,
      seen_at ${integer} not null
    ) ${table};
    create unique index engines_by_id on engines (project_key, id);

    alter table runs add column pool ${text} not null default '';
    alter table runs add column owner ${text};
    alter table runs add column fence ${integer} not null default 0;

    -- Life and death of a worker are seen by its row in engines, once for all that it does.
    alter table executions drop column lease_until;
    alter table executions drop column heartbeat_at;
    alter table executions add column attempt ${integer} not null default 1;
    alter table executions add column environment_name ${text} not null default 'local';

    alter table nodes add column attempts ${integer} not null default 0;
    alter table nodes add column retry_at ${integer};
    alter table nodes add column reused ${integer} not null default 0;
    alter table nodes add column decision ${text};
    -- Who has taken an execution's results, and what keeps an execution from being deleted.
    create index nodes_by_execution on nodes (execution_key);

    create table fingerprints (
      execution_key ${integer} not null primary key references executions (key) on delete cascade,
      project_key ${integer} not null references projects (key),
      step ${text} not null,
      node ${text} not null,
      base ${text} not null,
      code ${text} not null
    ) ${clusteredTable};
    create index fingerprints_by_base on fingerprints (project_key, base, node, execution_key);
    create index fingerprints_by_node on fingerprints (project_key, step, node, execution_key);
  `,
};
