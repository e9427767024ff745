import type { DdlWords } from "../database.ts";
import type { Migration } from "../migrate.ts";

/**
 * Lists are sorted by these values and narrowed with them. `execution_values` has the parameters (`origin` 0) and the
 * last metadata (1) of each execution, numbers as `value`, other short values as `text`; `hidden` says that a
 * parameter of the same name comes first.
 */
export const lists: Migration = {
  version: 9,
  name: "lists",
  script: ({ integer, text, real, clusteredTable, pairsOf }) => `
    create table execution_values (
      execution_key ${integer} not null references executions (key) on delete cascade,
      origin ${integer} not null,
      name ${text} not null,
      project_key ${integer} not null references projects (key),
      number ${integer} not null,
      hidden ${integer} not null,
      value ${real},
      text ${text},
      primary key (execution_key, origin, name)
    ) ${clusteredTable};

    insert into execution_values (execution_key, origin, name, project_key, number, hidden, value, text)
    ${pairs(0, "execution_specs.parameters", pairsOf)};
    insert into execution_values (execution_key, origin, name, project_key, number, hidden, value, text)
    ${pairs(1, "executions.metadata", pairsOf)};
    update execution_values set hidden = 1 where origin = 1 and exists (
      select 1 from execution_values as given
      where given.execution_key = execution_values.execution_key and given.origin = 0 and given.name = execution_values.name
    );

    create index execution_values_by_value on execution_values (project_key, name, value, number) where value is not null;
    create index execution_values_by_text on execution_values (project_key, name, text, number) where text is not null;

    create index executions_by_duration on executions (project_key, (finished_at - started_at), number)
      where finished_at is not null and started_at is not null;
    create index runs_by_duration on runs (project_key, (finished_at - started_at), number)
      where finished_at is not null and started_at is not null;
    create index nodes_by_position on nodes (run_key, position);
    create index datums_by_project on datums (project_key, key);
    create index datums_by_name on datums (project_key, name, key);
  `,
};

function pairs(origin: 0 | 1, column: string, pairsOf: DdlWords["pairsOf"]): string {
  const { from, name, value, text } = pairsOf(column);
  return `
    select * from (
      select executions.key, ${origin} as origin, ${name} as name, executions.project_key, executions.number, 0 as hidden, ${value} as value,
        ${text} as text
      from executions join execution_specs on execution_specs.execution_key = executions.key cross join ${from}
    ) as pairs
    where length(name) <= 200 and (value is not null or length(text) <= 200)`;
}
