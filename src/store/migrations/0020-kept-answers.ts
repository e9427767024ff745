import type { Migration } from "../migrate.ts";

/**
 * The answers to requests that carry an idempotency key, for whoever sends the same request again. A row without a
 * status is a request that is under way, or whose server ended meanwhile.
 */
export const keptAnswers: Migration = {
  version: 20,
  name: "kept-answers",
  script: ({ integer, text, clusteredTable }) => `
    create table kept_answers (
      actor ${text} not null,
      key ${text} not null,
      request ${text} not null,
      server ${text} not null,
      begun_at ${integer} not null,
      status ${integer},
      body ${text},
      primary key (actor, key)
    ) ${clusteredTable};
    create index kept_answers_by_time on kept_answers (begun_at);
  `,
};
