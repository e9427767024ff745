import type { Migration } from "../migrate.ts";

/** The results of the checks of each execution that has some: one document of bounded size. */
export const stepChecks: Migration = {
  version: 33,
  name: "step-checks",
  script: ({ integer, text, clusteredTable }) => `
    create table step_checks (
      execution_key ${integer} not null primary key references executions (key) on delete cascade,
      v ${integer} not null,
      body ${text} not null
    ) ${clusteredTable};
  `,
};
