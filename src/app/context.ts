import type { Actor } from "../store/index.ts";
import type { ProjectResources } from "./project-resources.ts";

/** In whose name, and in which project, a service is asked for something: the first argument of whatever changes records. */
export interface Context {
  readonly actor: Actor;
  readonly project: ProjectResources;
}
