import type { Actor } from "../../store/index.ts";
import { loginName } from "../installation/project-facts.ts";

/** Returns the user who is logged in on this machine. */
export function localActor(): Actor {
  return `local:${loginName() || "unknown"}`;
}
