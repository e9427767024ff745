import type { Migration } from "../migrate.ts";

/** Links that give the bytes of a stored file to whoever has them, for a while; only their hashes are kept. */
export const downloadLinks: Migration = {
  version: 23,
  name: "download-links",
  script: ({ integer, text, clusteredTable }) => `
    create table download_links (
      hash ${text} not null primary key,
      project_key ${integer} not null references projects (key),
      datum_id ${text} not null,
      actor ${text} not null,
      expires_at ${integer} not null
    ) ${clusteredTable};
    create index download_links_by_time on download_links (expires_at);
  `,
};
