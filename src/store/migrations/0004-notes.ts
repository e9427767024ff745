import type { Migration } from "../migrate.ts";

/** People can write a note on a run after it has begun: its title and tags were there before, a note was not. */
export const notes: Migration = {
  version: 4,
  name: "notes",
  script: ({ text }) => `
    alter table runs add column note ${text};
  `,
};
