import type { StepEvent } from "../../api/index.ts";
import type { Change } from "../change.ts";
import type { Actor } from "../events/actor.ts";
import type { EventBody, EventKind, EventRecord, Subject } from "../events/event.ts";
import { EventFollower } from "./event-follower.ts";
import { listEvents } from "./events.ts";
import type { ProjectListeners } from "./project-listeners.ts";
import { requireRun } from "./runs.ts";
import type { ProjectScope } from "./scope.ts";

/** Which events of a project. What is given must all be so. */
export interface EventFilter {
  /** Everything in this run: of itself, its nodes and its executions. */
  readonly runId?: string;
  /** About this alone: of a run without what happens to its executions. */
  readonly subject?: Subject;
  readonly kinds?: readonly EventKind[];
}

export interface EventPage extends EventFilter {
  /** The cursor: the id of the last event that was read; 0 at the beginning. */
  readonly afterId: number;
  readonly limit: number;
}

/** Everything that happened in the project, in the order of commits. Whoever has read up to an id never finds a smaller one later. */
export interface EventFeed {
  /** Oldest first. */
  list(page: EventPage): Promise<readonly EventRecord[]>;
  /** Delivers what there is, and then what comes, each once and in order, as it is committed; to its end when it is closed. */
  follow(filter: EventFilter & { readonly afterId?: number }, deliver: (event: EventRecord) => void): EventFollower;
  /**
   * Calls back after each commit of this process that appended events, and soon after those of other processes; perhaps needlessly.
   * Subscribe first, then read: no commit after that read goes unheard. Returns the unsubscriber.
   */
  listen(listener: () => void): () => void;
  /** What is worth saying of a step or a run and changes no record. Throws HR_NOT_FOUND where the run is gone. */
  add(body: StepEvent, at: number, actor?: Actor): Promise<void>;
}

export function eventFeed({ database, project, change }: ProjectScope, listeners: ProjectListeners): EventFeed {
  const list: EventFeed["list"] = (page) => listEvents(database, project, page);
  const listen: EventFeed["listen"] = (listener) => listeners.add(listener);
  return {
    list,
    listen,
    follow: (filter, deliver) => new EventFollower({ list, listen }, filter, deliver),
    add: (body, at, actor) => change((open) => addEvent(open, body, at, actor)),
  };
}

async function addEvent(change: Change, body: EventBody, at: number, actor: Actor | undefined): Promise<void> {
  const run = await requireRun(change.queries, change.project, body.runId);
  change.emit(run.key, at, body, { actor });
}
