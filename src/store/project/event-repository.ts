import type { EventRecord } from "../records.ts";
import { listEvents } from "./events.ts";
import type { ProjectListeners } from "./project-listeners.ts";
import type { ProjectScope } from "./scope.ts";

/** Everything that happened in the project, in the order of commits. */
export interface EventRepository {
  /** Events after an id, oldest first. */
  list(filter: { readonly afterId: number; readonly runId?: string; readonly limit: number }): Promise<readonly EventRecord[]>;
  /**
   * Calls back after each commit of this process that appended events, and soon after those of other processes; perhaps needlessly.
   * Subscribe first, then read: no commit after that read goes unheard. Returns the unsubscriber.
   */
  listen(listener: () => void): () => void;
}

export function eventRepository({ database, project }: ProjectScope, listeners: ProjectListeners): EventRepository {
  return {
    list: (filter) => listEvents(database, project, filter),
    listen: (listener) => listeners.add(listener),
  };
}
