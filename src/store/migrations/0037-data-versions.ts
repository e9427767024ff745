import type { Migration } from "../migrate.ts";

/**
 * Aliases of files and of versions, each with all its moves; datasets and their versions.
 *
 * The files of a version stand in layers, of which a later one goes before an earlier one: a version that adds a file
 * to another shares the layers of that and has a small one of its own. An entry without a file takes the name away.
 */
export const dataVersions: Migration = {
  version: 37,
  name: "data-versions",
  script: ({ integer, text, key, table, clusteredTable }) => `
    create table aliases (
      project_key ${integer} not null references projects (key),
      kind ${text} not null,
      owner ${text} not null,
      name ${text} not null,
      target ${text},
      moves ${integer} not null,
      moved_at ${integer} not null,
      primary key (project_key, kind, owner, name)
    ) ${clusteredTable};
    create index aliases_by_target on aliases (target) where target is not null;

    create table alias_moves (
      project_key ${integer} not null references projects (key),
      kind ${text} not null,
      owner ${text} not null,
      name ${text} not null,
      ordinal ${integer} not null,
      target ${text},
      at ${integer} not null,
      actor ${text} not null,
      comment ${text} not null,
      execution_id ${text},
      primary key (project_key, kind, owner, name, ordinal)
    ) ${clusteredTable};

    create table datasets (
      id ${text} primary key,
      project_key ${integer} not null references projects (key),
      name ${text} not null,
      next_number ${integer} not null,
      actor ${text} not null,
      created_at ${integer} not null,
      unique (project_key, name)
    ) ${table};

    create table dataset_versions (
      id ${text} primary key,
      dataset_id ${text} not null references datasets (id) on delete cascade,
      number ${integer} not null,
      name ${text} not null,
      parent_id ${text},
      file_count ${integer} not null,
      size_bytes ${integer} not null,
      execution_key ${integer} references executions (key) on delete set null,
      actor ${text} not null,
      note ${text} not null,
      created_at ${integer} not null,
      deleted_at ${integer},
      unique (dataset_id, number),
      unique (dataset_id, name)
    ) ${table};
    create index dataset_versions_by_execution on dataset_versions (execution_key) where execution_key is not null;

    create table dataset_layers (
      key ${key},
      project_key ${integer} not null references projects (key),
      entry_count ${integer} not null
    ) ${table};

    create table dataset_version_layers (
      version_id ${text} not null references dataset_versions (id) on delete cascade,
      position ${integer} not null,
      layer_key ${integer} not null references dataset_layers (key),
      primary key (version_id, position)
    ) ${clusteredTable};
    create index dataset_version_layers_by_layer on dataset_version_layers (layer_key);

    create table dataset_entries (
      layer_key ${integer} not null references dataset_layers (key) on delete cascade,
      name ${text} not null,
      datum_key ${integer} references datums (key),
      primary key (layer_key, name)
    ) ${clusteredTable};
    create index dataset_entries_by_datum on dataset_entries (datum_key) where datum_key is not null;
  `,
};
