import type { Migration } from "../migrate.ts";

/** Warnings are kept with the run or the execution that they are about; null: none. */
export const remarks: Migration = {
  version: 11,
  name: "remarks",
  script: ({ integer, text }) =>
    ["runs", "executions"]
      .flatMap((table) => [
        `alter table ${table} add column warnings ${text};`,
        `alter table ${table} add column warnings_v ${integer} not null default 1;`,
      ])
      .join("\n"),
};
