import type { Actor } from "../store/index.ts";
import type { ProjectResources } from "./installation/project-resources.ts";

/** In whose name something is asked for, until the signal. */
export interface Asker {
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /**
   * The id of the object that the request makes. If the request is carried out once more, since nobody knows how far it
   * came, the object of the first time is found by it.
   */
  readonly recordId?: string;
  /** The same request was begun before, and may have been carried out. */
  readonly isRepeat?: boolean;
  /** The place in a trace (W3C Trace Context) below which runs begin. */
  readonly traceparent?: string;
}

/** In whose name, in which project and by which clock a service is asked for something: the first argument of each. */
export interface Context {
  readonly actor: Actor;
  readonly project: ProjectResources;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted when whoever asked has gone; what takes long ends then. */
  readonly signal?: AbortSignal;
  /** As in `Asker`. */
  readonly recordId?: string;
  readonly isRepeat?: boolean;
  readonly traceparent?: string;
}
