import type { Migration } from "../migrate.ts";

/** The place in a trace below which a run was begun (W3C Trace Context), for whoever drives it later. */
export const runTraces: Migration = {
  version: 28,
  name: "run-traces",
  script: ({ text }) => `alter table runs add column traceparent ${text};`,
};
