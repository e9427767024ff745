import type { Migration } from "../migrate.ts";

/** The use of the machine by each execution: one document that is written anew while the step runs, of bounded size. */
export const machineUse: Migration = {
  version: 24,
  name: "machine-use",
  script: ({ integer, text, clusteredTable }) => `
    create table machine_use (
      execution_key ${integer} not null primary key references executions (key) on delete cascade,
      v ${integer} not null,
      body ${text} not null
    ) ${clusteredTable};
  `,
};
