import type { EventRecord, EventRepository } from "../store/index.ts";

const PAGE = 500;

type EventLog = Pick<EventRepository, "list" | "listen">;

/**
 * Delivers the events of a run in order, each once, as they are committed. Reads are coalesced: however many commits there are
 * during one read, one further read follows. `close` delivers what is left first, and throws what kept events from being delivered.
 */
export class EventFollower {
  readonly #log: EventLog;
  readonly #runId: string;
  readonly #deliver: (event: EventRecord) => void;
  readonly #unsubscribe: () => void;
  #afterId = 0;
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;
  #again = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(log: EventLog, runId: string, deliver: (event: EventRecord) => void) {
    this.#log = log;
    this.#runId = runId;
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
    const events = await this.#log.list({ afterId: this.#afterId, runId: this.#runId, limit: PAGE });
    for (const event of events) {
      this.#afterId = event.id;
      this.#deliver(event);
    }
    if (events.length === PAGE) this.#again = true;
  }
}
