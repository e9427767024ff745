import type { Migration } from "../migrate.ts";

/**
 * The code of a project on a server: the repository that it is fetched from, its branches and tags as of the last
 * fetch, and the versions that were fetched or uploaded. Credentials are sealed.
 *
 * `fetch_due_at` is when the repository is to be fetched next: by its schedule, or at once where a push was told.
 */
export const projectCode: Migration = {
  version: 25,
  name: "project-code",
  script: ({ integer, text, table }) => `
    create table code_repositories (
      project_key ${integer} primary key references projects (key) on delete cascade,
      url ${text} not null,
      branch ${text},
      config_path ${text},
      credential_kind ${text},
      credential ${text},
      webhook_secret ${text},
      fetch_every_s ${integer},
      fetch_due_at ${integer},
      fetched_at ${integer},
      fetch_error ${text}
    ) ${table};
    create index code_repositories_due on code_repositories (fetch_due_at) where fetch_due_at is not null;

    create table code_refs (
      project_key ${integer} not null references projects (key) on delete cascade,
      kind ${text} not null,
      name ${text} not null,
      commit_id ${text} not null,
      primary key (project_key, kind, name)
    ) ${table};

    create table code_commits (
      project_key ${integer} not null references projects (key) on delete cascade,
      identifier ${text} not null,
      ref ${text},
      committed_at ${integer} not null,
      is_adhoc ${integer} not null,
      description ${text} not null,
      config_path ${text},
      primary key (project_key, identifier)
    ) ${table};
    create index code_commits_by_time on code_commits (project_key, committed_at);
  `,
};
