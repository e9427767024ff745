import type { Migration } from "../migrate.ts";

/** The one place where the servers of a database keep stored files: a second home with files of its own is refused. */
export const filesPlace: Migration = {
  version: 34,
  name: "files-place",
  script: ({ integer, text, clusteredTable }) => `
    create table files_place (
      only_row ${integer} not null check (only_row = 1),
      place ${text} not null,
      described_as ${text} not null,
      primary key (only_row)
    ) ${clusteredTable};
  `,
};
