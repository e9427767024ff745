import type { MODELS } from "../../api/index.ts";
import type { Handlers } from "../call.ts";

/** Models and their versions: what the services of the project answer, as it is. */
export function modelRoutes(): Handlers<typeof MODELS> {
  return {
    listModels: async ({ open, query }) => (await open()).models.list(query),
    model: async ({ open, params }) => (await open()).models.get(params.model),
    listModelVersions: async ({ open, params, query }) => (await open()).models.versions(params.model, query),
    modelVersion: async ({ open, params }) => (await open()).models.version(params.model, params.version),
    decideModelVersion: async ({ open, params, body }) =>
      (await open()).models.decide(params.model, params.version, body),
    compareModelVersions: async ({ open, params, query }) =>
      (await open()).models.compare(params.model, params.version, query),
    listModelAliases: async ({ open, params }) => (await open()).models.aliases(params.model),
    moveModelAlias: async ({ open, params, body }) => (await open()).models.moveAlias(params.model, params.alias, body),
  };
}
