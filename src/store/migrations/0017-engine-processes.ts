import type { Migration } from "../migrate.ts";

/**
 * A process that works for several projects beats once: its life stands in `engine_processes`, and `engines` says for
 * which projects it works, and from which place.
 */
export const engineProcesses: Migration = {
  version: 17,
  name: "engine-processes",
  script: ({ integer, text, table }) => `
    create table engine_processes (
      id ${text} not null primary key,
      identity ${text} not null,
      v ${integer} not null,
      beat ${integer} not null,
      started_at ${integer} not null,
      seen_at ${integer} not null
    ) ${table};
    insert into engine_processes (id, identity, v, beat, started_at, seen_at)
    select id, min(identity), min(v), max(beat), min(started_at), max(seen_at) from engines group by id;
    alter table engines drop column beat;
    alter table engines drop column started_at;
    alter table engines drop column seen_at;
    create index engines_by_process on engines (id);
    -- Few at any time, however many there were: work is found by them in all projects at once.
    create index runs_unfinished on runs (project_key, pool) where state in ('created', 'queued', 'started', 'stopping');
  `,
};
