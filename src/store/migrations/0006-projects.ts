import type { Migration } from "../migrate.ts";

/**
 * A project has an id that stays with it when its folder moves, when it is renamed and when its records move to another
 * database. The id of a project of an earlier schema is null until the project is opened: the folder that opens it
 * knows the id that its steps were told so far (`VH_PROJECT_ID`).
 *
 * `created_as` is the first name that the project had. The database is known to stores of files by that of its first
 * project.
 */
export const projects: Migration = {
  version: 6,
  name: "projects",
  script: ({ text }) => `
    alter table projects add column id ${text};
    create unique index projects_by_id on projects (id);
    alter table projects add column created_as ${text} not null default '';
    update projects set created_as = name;
  `,
};
