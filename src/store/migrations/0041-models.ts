import type { Migration } from "../migrate.ts";

/**
 * Models and their versions. A version keeps the facts that were known of it when it was made, and each decision about
 * it, so that both outlive the run that made it. Its aliases stand with all others.
 */
export const models: Migration = {
  version: 41,
  name: "models",
  script: ({ integer, text, table, clusteredTable }) => `
    create table models (
      id ${text} primary key,
      project_key ${integer} not null references projects (key),
      name ${text} not null,
      description ${text} not null,
      next_number ${integer} not null,
      actor ${text} not null,
      created_at ${integer} not null,
      unique (project_key, name)
    ) ${table};

    create table model_versions (
      id ${text} primary key,
      model_id ${text} not null references models (id) on delete cascade,
      number ${integer} not null,
      state ${text} not null,
      decisions ${integer} not null,
      file_count ${integer} not null,
      size_bytes ${integer} not null,
      execution_key ${integer} references executions (key) on delete set null,
      actor ${text} not null,
      note ${text} not null,
      created_at ${integer} not null,
      v ${integer} not null,
      facts ${text} not null,
      unique (model_id, number)
    ) ${table};
    create index model_versions_by_execution on model_versions (execution_key) where execution_key is not null;

    create table model_version_tags (
      version_id ${text} not null references model_versions (id) on delete cascade,
      tag ${text} not null,
      primary key (version_id, tag)
    ) ${clusteredTable};

    create table model_version_files (
      version_id ${text} not null references model_versions (id) on delete cascade,
      name ${text} not null,
      datum_key ${integer} not null references datums (key),
      primary key (version_id, name)
    ) ${clusteredTable};
    create index model_version_files_by_datum on model_version_files (datum_key);

    create table model_decisions (
      version_id ${text} not null references model_versions (id) on delete cascade,
      ordinal ${integer} not null,
      state ${text} not null,
      at ${integer} not null,
      actor ${text} not null,
      reason ${text} not null,
      v ${integer},
      evidence ${text},
      primary key (version_id, ordinal)
    ) ${clusteredTable};
  `,
};
