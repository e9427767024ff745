import type { Actor } from "../events/actor.ts";
import type { EventKind, EventRecord, Subject } from "../events/event.ts";
import { type Deliver, EventFollower } from "./event-follower.ts";
import { latestEventId, listEvents } from "./events.ts";
import type { ProjectListeners } from "./project-listeners.ts";
import { addRemarks } from "./remarks.ts";
import type { Remark, RemarkTopic } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** A filter of a project's events. An event must match every field that is given. */
export interface EventFilter {
  /** Everything about this run, its nodes and its executions. */
  readonly runId?: string;
  /** About this object alone: events of a run without those of its executions. */
  readonly subject?: Subject;
  readonly kinds?: readonly EventKind[];
}

export interface EventPage extends EventFilter {
  /** The cursor: the id of the last event that was read; 0 at the beginning. */
  readonly afterId: number;
  readonly limit: number;
}

/**
 * Everything that happened in the project, in the order of commits. A reader that has read up to an id never finds a
 * smaller one later.
 */
export interface EventFeed {
  /** The id of the newest event; 0 where there is none. */
  latestId(): Promise<number>;
  /** Oldest first. */
  list(page: EventPage): Promise<readonly EventRecord[]>;
  /**
   * Delivers what there is after the cursor, and then what comes, each once and in order, as it is committed; to its
   * end when it is closed. A reader that keeps the id of the last event that it has dealt with goes on from there, in
   * whatever process.
   */
  follow(filter: EventFilter & { readonly afterId?: number }, deliver: Deliver): EventFollower;
  /**
   * Calls back after each commit of this process that appended events, and soon after those of other processes; perhaps
   * needlessly. Subscribe first, then read: no commit after that read goes unheard. Returns the unsubscriber.
   */
  listen(listener: () => void): () => void;
  /**
   * Records remarks about a run, a node or an execution. Many are to be recorded in one call: each call is a commit.
   * Throws HR_NOT_FOUND where the run is gone.
   */
  remark(topic: RemarkTopic, remarks: readonly Remark[], at: number, actor?: Actor): Promise<void>;
}

export function eventFeed({ database, project, change }: ProjectScope, listeners: ProjectListeners): EventFeed {
  const list: EventFeed["list"] = (page) => listEvents(database, project, page);
  const listen: EventFeed["listen"] = (listener) => listeners.add(listener);
  return {
    latestId: () => latestEventId(database, project),
    list,
    listen,
    follow: (filter, deliver) => new EventFollower({ list, listen }, filter, deliver),
    remark: (topic, remarks, at, actor) => change((open) => addRemarks(open, topic, remarks, at, actor)),
  };
}
