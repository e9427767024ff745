import type { CATALOG } from "../../api/index.ts";
import type { Handlers } from "../call.ts";

/** Aliases, datasets and their versions: what the services of the project answer, as it is. */
export function catalogRoutes(): Handlers<typeof CATALOG> {
  return {
    listAliases: async ({ open, query }) => (await open()).aliases.list(query),
    alias: async ({ open, params }) => (await open()).aliases.get(params.alias),
    aliasHistory: async ({ open, params, query }) => (await open()).aliases.history(params.alias, query),
    moveAlias: async ({ open, params, body }) => (await open()).aliases.move(params.alias, body),
    rollBackAlias: async ({ open, params, body }) => (await open()).aliases.rollBack(params.alias, body),
    removeAlias: async ({ open, params }) => (await open()).aliases.remove(params.alias),
    listDatasets: async ({ open, query }) => (await open()).datasets.list(query),
    dataset: async ({ open, params }) => (await open()).datasets.get(params.dataset),
    listDatasetVersions: async ({ open, params, query }) => (await open()).datasets.versions(params.dataset, query),
    createDatasetVersion: async ({ open, params, body }) => (await open()).datasets.create(params.dataset, body),
    datasetVersion: async ({ open, params }) => (await open()).datasets.version(params.dataset, params.version),
    removeDatasetVersion: async ({ open, params }) => (await open()).datasets.remove(params.dataset, params.version),
    listVersionFiles: async ({ open, params, query }) =>
      (await open()).datasets.files(params.dataset, params.version, query),
    compareVersions: async ({ open, params, query }) =>
      (await open()).datasets.compare(params.dataset, params.version, query),
  };
}
