import type { Migration } from "../migrate.ts";

/** Versions of the code that single nodes of a run name, beside the run's own: they are kept as long as the run is. */
export const runCommits: Migration = {
  version: 13,
  name: "run-commits",
  script: ({ integer, text, table }) => `
    create table run_commits (
      run_key ${integer} not null references runs (key) on delete cascade,
      commit_id ${text} not null,
      primary key (run_key, commit_id)
    ) ${table};
    create index run_commits_by_commit on run_commits (commit_id);`,
};
