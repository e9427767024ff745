import { HeadraceError } from "../../errors.ts";
import type { JobSpec } from "../executor.ts";
import { containerUser, ownSelf } from "./container-user.ts";
import type { EngineFacts } from "./engine-facts.ts";
import type { LocalImage } from "./pull-image.ts";

/**
 * Refuses a user whom a rootless engine maps to an id of its own: such a user can neither read files that Headrace
 * wrote nor leave files that Headrace can remove.
 */
export function refuseSubUser(setting: string, image: LocalImage, { rootless, name }: EngineFacts): void {
  const user = containerUser(setting, image.user, rootless, ownSelf());
  if (!rootless || user.isRoot) return;
  throw new HeadraceError(
    "HR_STEP_START",
    `the step cannot be the user ${user.name}: ${name} runs without root, where only root is you`,
    {
      hint: "leave `docker.user` of the environment at `auto`",
    },
  );
}

/** Names the limits that the step asks for and will not get, for a warning. */
export function limitWarnings({ resources }: JobSpec, { name, ignores }: EngineFacts): readonly string[] {
  const asked = { cpu: resources?.cpuMax, memory: resources?.memoryMaxMb };
  const ignored = ignores.filter((limit) => asked[limit] !== undefined);
  const what = ignored.map((limit) => (limit === "cpu" ? "processors" : "memory")).join(" and ");
  return ignored.length === 0
    ? []
    : [`the limits of the step's ${what} are not kept: ${name} cannot limit them on this machine`];
}
