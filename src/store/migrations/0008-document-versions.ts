import type { Migration } from "../migrate.ts";

/**
 * The version of the JSON documents of a row (`documents/`). Documents that are written at once share one version;
 * documents that are written at different times have one each. Rows that are there have version 1.
 */
export const documentVersions: Migration = {
  version: 8,
  name: "document-versions",
  script: ({ integer }) =>
    [
      ...["runs.tags_v", "runs.parameters_v", "planned_steps.v", "planned_nodes.v", "nodes.decision_v"],
      ...["executions.environment_v", "executions.metadata_v", "execution_specs.v", "fingerprints.v"],
      ...["datums.properties_v", "metadata_points.v", "engines.v", "snapshots.v"],
    ]
      .map((column) => column.split("."))
      .map(([table, column]) => `alter table ${table} add column ${column} ${integer} not null default 1;`)
      .join("\n"),
};
