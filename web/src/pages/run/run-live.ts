import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { EventView } from "../../../../src/api/index.ts";
import { applyEvent, type LiveState, newLiveState } from "../../../../src/views/index.ts";
import type { LiveEvents } from "../../api/live-events.ts";
import { useLiveEvents } from "../../frame/use-project.ts";

/**
 * The events of a run since the page was opened, over the records from before: a burst of events is one change of the
 * page.
 */
class RunLive {
  readonly state: LiveState = newLiveState("", []);
  #version = 0;
  #frame: number | undefined;
  readonly #runId: string;
  readonly #watchers = new Set<() => void>();

  constructor(runId: string) {
    this.#runId = runId;
    // Its word is for a run that has just begun; until an event says so, the record's state counts.
    this.state.state = "";
  }

  take = ({ at, body }: EventView): void => {
    if (body.runId !== this.#runId) return;
    applyEvent(this.state, { at: Date.parse(at), body });
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#version++;
      for (const watcher of this.#watchers) watcher();
    });
  };

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  version = (): number => this.#version;
}

/** The live state of a run; `version` grows with each change of it, since it is changed in place. */
export function useRunLive(runId: string): { readonly live: LiveState; readonly version: number } {
  const events: LiveEvents = useLiveEvents();
  const run = useMemo(() => new RunLive(runId), [runId]);
  useEffect(() => events.subscribe(run.take), [events, run]);
  const version = useSyncExternalStore(run.watch, run.version);
  return { live: run.state, version };
}
