import type { EventsQuery, EventView } from "../../api/index.ts";
import { onAbort } from "../../concurrency/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { EventFilter, EventRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { findRun } from "../records/refs.ts";
import { isoTime } from "../records/view-of.ts";

/** A page of events, the oldest first; `next` asks for what comes after them, whether it has happened or not. */
export async function listEvents(
  { project }: Context,
  query: EventsQuery & { readonly limit: number },
): Promise<{ readonly items: readonly EventView[]; readonly next: string }> {
  requirePageSize(query.limit);
  if (!project.hasState()) return { items: [], next: query.after === LATEST ? "0" : String(idIn(query.after)) };
  const store = await project.reader();
  const afterId = await startOf(store, query.after);
  const events = await store.events.list({ ...(await filterOf(store, query)), afterId, limit: query.limit });
  return { items: events.map(eventView), next: String(events.at(-1)?.id ?? afterId) };
}

/** Few: as many wait in memory for each reader that does not read. */
const AT_ONCE = 100;

/**
 * Gives what has happened, and then what happens, each once and in order, until the signal. No faster than it is read.
 */
export async function* followEvents(
  { project }: Context,
  query: EventsQuery,
  leaving: AbortSignal,
): AsyncGenerator<EventView> {
  const store = await project.latest();
  const filter = await filterOf(store, query);
  for (let afterId = await startOf(store, query.after); ; ) {
    // Before it is read: no commit after that goes unheard.
    using changed = nextChange(store, leaving);
    const events = await store.events.list({ ...filter, afterId, limit: AT_ONCE });
    for (const event of events) {
      if (leaving.aborted) return;
      afterId = event.id;
      yield eventView(event);
    }
    if (events.length === AT_ONCE) continue;
    await changed.promise;
    if (leaving.aborted) return;
  }
}

async function filterOf(store: ProjectStore, { run, kinds }: EventsQuery): Promise<EventFilter> {
  return {
    ...(run === undefined ? {} : { runId: (await findRun(store, run)).id }),
    ...(kinds === undefined ? {} : { kinds }),
  };
}

function eventView({ id, at, actor, subject, body, v }: EventRecord): EventView {
  return { id: String(id), at: isoTime(at), actor: actor ?? null, subject, body, v };
}

/** Names the end of what has happened so far: a reader that follows from there gets no earlier event. */
const LATEST = "latest";

async function startOf(store: ProjectStore, cursor: string | undefined): Promise<number> {
  return cursor === LATEST ? store.events.latestId() : idIn(cursor);
}

function idIn(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new HeadraceError("HR_USAGE", "the cursor does not belong to the events", {
    hint: "take `next` of the page before, or the id of an event",
  });
}

function nextChange(store: ProjectStore, signal: AbortSignal): Disposable & { readonly promise: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = store.events.listen(resolve);
  const leaving = onAbort(signal, resolve);
  return {
    promise,
    [Symbol.dispose]() {
      unsubscribe();
      leaving[Symbol.dispose]();
    },
  };
}
