import type { Migration } from "../migrate.ts";

/**
 * The removal of a run asks of each file that it made whether another run has received it; without the index, that
 * reads all records of inputs.
 */
export const received: Migration = {
  version: 5,
  name: "received",
  script: () => `
    create index input_files_by_datum on input_files (datum_id);
  `,
};
