import type { Migration } from "../migrate.ts";

/** Lists of runs as somebody wants to see them again: what stands behind `?` in their address, under a name. */
export const savedViews: Migration = {
  version: 32,
  name: "saved-views",
  script: ({ integer, text, clusteredTable }) => `
    create table saved_views (
      project_key ${integer} not null references projects (key),
      owner ${text} not null,
      name ${text} not null,
      search ${text} not null,
      is_shared ${integer} not null,
      saved_at ${integer} not null,
      primary key (project_key, owner, name)
    ) ${clusteredTable};
  `,
};
