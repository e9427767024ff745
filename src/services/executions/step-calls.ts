import { BlockList, isIP } from "node:net";
import type { ExecutionTokens } from "../../access/index.ts";
import type { StepCalls } from "../../engine/index.ts";

export interface StepCallsOptions {
  /** The address at which steps reach the server, without a slash at its end. */
  readonly url: string;
  readonly tokens: Pick<ExecutionTokens, "create">;
  /** The paths of the calls there. */
  readonly paths: { readonly statusDetail: string; readonly inputs: string };
}

/**
 * The calls that valohai-utils knows, each as the arguments of an HTTP request, with a token of the execution's own. A
 * server on the loopback address is reached by steps in the network of this machine alone: others get no calls, rather
 * than calls that lead to something else.
 */
export function stepCalls({ url, tokens, paths }: StepCallsOptions): StepCalls {
  const isLocal = isLoopback(new URL(url).hostname);
  return {
    open: async ({ id }, network) => {
      if (network === "none" || (isLocal && network !== "host")) return undefined;
      const headers = { Authorization: `Token ${await tokens.create(id)}` };
      return {
        set_status_detail: { url: `${url}${paths.statusDetail}`, method: "POST", headers },
        input_request: { url: `${url}${paths.inputs}`, method: "GET", headers },
      };
    },
  };
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const version = isIP(host);
  if (version === 0) return host === "localhost" || host.endsWith(".localhost");
  return loopback.check(host, version === 4 ? "ipv4" : "ipv6");
}
