import type { EventRecord, Store } from "../store/index.ts";

const PAGE = 500;

/**
 * Delivers the events of a run in order, each once, as they are committed. Reads are coalesced: however many commits there are
 * during one read, one further read follows. `close` delivers what is left first.
 */
export class EventFollower {
  readonly #store: Store;
  readonly #runId: string;
  readonly #deliver: (event: EventRecord) => void;
  readonly #unsubscribe: () => void;
  #afterId = 0;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(store: Store, runId: string, deliver: (event: EventRecord) => void) {
    this.#store = store;
    this.#runId = runId;
    this.#deliver = deliver;
    this.#unsubscribe = store.onEvents(() => this.#wake());
    this.#wake();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#wake();
    await this.#reading;
  }

  #wake(): void {
    this.#again = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const events = await this.#store.listEvents({ afterId: this.#afterId, runId: this.#runId, limit: PAGE });
      for (const event of events) {
        this.#afterId = event.id;
        this.#deliver(event);
      }
      if (events.length === PAGE) this.#again = true;
    }
  }
}
