export interface ExportFigures {
  /** Items that the collector has taken. */
  readonly exported: number;
  /** Items that it has not: it was away, too slow, or refused them. */
  readonly dropped: number;
}

export interface ExporterSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For one request to the collector. */
  readonly timeoutMs: number;
  /** Time for which an item waits for others that go with it. */
  readonly delayMs: number;
  /** So many items wait at most; more are dropped. */
  readonly queueSize: number;
  readonly batchSize: number;
}

/** So often a batch is offered to a collector that is away or busy. */
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
/** A process that ends waits so long for its last items. */
const LEAVING_MS = 1_000;
const BUSY = new Set([429, 502, 503, 504]);

/**
 * Sends items to a collector beside all other work: a bounded queue, one request at a time, and no error ever reaches
 * who adds. A collector that hangs costs its items, and nothing else.
 */
export class Exporter<Item> implements AsyncDisposable {
  readonly #settings: ExporterSettings;
  readonly #bodyOf: (batch: readonly Item[]) => string;
  #queue: Item[] = [];
  #exported = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  /** The collector did not take the last batch: whoever leaves does not wait for it. */
  #isAway = false;
  readonly #leaving = new AbortController();

  /** `bodyOf` writes a batch as the JSON of one request. */
  constructor(settings: ExporterSettings, bodyOf: (batch: readonly Item[]) => string) {
    this.#settings = settings;
    this.#bodyOf = bodyOf;
  }

  get figures(): ExportFigures {
    return { exported: this.#exported, dropped: this.#dropped };
  }

  add(item: Item): void {
    if (this.#queue.length >= this.#settings.queueSize || this.#leaving.signal.aborted) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(item);
    if (this.#sending !== undefined) return;
    if (this.#queue.length >= this.#settings.batchSize) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#settings.delayMs).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isAway && (this.#queue.length > 0 || this.#sending !== undefined)) {
      const late = Promise.withResolvers<void>();
      const patience = setTimeout(late.resolve, LEAVING_MS);
      await Promise.race([this.#flush(), late.promise]);
      clearTimeout(patience);
    }
    clearTimeout(this.#timer);
    this.#leaving.abort();
    await this.#sending;
    this.#dropped += this.#queue.length;
    this.#queue = [];
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#sending !== undefined) {
      if (this.#sending === undefined) this.#send();
      await this.#sending;
      if (this.#isAway) return;
    }
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#leaving.signal.aborted) {
      const batch = this.#queue.splice(0, this.#settings.batchSize);
      const isTaken = await this.#offer(batch);
      this.#isAway = !isTaken;
      if (isTaken) this.#exported += batch.length;
      else this.#dropped += batch.length;
    }
  }

  async #offer(batch: readonly Item[]): Promise<boolean> {
    const body = this.#bodyOf(batch);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await this.#pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      const answer = await this.#post(body);
      if (answer !== "again") return answer === "taken";
      if (this.#leaving.signal.aborted) return false;
      this.#isAway = true;
    }
    return false;
  }

  async #post(body: string): Promise<"taken" | "refused" | "again"> {
    const { url, headers, timeoutMs } = this.#settings;
    try {
      const response = await fetch(url, {
        ...{ method: "POST", body, redirect: "error" },
        headers: { ...headers, "content-type": "application/json" },
        signal: AbortSignal.any([this.#leaving.signal, AbortSignal.timeout(timeoutMs)]),
      });
      // The connection is free for the next batch only then.
      await response.arrayBuffer();
      if (response.ok) return "taken";
      return BUSY.has(response.status) ? "again" : "refused";
    } catch {
      return "again";
    }
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    timer.unref();
    this.#leaving.signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}
