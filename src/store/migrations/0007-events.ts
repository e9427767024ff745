import type { Migration } from "../migrate.ts";

const KINDS = [
  ...[
    "run-created",
    "run-labelled",
    "run-state",
    "node-state",
    "execution-created",
    "execution-state",
    "execution-detail",
  ],
  ...["execution-metadata", "datum-created", "stop-requested"],
];
/** Beginning of the body of an event about an execution; all ids have 36 letters. */
const BEFORE_RUN = `'{"kind":"' || kind || '","runId":"'`;
const BEFORE_EXECUTION = `'","executionId":"'`;
const OF_EXECUTION = `body like ${BEFORE_RUN} || '${"_".repeat(36)}' || ${BEFORE_EXECUTION} || '%'`;
const EXECUTION_ID = `substr(body, length(${BEFORE_RUN}) + 36 + length(${BEFORE_EXECUTION}) + 1, 36)`;

/**
 * Events about anything, not of runs alone: kind and subject are columns, by which feeds filter, and `run_key` may be
 * null. `actor` is who wanted it, `v` the version of the body.
 *
 * `audit` has who wanted which change. Nothing cascades into it: it tells of what has been removed, too, and names
 * everything by ids.
 */
export const events: Migration = {
  version: 7,
  name: "events",
  script: ({ neverReusedKey, integer, text, table, continueKeys }) => `
    alter table runs add column actor ${text};
    alter table runs add column stop_actor ${text};
    alter table executions add column stop_actor ${text};

    create table events_of_projects (
      id ${neverReusedKey},
      project_key ${integer} not null references projects (key),
      run_key ${integer} references runs (key) on delete cascade,
      at ${integer} not null,
      actor ${text},
      kind ${text} not null,
      subject_kind ${text} not null,
      subject_id ${text} not null,
      v ${integer} not null,
      body ${text} not null
    ) ${table};
    insert into events_of_projects (id, project_key, run_key, at, kind, subject_kind, subject_id, v, body)
    select former.id, project_key, run_key, at, kind,
      case when ${OF_EXECUTION} then 'execution' else 'run' end,
      case when ${OF_EXECUTION} then ${EXECUTION_ID} else (select id from runs where runs.key = run_key) end,
      1, body
    from (
      select id, project_key, run_key, at, body,
        case ${KINDS.map((kind) => `when body like '{"kind":"${kind}"%' then '${kind}'`).join(" ")} else 'unknown' end as kind
      from events
    ) as former
    order by former.id;
    ${continueKeys("events", "events_of_projects", "id")};
    drop table events;
    alter table events_of_projects rename to events;
    create index events_by_run on events (run_key, id);
    create index events_by_subject on events (project_key, subject_kind, subject_id, id) where run_key is null;

    create table audit (
      id ${neverReusedKey},
      project_id ${text},
      at ${integer} not null,
      actor ${text} not null,
      action ${text} not null,
      subject_kind ${text} not null,
      subject_id ${text} not null,
      v ${integer} not null,
      detail ${text} not null
    ) ${table};
    create index audit_by_project on audit (project_id, id);
    create index audit_by_subject on audit (subject_kind, subject_id, id);
  `,
};
