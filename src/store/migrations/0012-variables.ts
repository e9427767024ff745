import type { Migration } from "../migrate.ts";

/**
 * Variables that steps get beside those of the configuration. The group of a project without a name has the project's
 * own; a group without a project is the installation's, which every project may use. Secrets stand here sealed.
 */
export const variables: Migration = {
  version: 12,
  name: "variables",
  script: ({ integer, text, table }) => `
    create table variable_groups (
      id ${text} primary key,
      project_key ${integer} references projects (key) on delete cascade,
      name ${text} not null,
      created_at ${integer} not null
    ) ${table};
    create unique index variable_groups_by_name on variable_groups (coalesce(project_key, 0), name);

    create table variables (
      group_id ${text} not null references variable_groups (id) on delete cascade,
      name ${text} not null,
      value ${text} not null,
      is_secret ${integer} not null,
      set_at ${integer} not null,
      primary key (group_id, name)
    ) ${table};
  `,
};
