import type { Migration } from "../migrate.ts";

/**
 * Records have an id, which the outside knows (a UUID as text), and a key, an integer of this database, by which tables
 * refer to each other: a metadata point would otherwise spend 36 bytes of row and index on saying whose it is.
 *
 * The indices end in `number`, and lists are read as one small range per state (see page.ts), so that every first page
 * costs the same in a project of a hundred executions and of a million.
 */
export const initial: Migration = {
  version: 1,
  name: "initial",
  script: ({ key, neverReusedKey, integer, text, table, clusteredTable }) => `
    create table projects (
      key ${key},
      name ${text} not null unique,
      next_number ${integer} not null,
      created_at ${integer} not null
    ) ${table};

    create table runs (
      key ${key},
      id ${text} not null unique,
      project_key ${integer} not null references projects (key),
      number ${integer} not null,
      kind ${text} not null,
      name ${text} not null,
      state ${text} not null,
      reason ${text},
      title ${text},
      tags ${text} not null,
      parameters ${text} not null,
      commit_id ${text} not null,
      jobs ${integer} not null,
      created_at ${integer} not null,
      started_at ${integer},
      finished_at ${integer},
      stop_requested_at ${integer}
    ) ${table};
    create unique index runs_by_number on runs (project_key, number);
    create index runs_by_state on runs (project_key, state, number);
    create index runs_by_name on runs (project_key, name, state, number);

    create table run_tags (
      project_key ${integer} not null,
      tag ${text} not null,
      state ${text} not null,
      number ${integer} not null,
      name ${text} not null,
      run_key ${integer} not null references runs (key) on delete cascade,
      primary key (project_key, tag, state, number)
    ) ${clusteredTable};
    create index run_tags_by_run on run_tags (run_key);

    create table planned_steps (
      run_key ${integer} not null references runs (key) on delete cascade,
      position ${integer} not null,
      step ${text} not null,
      primary key (run_key, position)
    ) ${clusteredTable};

    create table planned_nodes (
      run_key ${integer} not null references runs (key) on delete cascade,
      position ${integer} not null,
      step_position ${integer} not null,
      node ${text} not null,
      primary key (run_key, position)
    ) ${clusteredTable};

    create table executions (
      key ${key},
      id ${text} not null unique,
      project_key ${integer} not null references projects (key),
      number ${integer} not null,
      run_key ${integer} not null references runs (key) on delete cascade,
      node ${text} not null,
      step ${text} not null,
      state ${text} not null,
      reason ${text},
      commit_id ${text} not null,
      image ${text} not null,
      environment ${text} not null,
      status_detail ${text},
      exit_code ${integer},
      signal ${text},
      metadata ${text} not null,
      created_at ${integer} not null,
      queued_at ${integer},
      started_at ${integer},
      finished_at ${integer},
      stop_requested_at ${integer},
      fence ${integer} not null,
      owner ${text},
      lease_until ${integer},
      heartbeat_at ${integer}
    ) ${table};
    create unique index executions_by_number on executions (project_key, number);
    create index executions_by_state on executions (project_key, state, number);
    create index executions_by_step on executions (project_key, step, state, number);
    create index executions_by_run on executions (run_key, state, number, step);
    create index executions_to_stop on executions (run_key) where stop_requested_at is not null;

    -- What never changes stands apart, so that a change of state does not write long commands and lists of files anew.
    create table execution_specs (
      execution_key ${integer} not null primary key references executions (key) on delete cascade,
      command ${text} not null,
      parameters ${text} not null,
      inputs ${text} not null,
      environment_variables ${text} not null
    ) ${clusteredTable};

    create table nodes (
      run_key ${integer} not null references runs (key) on delete cascade,
      name ${text} not null,
      position ${integer} not null,
      state ${text} not null,
      reason ${text},
      execution_key ${integer} references executions (key),
      primary key (run_key, name)
    ) ${clusteredTable};

    create table datums (
      key ${key},
      id ${text} not null unique,
      project_key ${integer} not null references projects (key),
      execution_key ${integer} references executions (key) on delete cascade,
      name ${text} not null,
      size_bytes ${integer} not null,
      sha256 ${text} not null,
      uri ${text},
      properties ${text} not null,
      created_at ${integer} not null
    ) ${table};
    create index datums_by_execution on datums (execution_key, name) where execution_key is not null;
    create index datums_by_uri on datums (project_key, uri, key) where uri is not null;

    create table input_files (
      execution_key ${integer} not null references executions (key) on delete cascade,
      position ${integer} not null,
      input ${text} not null,
      name ${text} not null,
      uri ${text} not null,
      datum_id ${text} not null,
      sha256 ${text} not null,
      size_bytes ${integer} not null,
      primary key (execution_key, position)
    ) ${clusteredTable};

    create table metadata_points (
      execution_key ${integer} not null references executions (key) on delete cascade,
      log_offset ${integer} not null,
      at ${integer} not null,
      point ${text} not null,
      primary key (execution_key, log_offset)
    ) ${clusteredTable};

    create table events (
      id ${neverReusedKey},
      project_key ${integer} not null references projects (key),
      run_key ${integer} not null references runs (key) on delete cascade,
      at ${integer} not null,
      body ${text} not null
    ) ${table};
    create index events_by_run on events (run_key, id);

    create table snapshots (
      project_key ${integer} not null references projects (key),
      identifier ${text} not null,
      manifest_sha256 ${text} not null,
      file_count ${integer} not null,
      size_bytes ${integer} not null,
      git ${text},
      created_at ${integer} not null,
      primary key (project_key, identifier)
    ) ${clusteredTable};
  `,
};
