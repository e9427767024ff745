import type { EventRecord } from "../events/event.ts";
import type { EventFeed, EventFilter } from "./event-feed.ts";

const PAGE = 500;

type EventLog = Pick<EventFeed, "list" | "listen">;

/** If it returns a promise, the next event waits for it. */
export type Deliver = (event: EventRecord) => unknown;

/**
 * Delivers events in order, each once, as they are committed. Reads are coalesced: however many commits there are
 * during one read, one further read follows. `close` delivers what is left first, and throws what kept events from
 * being delivered.
 */
export class EventFollower {
  readonly #log: EventLog;
  readonly #filter: EventFilter;
  readonly #deliver: Deliver;
  readonly #unsubscribe: () => void;
  #afterId: number;
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;
  #again = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    log: EventLog,
    { afterId = 0, ...filter }: EventFilter & { readonly afterId?: number },
    deliver: Deliver,
  ) {
    this.#log = log;
    this.#filter = filter;
    this.#afterId = afterId;
    this.#deliver = deliver;
    this.#unsubscribe = log.listen(() => this.#wake());
    this.#wake();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#wake();
    await this.#reading;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #wake(): void {
    this.#again = true;
    if (!this.#isReading && this.#failure === undefined) this.#reading = this.#readAll();
  }

  /** Never rejects: nobody awaits it before the end. */
  async #readAll(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#again) await this.#readPage();
    } catch (error) {
      this.#failure = { error };
    } finally {
      // In the same turn as the last look at `again`: a commit between the two would be forgotten.
      this.#isReading = false;
    }
  }

  async #readPage(): Promise<void> {
    this.#again = false;
    const events = await this.#log.list({ ...this.#filter, afterId: this.#afterId, limit: PAGE });
    for (const event of events) {
      this.#afterId = event.id;
      const delivering = this.#deliver(event);
      if (delivering instanceof Promise) await delivering;
    }
    if (events.length === PAGE) this.#again = true;
  }
}
