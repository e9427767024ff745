import { HeadraceError } from "../../errors.ts";
import type { AddressPolicy } from "../../network/index.ts";
import type { TransportPolicy } from "../../remotes/index.ts";
import type { Variables } from "../installation/installation.ts";
import type { SandboxChoice } from "../installation/sandbox-choice.ts";

/**
 * Returns the hosts that a server reaches on behalf of its users: those of the whole network, and of the inner one
 * those that `HEADRACE_ALLOW_HOSTS` names, separated by commas; `*`: all of them.
 */
export function addressesOf(env: Variables): AddressPolicy {
  const allowedHosts = listOf(env.HEADRACE_ALLOW_HOSTS).map((host) => host.replace(/^\[|\]$/g, "").toLowerCase());
  return { privateAddresses: allowedHosts.includes("*") ? "allow" : "refuse", allowedHosts };
}

/** `HEADRACE_GIT_TRANSPORTS` allows `http` and `file` beside https and ssh. Throws HR_USAGE for other words. */
export function transportsOf(env: Variables): TransportPolicy {
  const words = listOf(env.HEADRACE_GIT_TRANSPORTS).map((word) => word.toLowerCase());
  const unknown = words.find((word) => !["https", "ssh", "http", "file"].includes(word));
  if (unknown !== undefined)
    throw new HeadraceError("HR_USAGE", `HEADRACE_GIT_TRANSPORTS names “${unknown}”, which is no transport of git`, {
      hint: "name http or file; https and ssh are always served",
    });
  return { files: words.includes("file"), plainHttp: words.includes("http") };
}

/**
 * On a server, steps of several people run beside the records of all of them: where no sandbox works they are refused,
 * unless the administrator names `off`, on the command line or in the settings of an environment.
 */
export function sandboxOf(named: SandboxChoice): SandboxChoice {
  return named === "auto" ? "required" : named;
}

function listOf(text = ""): readonly string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
