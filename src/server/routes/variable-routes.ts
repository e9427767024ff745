import type { VARIABLES } from "../../api/index.ts";
import type { Handlers, KnownCall } from "../call.ts";
import type { ServerParts } from "../server-parts.ts";

/**
 * Variables and secrets of a project: the answers of its services, unchanged. Those that all projects share are for
 * administrators of the server.
 */
export function variableRoutes({ access }: Pick<ServerParts, "access">): Handlers<typeof VARIABLES> {
  const requireOwner = ({ caller }: Pick<KnownCall, "caller">, shared: boolean | undefined): void => {
    if (shared === true) access.requireOnServer(caller, "server.configure");
  };
  return {
    listVariables: async ({ open }) => (await open()).variables.list(),
    setVariable: async ({ open, body, caller }) => {
      requireOwner({ caller }, body.shared);
      return (await open()).variables.set(body);
    },
    removeVariable: async ({ open, params, query, caller }) => {
      requireOwner({ caller }, query.shared);
      return (await open()).variables.remove(params.name, query);
    },
    makeVariableGroup: async ({ open, params, query, caller }) => {
      requireOwner({ caller }, query.shared);
      return (await open()).variables.makeGroup(params.group, query);
    },
    removeVariableGroup: async ({ open, params, query, caller }) => {
      requireOwner({ caller }, query.shared);
      return (await open()).variables.removeGroup(params.group, query);
    },
    addEnvironmentVariable: async ({ open, body }) => {
      const { name, secret } = await (await open()).variables.set(body);
      return { name, secret };
    },
    deleteEnvironmentVariable: async ({ open, body }) => (await open()).variables.remove(body.name),
  };
}
