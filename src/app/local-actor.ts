import type { Actor } from "../store/index.ts";
import { loginName } from "./project-facts.ts";

/** Whoever is logged in on this machine. */
export function localActor(): Actor {
  return `local:${loginName() || "unknown"}`;
}
