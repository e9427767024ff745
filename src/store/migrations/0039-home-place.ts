import type { Migration } from "../migrate.ts";

/** The folder of the home that the files are in, by which a home that was moved is told from a copy of it. */
export const homePlace: Migration = {
  version: 39,
  name: "home-place",
  script: ({ text }) => `
    alter table files_place add column host ${text};
    alter table files_place add column folder ${text};
    alter table files_place add column mark ${text};
  `,
};
