import type { EventView } from "../../../src/api/index.ts";
import { addressOf } from "./call.ts";

export type Connection = "open" | "connecting" | "lost";

/** Waiting times between attempts to reach the server again. */
const RETRY = { first: 1_000, factor: 2, most: 30_000 };

/**
 * The events of a project, from a cursor on, each once and in order. A lost connection is taken up after the last event
 * that came. A page that nobody sees holds no connection, since browsers allow only six to a server; it goes on from
 * its cursor when it is seen again.
 */
export class LiveEvents {
  readonly #project: string;
  #cursor: string;
  #source: EventSource | undefined;
  #connection: Connection = "connecting";
  #wait = RETRY.first;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #readers = new Set<(event: EventView) => void>();
  readonly #watchers = new Set<() => void>();

  constructor(project: string, cursor: string) {
    this.#project = project;
    this.#cursor = cursor;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Begins to listen; returns what ends it. */
  start(): () => void {
    const onVisibility = (): void => (document.hidden ? this.#close() : this.#open());
    document.addEventListener("visibilitychange", onVisibility);
    if (!document.hidden) this.#open();
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      this.#close();
    };
  }

  subscribe(reader: (event: EventView) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  watchConnection = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  #open(): void {
    if (this.#source !== undefined) return;
    const path = "/api/v0/projects/:project/events/follow/";
    const source = new EventSource(
      addressOf(path, { params: { project: this.#project }, query: { after: this.#cursor } }),
    );
    this.#source = source;
    source.onopen = () => {
      this.#wait = RETRY.first;
      this.#become("open");
    };
    source.onmessage = ({ data, lastEventId }) => {
      this.#cursor = lastEventId;
      const event = JSON.parse(String(data)) as EventView;
      for (const reader of this.#readers) reader(event);
    };
    // The browser's own way of coming back gives up where the server answers with an error, as one that starts does.
    source.onerror = () => {
      this.#close();
      this.#become("lost");
      this.#timer = setTimeout(() => this.#open(), this.#wait);
      this.#wait = Math.min(RETRY.most, this.#wait * RETRY.factor);
    };
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #become(connection: Connection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    for (const watcher of this.#watchers) watcher();
  }
}
